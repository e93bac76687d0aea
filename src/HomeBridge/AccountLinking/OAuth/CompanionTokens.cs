using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Notices;
using Microsoft.Data.Sqlite;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>The companion app on one device of a resident.</summary>
/// <param name="Id">The session; it opens nothing.</param>
/// <param name="ClientId">The public client.</param>
/// <param name="Vendor">Which maker.</param>
/// <param name="Account">The account as the maker's identity provider names it.</param>
internal sealed record CompanionSession(string Id, string ClientId, string Vendor, string Account);

/// <summary>The same as a resident sees it in a list.</summary>
/// <param name="Id">The session.</param>
/// <param name="ClientName">The app's name.</param>
/// <param name="Begun">When it got its first tokens.</param>
/// <param name="LastUsed">To the minute.</param>
internal sealed record CompanionUse(string Id, string ClientName, DateTimeOffset Begun, DateTimeOffset LastUsed);

/// <summary>
/// Tokens of the companion app, a public client. They have tables of their own: no statement of fulfillment can find one.
/// Its refresh tokens rotate (RFC 9700 section 4.14.2). A phone that lost the answer asks again within the grace and gets
/// the same successors; later, somebody else has the token, and the session ends.
/// </summary>
internal sealed class CompanionTokens(Database database, BatchWriter writer, AccountLinkingOptions options, AuditTrail audit, ResidentNotices notices, TimeProvider time)
{
    /// <summary>Sessions' ids begin so; a code says by it what it opens.</summary>
    public const string SessionPrefix = "cmp_";

    /// <summary>How long a replaced refresh token still gives its successors.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>How long the second use of a replaced token is told from a token that never was.</summary>
    private static readonly TimeSpan ReplacedKeptFor = TimeSpan.FromDays(30);

    /// <summary>How exactly a resident sees when a session was used: a write for each call would cost more than the call.</summary>
    private static readonly TimeSpan LastUsedWithin = TimeSpan.FromMinutes(1);

    private const string Access = "access";
    private const string Refresh = "refresh";

    private static readonly ReadStatement SessionOfToken = new(
        """
        SELECT s.id, s.client_id, s.vendor, s.account, CASE WHEN s.last_used_at <= ?3 THEN 1 END FROM companion_tokens t
        JOIN companion_sessions s ON s.id = t.session AND s.grant_version = t.grant_version
        WHERE t.hash = ?1 AND t.kind = 'access' AND t.expires_at > ?2 AND s.begun_at IS NOT NULL AND s.ended_at IS NULL
        """);

    private static readonly ReadStatement RefreshToken = new("SELECT 1 FROM companion_tokens WHERE hash = ?1 AND kind = 'refresh'");

    /// <summary>The one place that turns a companion app's bearer token into a session.</summary>
    public bool TryAuthenticate(string? authorization, [NotNullWhen(true)] out CompanionSession? session)
    {
        session = null;
        if (Tokens.Bearer(authorization) is not { } token)
        {
            return false;
        }

        (session, var isOldUse) = database.Read((Hash: Secrets.Hash(token), Now), static (reads, asked) =>
        {
            using var rows = reads.Open(SessionOfToken).Bind(1, asked.Hash).Bind(2, asked.Now).Bind(3, asked.Now - (long)LastUsedWithin.TotalMilliseconds);
            return rows.Next()
                ? (new CompanionSession(rows.Row.Text(0), rows.Row.Text(1), rows.Row.Text(2), rows.Row.Text(3)), !rows.Row.IsNull(4))
                : ((CompanionSession?)null, false);
        });
        if (isOldUse)
        {
            _ = NoteUse(session!.Id, Now);
        }

        return session is not null;
    }

    /// <summary>
    /// Records a confirmation. It opens nothing until its code is redeemed. Null when the account has too many sessions.
    /// </summary>
    public string? Confirm(SqliteTransaction transaction, PlatformClient client, string vendor, string account, DateTimeOffset signedInAt)
    {
        var connection = transaction.Connection!;
        var live = connection.QuerySingle<int>(
            "SELECT COUNT(*) FROM companion_sessions WHERE vendor = @vendor AND account = @account AND ended_at IS NULL AND begun_at IS NOT NULL",
            new { vendor, account }, transaction);
        if (live >= options.LinksPerAccountMax)
        {
            return null;
        }

        var id = $"{SessionPrefix}{Guid.NewGuid():N}";
        connection.Execute(
            "INSERT INTO companion_sessions (id, client_id, vendor, account, confirmed_at, signed_in_at) VALUES (@id, @ClientId, @vendor, @account, @Now, @signedIn)",
            new { id, client.ClientId, vendor, account, Now, signedIn = signedInAt.ToUnixTimeMilliseconds() }, transaction);
        audit.Append(transaction, account, "companion.confirmed", id, client.ClientId);
        return id;
    }

    /// <summary>For a session whose code was just redeemed; null when it ended meanwhile.</summary>
    public IssuedTokens? Begin(SqliteTransaction transaction, string session)
    {
        var version = transaction.Connection!.QuerySingleOrDefault<long?>(
            """
            UPDATE companion_sessions SET begun_at = @Now, last_used_at = @Now
            WHERE id = @session AND ended_at IS NULL AND begun_at IS NULL RETURNING grant_version
            """,
            new { session, Now }, transaction);
        return version is { } of ? Issue(transaction, session, of) : null;
    }

    /// <summary>Whether there is such a refresh token, used or not: what strangers make up costs a look and never a place at the writer.</summary>
    public bool IsRefresh(string refreshToken) => database.Read(Secrets.Hash(refreshToken), static (reads, hash) =>
    {
        using var rows = reads.Open(RefreshToken).Bind(1, hash);
        return rows.Next();
    });

    /// <summary>
    /// Rotation. Null when the token is not this client's, or too old; a replaced one that comes back after the grace
    /// ends its session.
    /// </summary>
    public (IssuedTokens? Issued, bool IsReuse) Rotate(SqliteTransaction transaction, string refreshToken, string clientId)
    {
        var connection = transaction.Connection!;
        var row = connection.QuerySingleOrDefault<Row>(
            """
            SELECT t.hash, t.session, t.grant_version, t.expires_at, t.replaced_at, t.successor, s.vendor, s.account
            FROM companion_tokens t JOIN companion_sessions s ON s.id = t.session AND s.grant_version = t.grant_version
            WHERE t.hash = @hash AND t.kind = 'refresh' AND s.client_id = @clientId AND s.ended_at IS NULL
            """,
            new { hash = Secrets.Hash(refreshToken), clientId }, transaction);
        if (row is null || row.ExpiresAt <= Now)
        {
            return (null, false);
        }

        if (row.ReplacedAt is { } replacedAt)
        {
            if (row.Successor is { } successor && Now <= replacedAt + (long)Grace.TotalMilliseconds)
            {
                var again = Open(refreshToken, successor);
                return (again with { Lifetime = again.Lifetime - TimeSpan.FromMilliseconds(Now - replacedAt) }, false);
            }

            End(transaction, row.Session, "a refresh token was used again after it was replaced", clientId);
            notices.Tell(transaction, new Notice(row.Vendor, row.Account, NoticeKinds.AppSessionEnded) { Platform = options.Clients.GetValueOrDefault(clientId)?.Name ?? clientId });
            return (null, true);
        }

        var issued = Issue(transaction, row.Session, row.GrantVersion);
        connection.Execute(
            "UPDATE companion_tokens SET replaced_at = @Now, expires_at = @until, successor = @successor WHERE hash = @Hash",
            new { Now, until = Now + (long)ReplacedKeptFor.TotalMilliseconds, successor = Seal(refreshToken, issued), row.Hash }, transaction);
        connection.Execute(
            "UPDATE companion_tokens SET successor = NULL WHERE session = @Session AND successor IS NOT NULL AND replaced_at < @over",
            new { row.Session, over = Now - (long)Grace.TotalMilliseconds }, transaction);
        connection.Execute("DELETE FROM companion_tokens WHERE session = @Session AND expires_at <= @Now", new { row.Session, Now }, transaction);
        connection.Execute("UPDATE companion_sessions SET last_used_at = @Now WHERE id = @Session", new { row.Session, Now }, transaction);
        return (issued, false);
    }

    /// <summary>RFC 7009: a refresh token ends its session, an access token only itself. Another client's are nothing to this one.</summary>
    public void Revoke(SqliteTransaction transaction, string token, string clientId)
    {
        var connection = transaction.Connection!;
        var (session, kind) = connection.QuerySingleOrDefault<(string? Session, string Kind)>(
            "SELECT t.session, t.kind FROM companion_tokens t JOIN companion_sessions s ON s.id = t.session WHERE t.hash = @hash AND s.client_id = @clientId",
            new { hash = Secrets.Hash(token), clientId }, transaction);
        if (session is not null && kind == Refresh)
        {
            End(transaction, session, "revoked by the app", clientId);
        }
        else if (session is not null)
        {
            connection.Execute("DELETE FROM companion_tokens WHERE hash = @hash", new { hash = Secrets.Hash(token) }, transaction);
        }
    }

    /// <summary>When the maker had last asked whoever let the app in; null when that is not known, or the session ended.</summary>
    public DateTimeOffset? SignedInAt(string session)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<long?>("SELECT signed_in_at FROM companion_sessions WHERE id = @session AND ended_at IS NULL", new { session }) is { } at
            ? DateTimeOffset.FromUnixTimeMilliseconds(at)
            : null;
    }

    /// <summary>A resident's live sessions, the one used last first.</summary>
    public IReadOnlyList<CompanionUse> Of(string vendor, string account)
    {
        using var connection = database.Open();
        return [.. connection.Query<(string Id, string ClientId, long Begun, long LastUsed)>(
            """
            SELECT id, client_id, begun_at, last_used_at FROM companion_sessions
            WHERE vendor = @vendor AND account = @account AND ended_at IS NULL AND begun_at IS NOT NULL ORDER BY last_used_at DESC, id
            """,
            new { vendor, account }).Select(row => new CompanionUse(
                row.Id, options.Clients.GetValueOrDefault(row.ClientId)?.Name ?? row.ClientId,
                DateTimeOffset.FromUnixTimeMilliseconds(row.Begun), DateTimeOffset.FromUnixTimeMilliseconds(row.LastUsed)))];
    }

    /// <summary>Ends a session, by its resident. Whose it is, the caller has checked. False when it had ended.</summary>
    public bool End(SqliteTransaction transaction, string sessionId) => End(transaction, sessionId, "ended by the resident", actor: null);

    /// <summary>Ends a session with all its tokens, those being made included. False when it had ended.</summary>
    public bool End(SqliteTransaction transaction, string sessionId, string because, string? actor)
    {
        var connection = transaction.Connection!;
        var account = connection.QuerySingleOrDefault<string>(
            """
            UPDATE companion_sessions SET ended_at = @Now, ended_because = @because, grant_version = grant_version + 1
            WHERE id = @sessionId AND ended_at IS NULL RETURNING account
            """,
            new { sessionId, because, Now }, transaction);
        if (account is null)
        {
            return false;
        }

        connection.Execute("DELETE FROM companion_tokens WHERE session = @sessionId", new { sessionId }, transaction);
        audit.Append(transaction, actor ?? account, "companion.ended", sessionId, because);
        return true;
    }

    /// <summary>Ends every session of an account, those that wait for their code included. Answers how many.</summary>
    public int EndAll(SqliteTransaction transaction, string vendor, string account)
    {
        var live = transaction.Connection!.Query<string>(
            "SELECT id FROM companion_sessions WHERE vendor = @vendor AND account = @account AND ended_at IS NULL", new { vendor, account }, transaction).AsList();
        foreach (var session in live)
        {
            End(transaction, session);
        }

        return live.Count;
    }

    /// <summary>Behind the call, and not at all when the database is busy.</summary>
    private async Task NoteUse(string session, long at)
    {
        try
        {
            await writer.Write(transaction => transaction.Connection!.Execute(
                "UPDATE companion_sessions SET last_used_at = @at WHERE id = @session AND last_used_at < @at", new { session, at }, transaction));
        }
        catch (Exception busy) when (BatchWriter.IsOverload(busy))
        {
            // The next use is noted.
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private IssuedTokens Issue(SqliteTransaction transaction, string session, long version)
    {
        var issued = new IssuedTokens(
            Secrets.New(Secrets.CompanionAccessTokenPrefix), Secrets.New(Secrets.CompanionRefreshTokenPrefix), options.AccessTokenLifetime);
        (string, string, TimeSpan)[] both =
            [(issued.AccessToken, Access, options.AccessTokenLifetime), (issued.RefreshToken!, Refresh, options.CompanionRefreshTokenIdleFor)];
        foreach (var (token, kind, lifetime) in both)
        {
            transaction.Connection!.Execute(
                """
                INSERT INTO companion_tokens (hash, kind, session, grant_version, issued_at, expires_at)
                VALUES (@hash, @kind, @session, @version, @Now, @expiresAt)
                """,
                new { hash = Secrets.Hash(token), kind, session, version, Now, expiresAt = Now + (long)lifetime.TotalMilliseconds }, transaction);
        }

        return issued;
    }

    private static string Seal(string refreshToken, IssuedTokens successor)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(successor);
        var box = new byte[AesGcm.NonceByteSizes.MaxSize + plain.Length + AesGcm.TagByteSizes.MaxSize];
        var nonce = box.AsSpan(0, AesGcm.NonceByteSizes.MaxSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(KeyOf(refreshToken), AesGcm.TagByteSizes.MaxSize);
        aes.Encrypt(nonce, plain, box.AsSpan(nonce.Length, plain.Length), box.AsSpan(nonce.Length + plain.Length));
        return Convert.ToBase64String(box);
    }

    private static IssuedTokens Open(string refreshToken, string successor)
    {
        var box = Convert.FromBase64String(successor).AsSpan();
        var nonce = box[..AesGcm.NonceByteSizes.MaxSize];
        var tag = box[^AesGcm.TagByteSizes.MaxSize..];
        var cipher = box[nonce.Length..^tag.Length];
        var plain = new byte[cipher.Length];
        using var aes = new AesGcm(KeyOf(refreshToken), tag.Length);
        aes.Decrypt(nonce, cipher, tag, plain);
        return JsonSerializer.Deserialize<IssuedTokens>(plain)!;
    }

    private static byte[] KeyOf(string refreshToken) => HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(refreshToken), 32, info: "homebridge companion successor"u8.ToArray());

    private sealed class Row
    {
        public string Hash { get; init; } = "";
        public string Session { get; init; } = "";
        public long GrantVersion { get; init; }
        public long ExpiresAt { get; init; }
        public long? ReplacedAt { get; init; }
        public string? Successor { get; init; }
        public string Vendor { get; init; } = "";
        public string Account { get; init; } = "";
    }
}
