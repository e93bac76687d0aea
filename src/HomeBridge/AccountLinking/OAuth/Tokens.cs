using System.Diagnostics.CodeAnalysis;
using Dapper;
using HomeBridge.Hosting;
using Microsoft.Data.Sqlite;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>What a code exchange or a refresh gives.</summary>
internal sealed record IssuedTokens(string AccessToken, string? RefreshToken, TimeSpan Lifetime)
{
    public override string ToString() => nameof(IssuedTokens);
}

/// <summary>
/// Opaque tokens. The refresh token of a platform is static (RFC 9700 section 4.14 asks rotation of public clients
/// only): platforms refresh from several machines at once, and a lost answer must not unlink a home.
/// </summary>
internal sealed class Tokens(Database database, AccountLinkingOptions options, TimeProvider time)
{
    private static readonly ReadStatement LinkOfToken = new(
        $"""
        SELECT {AccountLinks.Columns} FROM tokens t
        JOIN account_links l ON l.id = t.account_link AND l.client_id = t.client_id
        WHERE t.hash = ?1 AND t.kind = 'access' AND t.expires_at > ?2
          AND l.ended_at IS NULL AND l.linked_at IS NOT NULL AND l.platform = ?3
        """);

    private const string Access = "access";
    private const string Refresh = "refresh";

    /// <summary>
    /// The one place that turns a bearer token into a link: unknown, expired, of an ended link or of another platform,
    /// it opens nothing.
    /// </summary>
    public bool TryAuthenticate(string? authorization, string platform, [NotNullWhen(true)] out AccountLink? link)
    {
        link = null;
        if (Bearer(authorization) is not { } token)
        {
            return false;
        }

        link = database.Read((Hash: Secrets.Hash(token), Now, Platform: platform), static (reads, asked) =>
        {
            using var rows = reads.Open(LinkOfToken).Bind(1, asked.Hash).Bind(2, asked.Now).Bind(3, asked.Platform);
            return rows.Next() ? AccountLinks.ReadLink(rows.Row) : null;
        });
        return link is not null;
    }

    /// <summary>RFC 6750 section 2.1; the scheme in any case.</summary>
    public static string? Bearer(string? authorization) =>
        authorization is { Length: <= Secrets.LengthMax } && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? authorization["Bearer ".Length..].Trim()
            : null;

    /// <summary>For a link whose code was just redeemed.</summary>
    public IssuedTokens Issue(SqliteTransaction transaction, AccountLinkId link, string clientId)
    {
        var refreshToken = Secrets.New(Secrets.RefreshTokenPrefix);
        Insert(transaction, refreshToken, Refresh, link, clientId, expiresAt: null);
        return new IssuedTokens(NewAccessToken(transaction, link, clientId), refreshToken, options.AccessTokenLifetime);
    }

    /// <summary>A new access token; the earlier ones live out their time. Null when the refresh token is not this client's.</summary>
    public IssuedTokens? Renew(string refreshToken, string clientId) => database.Write(transaction =>
    {
        var link = transaction.Connection!.QuerySingleOrDefault<string>(
            """
            SELECT t.account_link FROM tokens t JOIN account_links l ON l.id = t.account_link
            WHERE t.hash = @hash AND t.kind = 'refresh' AND t.client_id = @clientId AND l.ended_at IS NULL
            """,
            new { hash = Secrets.Hash(refreshToken), clientId },
            transaction);
        if (link is null)
        {
            return null;
        }

        transaction.Connection!.Execute(
            "DELETE FROM tokens WHERE account_link = @link AND kind = 'access' AND expires_at <= @Now", new { link, Now }, transaction);
        return new IssuedTokens(NewAccessToken(transaction, new AccountLinkId(link), clientId), null, options.AccessTokenLifetime);
    });

    /// <summary>What a token is, for its own client only; null when it is nothing to this client.</summary>
    public (AccountLinkId Link, bool IsRefresh)? Find(string token, string clientId)
    {
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<(string? Link, string Kind)>(
            "SELECT account_link, kind FROM tokens WHERE hash = @hash AND client_id = @clientId",
            new { hash = Secrets.Hash(token), clientId });
        return row.Link is null ? null : (new AccountLinkId(row.Link), row.Kind == Refresh);
    }

    public void DeleteAccessToken(string token)
    {
        using var connection = database.Open();
        connection.Execute("DELETE FROM tokens WHERE hash = @hash AND kind = 'access'", new { hash = Secrets.Hash(token) });
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private string NewAccessToken(SqliteTransaction transaction, AccountLinkId link, string clientId)
    {
        var token = Secrets.New(Secrets.AccessTokenPrefix);
        Insert(transaction, token, Access, link, clientId, (time.GetUtcNow() + options.AccessTokenLifetime).ToUnixTimeMilliseconds());
        return token;
    }

    private void Insert(SqliteTransaction transaction, string token, string kind, AccountLinkId link, string clientId, long? expiresAt) =>
        transaction.Connection!.Execute(
            "INSERT INTO tokens (hash, kind, account_link, client_id, issued_at, expires_at) VALUES (@hash, @kind, @link, @clientId, @Now, @expiresAt)",
            new { hash = Secrets.Hash(token), kind, link = link.Value, clientId, Now, expiresAt },
            transaction);
}
