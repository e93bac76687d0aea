using System.Globalization;
using System.Text;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The one profile of RFC 9421 that this bridge speaks (<c>contracts/media-evidence.md</c>): names, covered components
/// and the exact spelling of their parameters. Signer and verifier both build from here.
/// </summary>
internal static class EvidenceProfile
{
    /// <summary>RFC 9421 section 3.3.3.</summary>
    public const string Hmac = "hmac-sha256";

    /// <summary>RFC 9421 section 3.3.4: <c>r</c> and <c>s</c>, 32 bytes each.</summary>
    public const string Ecdsa = "ecdsa-p256-sha256";

    /// <summary>Characters of a MAC in base64.</summary>
    public const int HmacTextLength = 44;

    /// <summary>Characters of an ECDSA signature in base64.</summary>
    public const int EcdsaTextLength = 88;

    public const string IngestComponents = "(\"media-unit\" \"content-digest\")";
    public const string FreshComponents = "(\"@status\" \"media-unit\" \"content-digest\" \"signature\";key=\"ingest\")";
    public const string IngestTag = "\";tag=\"homebridge-ingest\"";
    public const string FreshTag = "\";tag=\"homebridge-fresh\"";

    /// <summary>More than any signature base of headers that are within their limits.</summary>
    public const int BaseLengthMax = 2048;

    public static string IngestParameters(long created, string keyId, string algorithm) => string.Create(
        CultureInfo.InvariantCulture, $"{IngestComponents};created={created};keyid=\"{keyId}\";alg=\"{algorithm}{IngestTag}");

    public static string FreshParameters(long created, string keyId, string nonce) => string.Create(
        CultureInfo.InvariantCulture, $"{FreshComponents};created={created};keyid=\"{keyId}\";alg=\"{Hmac}\";nonce=\"{nonce}{FreshTag}");

    /// <summary>The text that ingest signs, in the caller's buffer.</summary>
    public static ReadOnlySpan<byte> IngestBase(
        Span<byte> buffer, ReadOnlySpan<char> mediaUnit, ReadOnlySpan<char> contentDigest, ReadOnlySpan<char> parameters)
    {
        var writer = new BaseWriter(buffer);
        writer.Line("\"media-unit\": "u8, mediaUnit);
        writer.Line("\"content-digest\": "u8, contentDigest);
        return writer.End(parameters);
    }

    /// <summary>The text that fresh signs, in the caller's buffer.</summary>
    public static ReadOnlySpan<byte> FreshBase(
        Span<byte> buffer, int status, ReadOnlySpan<char> mediaUnit, ReadOnlySpan<char> contentDigest, ReadOnlySpan<char> ingest, ReadOnlySpan<char> parameters)
    {
        Span<char> digits = stackalloc char[11];
        status.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        var writer = new BaseWriter(buffer);
        writer.Line("\"@status\": "u8, digits[..length]);
        writer.Line("\"media-unit\": "u8, mediaUnit);
        writer.Line("\"content-digest\": "u8, contentDigest);
        writer.Line("\"signature\";key=\"ingest\": "u8, ingest);
        return writer.End(parameters);
    }

    /// <summary>RFC 9421 section 2.5 without a copy. Its values were read or made in ASCII.</summary>
    private ref struct BaseWriter(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _length;

        public void Line(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<char> value)
        {
            Append(name, value);
            _buffer[_length++] = (byte)'\n';
        }

        public ReadOnlySpan<byte> End(scoped ReadOnlySpan<char> parameters)
        {
            Append("\"@signature-params\": "u8, parameters);
            return _buffer[.._length];
        }

        private void Append(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<char> value)
        {
            name.CopyTo(_buffer[_length..]);
            _length += name.Length;
            _length += Encoding.ASCII.GetBytes(value, _buffer[_length..]);
        }
    }
}
