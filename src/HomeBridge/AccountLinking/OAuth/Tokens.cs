using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>What a code exchange or a refresh gives.</summary>
internal sealed record IssuedTokens(string AccessToken, string? RefreshToken, TimeSpan Lifetime)
{
    public override string ToString() => nameof(IssuedTokens);
}

/// <summary>A platform's refresh token, as it was when it was looked up.</summary>
/// <param name="Hash">Its SHA-256.</param>
/// <param name="Link">What it refreshes.</param>
/// <param name="GrantVersion">Of the link at that moment.</param>
/// <param name="IsIdle">It was not used for a day.</param>
internal sealed record UsableRefreshToken(string Hash, AccountLinkId Link, long GrantVersion, bool IsIdle);

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
        WHERE t.hash = ?1 AND t.kind = 'access' AND t.expires_at > ?2 AND t.grant_version = l.grant_version
          AND l.ended_at IS NULL AND l.linked_at IS NOT NULL AND l.platform = ?3
        """);

    /// <summary>A link and what its grant's version is, for a refresh token; whether its time is to be written anew.</summary>
    private static readonly ReadStatement LinkOfRefreshToken = new(
        """
        SELECT t.account_link, CAST(t.grant_version AS TEXT), CASE WHEN t.expires_at > ?4 THEN 1 END FROM tokens t
        JOIN account_links l ON l.id = t.account_link AND l.grant_version = t.grant_version
        WHERE t.hash = ?1 AND t.kind = 'refresh' AND t.client_id = ?2 AND (t.expires_at IS NULL OR t.expires_at > ?3) AND l.ended_at IS NULL
        """);

    /// <summary>How exactly it is known when a refresh token was used: a write for each refresh would say no more.</summary>
    private static readonly TimeSpan UsedWithin = TimeSpan.FromDays(1);

    /// <summary>Nothing, when the grant is not this one any more.</summary>
    private const string Insertion =
        """
        INSERT INTO tokens (hash, kind, account_link, client_id, grant_version, issued_at, expires_at)
        SELECT @hash, @kind, l.id, @clientId, l.grant_version, @Now, @expiresAt FROM account_links l
        WHERE l.id = @link AND l.grant_version = @version AND l.ended_at IS NULL AND l.linked_at IS NOT NULL
        """;

    private const string Access = "access";
    private const string Refresh = "refresh";

    /// <summary>
    /// The one place that turns a bearer token into a link: unknown, expired, of an ended link or of another platform,
    /// it opens nothing.
    /// </summary>
    public bool TryAuthenticate(RequestView view, string? authorization, string platform, [NotNullWhen(true)] out AccountLink? link)
    {
        link = null;
        if (Bearer(authorization) is not { } token)
        {
            return false;
        }

        link = view.Read((Hash: Secrets.Hash(token), Now, Platform: platform), static (reads, asked) =>
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
    /// <param name="transaction">That of the redemption.</param>
    /// <param name="link">Which link.</param>
    /// <param name="clientId">Whose tokens.</param>
    /// <param name="version">The grant's.</param>
    public IssuedTokens Issue(DbTransaction transaction, AccountLinkId link, string clientId, long version)
    {
        var (accessToken, refreshToken) = (Secrets.New(Secrets.AccessTokenPrefix), Secrets.New(Secrets.RefreshTokenPrefix));
        Insert(transaction, refreshToken, Refresh, link, clientId, version, options.RefreshTokenIdleFor);
        Insert(transaction, accessToken, Access, link, clientId, version, options.AccessTokenLifetime);
        return new IssuedTokens(accessToken, refreshToken, options.AccessTokenLifetime);
    }

    /// <summary>A refresh token of this client that is good now; null otherwise. Takes no lock.</summary>
    public UsableRefreshToken? FindRefresh(string refreshToken, string clientId) =>
        database.Read((Hash: Secrets.Hash(refreshToken), ClientId: clientId, Now, Fresh: Now + Milliseconds(options.RefreshTokenIdleFor - UsedWithin)), static (reads, asked) =>
        {
            using var rows = reads.Open(LinkOfRefreshToken).Bind(1, asked.Hash).Bind(2, asked.ClientId).Bind(3, asked.Now).Bind(4, asked.Fresh);
            return rows.Next()
                ? new UsableRefreshToken(
                    asked.Hash, new AccountLinkId(rows.Row.Text(0)), long.Parse(rows.Row.Text(1), CultureInfo.InvariantCulture), rows.Row.IsNull(2))
                : null;
        });

    /// <summary>
    /// A new access token; the earlier ones live out their time. The grant's version is looked at once more where it is
    /// written: null when the link ended meanwhile.
    /// </summary>
    public IssuedTokens? Renew(DbTransaction transaction, UsableRefreshToken by, string clientId)
    {
        var token = Secrets.New(Secrets.AccessTokenPrefix);
        var connection = transaction.Connection!;
        var of = Row(token, Access, by.Link, clientId, by.GrantVersion, options.AccessTokenLifetime);
        bool isIssued;
        int live;

        // Together, since platforms refresh in crowds and a server answers each question by itself.
        using (var told = connection.QueryMultiple(
            $"""
            {Insertion} RETURNING 1;
            DELETE FROM tokens WHERE account_link = @link AND kind = 'access' AND expires_at <= @Now;
            SELECT COUNT(*) FROM tokens WHERE account_link = @link AND kind = 'access'
            """,
            of,
            transaction))
        {
            isIssued = told.Read<int>().Any();
            live = told.ReadSingle<int>();
        }

        if (!isIssued)
        {
            return null;
        }

        if (live > options.AccessTokensPerLinkMax)
        {
            connection.Execute(
                """
                DELETE FROM tokens WHERE hash IN (
                    SELECT hash FROM tokens WHERE account_link = @link AND kind = 'access' ORDER BY expires_at LIMIT @tooMany)
                """,
                new { link = by.Link.Value, tooMany = live - options.AccessTokensPerLinkMax },
                transaction);
        }

        if (by.IsIdle)
        {
            connection.Execute(
                "UPDATE tokens SET expires_at = @until WHERE hash = @Hash", new { until = Now + Milliseconds(options.RefreshTokenIdleFor), by.Hash }, transaction);
        }

        return new IssuedTokens(token, null, options.AccessTokenLifetime);
    }

    /// <summary>What a token is, for its own client only; null when it is nothing to this client.</summary>
    public static (AccountLinkId Link, bool IsRefresh)? Find(DbTransaction transaction, string token, string clientId)
    {
        var row = transaction.Connection!.QuerySingleOrDefault<(string? Link, string Kind)>(
            "SELECT account_link, kind FROM tokens WHERE hash = @hash AND client_id = @clientId",
            new { hash = Secrets.Hash(token), clientId },
            transaction);
        return row.Link is null ? null : (new AccountLinkId(row.Link), row.Kind == Refresh);
    }

    public static void DeleteAccessToken(DbTransaction transaction, string token) => transaction.Connection!.Execute(
        "DELETE FROM tokens WHERE hash = @hash AND kind = 'access'", new { hash = Secrets.Hash(token) }, transaction);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static long Milliseconds(TimeSpan span) => (long)span.TotalMilliseconds;

    /// <summary>False, and nothing written, when the grant is not this one any more.</summary>
    private bool Insert(
        DbTransaction transaction, string token, string kind, AccountLinkId link, string clientId, long version, TimeSpan lifetime) =>
        transaction.Connection!.Execute(Insertion, Row(token, kind, link, clientId, version, lifetime), transaction) == 1;

    private object Row(string token, string kind, AccountLinkId link, string clientId, long version, TimeSpan lifetime) =>
        new { hash = Secrets.Hash(token), kind, link = link.Value, clientId, version, Now, expiresAt = Now + Milliseconds(lifetime) };
}
