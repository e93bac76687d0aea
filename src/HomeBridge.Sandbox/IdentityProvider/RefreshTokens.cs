using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>
/// What the bridge renews a resident's tokens with. They carry a seal instead of being remembered, so that they outlive a
/// restart; taking them back raises the number that they must have.
/// </summary>
internal sealed class RefreshTokens(SandboxCloudOptions options, SandboxHomes homes)
{
    private readonly byte[] _key = SHA256.HashData(Encoding.UTF8.GetBytes("refresh tokens " + options.Client.Secret));
    private readonly ConcurrentDictionary<string, int> _revoked = new(StringComparer.Ordinal);

    public string Give(string account, string scope)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(new Content(account, scope, Generation(account), Secrets.New()));
        return $"{Base64Url.EncodeToString(content)}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key, content))}";
    }

    /// <summary>Whose it is and what it is for; null when it was taken back, isn't ours, or the account is closed.</summary>
    public (ResidentAccount Account, string Scope)? Find(string token)
    {
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !Base64Url.IsValid(token.AsSpan(0, dot)) || !Base64Url.IsValid(token.AsSpan(dot + 1)))
            return null;
        var content = Base64Url.DecodeFromChars(token.AsSpan(0, dot));
        if (!CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(token.AsSpan(dot + 1)), HMACSHA256.HashData(_key, content)))
            return null;
        var read = JsonSerializer.Deserialize<Content>(content)!;
        return read.Generation >= Generation(read.Account) && homes.IsOpen(read.Account) && ResidentAccounts.Find(read.Account) is { } account
            ? (account, read.Scope)
            : null;
    }

    /// <summary>All that were given for the account so far are dead; a new sign-in gives a live one.</summary>
    public void TakeBack(string account) => _revoked.AddOrUpdate(account, 1, (_, before) => before + 1);

    private int Generation(string account) => _revoked.GetValueOrDefault(account);

    private sealed record Content(string Account, string Scope, int Generation, string Nonce);
}
