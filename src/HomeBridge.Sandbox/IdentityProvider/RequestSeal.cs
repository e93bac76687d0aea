using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>
/// Carries a checked request through the sign-in form. The form can come from our own page only, and what it
/// repeats can't be changed on the way: no state here, no cookie, no forged form.
/// </summary>
internal sealed class RequestSeal(TimeProvider time)
{
    /// <summary>As long as somebody may look for a password.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Seal(AuthorizeRequest request)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(new Sealed(request, time.GetUtcNow() + Lifetime));
        var mac = HMACSHA256.HashData(_key, text);
        return $"{Base64Url.EncodeToString(text)}.{Base64Url.EncodeToString(mac)}";
    }

    public AuthorizeRequest? Open(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !Base64Url.IsValid(text.AsSpan(0, dot)) || !Base64Url.IsValid(text.AsSpan(dot + 1)))
            return null;
        var content = Base64Url.DecodeFromChars(text.AsSpan(0, dot));
        var mac = Base64Url.DecodeFromChars(text.AsSpan(dot + 1));
        if (!CryptographicOperations.FixedTimeEquals(mac, HMACSHA256.HashData(_key, content)))
            return null;
        return JsonSerializer.Deserialize<Sealed>(content) is { } opened && time.GetUtcNow() < opened.Expires
            ? opened.Request
            : null;
    }

    private sealed record Sealed(AuthorizeRequest Request, DateTimeOffset Expires);
}
