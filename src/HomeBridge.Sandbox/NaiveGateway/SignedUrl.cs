using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Sandbox.NaiveGateway;

/// <summary>A URL's path that says which stream, and until when, under a signature. Nobody can change it, and it proves nothing about bytes.</summary>
internal sealed class SignedUrl(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Sign(string stream)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{stream}.{(time.GetUtcNow() + Lifetime).ToUnixTimeSeconds()}");
        return $"{text}.{Signature(text)}";
    }

    /// <summary>The stream of a path that we signed and that isn't over; null otherwise.</summary>
    public string? StreamOf(string signed) =>
        signed.Split('.') is [var stream, var until, var signature]
        && Secrets.Same(signature, Signature($"{stream}.{until}"))
        && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds > time.GetUtcNow().ToUnixTimeSeconds()
            ? stream
            : null;

    private string Signature(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text)));
}
