using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>What a code was given for.</summary>
/// <param name="Opens">An account link or a companion session.</param>
/// <param name="RedirectUri">The one of the authorization request.</param>
/// <param name="CodeChallenge">S256; null without PKCE.</param>
/// <param name="IsExpired">It came too late.</param>
/// <param name="IsFirstUse">Nobody redeemed it before.</param>
internal sealed record AuthorizationCode(string Opens, string RedirectUri, string? CodeChallenge, bool IsExpired, bool IsFirstUse);

/// <summary>Authorization codes (RFC 6749 section 4.1.2): one use, short-lived, bound to client, redirect URI and challenge.</summary>
internal sealed class AuthorizationCodes(Database database, AccountLinkingOptions options, TimeProvider time)
{
    /// <summary>How long after its time a code is known, so that a second use is told from a code that never was.</summary>
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(1);

    /// <param name="transaction">That of the consent.</param>
    /// <param name="opens">An account link or a companion session.</param>
    /// <param name="request">Whose code it is.</param>
    public string Issue(DbTransaction transaction, string opens, AuthorizationRequest request)
    {
        transaction.Connection!.Execute(
            "DELETE FROM authorization_codes WHERE expires_at <= @old", new { old = Now - (long)KnownFor.TotalMilliseconds }, transaction);
        var code = Secrets.New(Secrets.CodePrefix);
        transaction.Connection!.Execute(
            """
            INSERT INTO authorization_codes (hash, opens, client_id, redirect_uri, code_challenge, expires_at)
            VALUES (@hash, @opens, @ClientId, @RedirectUri, @CodeChallenge, @expiresAt)
            """,
            new
            {
                hash = Secrets.Hash(code),
                opens,
                request.ClientId,
                request.RedirectUri,
                request.CodeChallenge,
                expiresAt = Now + (long)options.CodeLifetime.TotalMilliseconds,
            },
            transaction);
        return code;
    }

    /// <summary>Null when it is no code of this client's.</summary>
    public AuthorizationCode? Find(DbTransaction transaction, string code, string clientId)
    {
        var (opens, redirectUri, challenge, expiresAt, usedAt) = transaction.Connection!
            .QuerySingleOrDefault<(string?, string, string?, long, long?)>(
                "SELECT opens, redirect_uri, code_challenge, expires_at, used_at FROM authorization_codes WHERE hash = @hash AND client_id = @clientId",
                new { hash = Secrets.Hash(code), clientId },
                transaction);
        return opens is null ? null : new AuthorizationCode(opens, redirectUri, challenge, expiresAt <= Now, usedAt is null);
    }

    /// <summary>Atomically: true for one caller only, whoever else asks at the same time.</summary>
    public bool Use(DbTransaction transaction, string code) => transaction.Connection!.Execute(
        "UPDATE authorization_codes SET used_at = @Now WHERE hash = @hash AND used_at IS NULL", new { hash = Secrets.Hash(code), Now }, transaction) == 1;

    /// <summary>What a code would open, whoever asks; null when it is no code of ours.</summary>
    public string? Opens(string code)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<string>("SELECT opens FROM authorization_codes WHERE hash = @hash", new { hash = Secrets.Hash(code) });
    }

    /// <summary>Codes that open this and were not redeemed yet.</summary>
    public static int Waiting(DbTransaction transaction, string opens, long now) => transaction.Connection!.QuerySingle<int>(
        "SELECT COUNT(*) FROM authorization_codes WHERE opens = @opens AND used_at IS NULL AND expires_at > @now", new { opens, now }, transaction);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
