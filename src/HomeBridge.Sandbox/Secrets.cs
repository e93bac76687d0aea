using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Sandbox;

/// <summary>New secrets, and comparing those that strangers send.</summary>
internal static class Secrets
{
    /// <summary>192 random bits as 32 URL-safe characters.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));

    /// <summary>Compares digests, so that neither content nor length shows in the time it takes.</summary>
    public static bool Same(string? sent, string expected) => sent is not null
        && CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(sent)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    /// <summary>The token of an <c>Authorization: Bearer</c> header, or null.</summary>
    public static string? Bearer(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.Count == 1 ? request.Headers.Authorization[0] : null;
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..]
            : null;
    }
}
