using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Streaming.Evidence;

/// <summary>The text that an HTTP message signature is made over (RFC 9421 section 2.5).</summary>
public static class SignatureBase
{
    /// <summary>
    /// One line for each covered component, in order, then the signature parameters. Line feeds between the lines,
    /// none at the end.
    /// </summary>
    /// <param name="components">
    /// Component identifiers as they stand in the inner list, quotes and parameters included
    /// (<c>"signature";key="ingest"</c>), each with its value.
    /// </param>
    /// <param name="parameters">The serialised inner list with its parameters: the value of the label in Signature-Input.</param>
    public static byte[] Build(ReadOnlySpan<(string Identifier, string Value)> components, string parameters)
    {
        var text = new StringBuilder(512);
        foreach (var (identifier, value) in components)
        {
            text.Append(identifier).Append(": ").Append(value).Append('\n');
        }

        text.Append("\"@signature-params\": ").Append(parameters);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>RFC 9421 section 3.3.3, <c>hmac-sha256</c>.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> key, ReadOnlySpan<byte> signatureBase) =>
        HMACSHA256.HashData(key, signatureBase);
}
