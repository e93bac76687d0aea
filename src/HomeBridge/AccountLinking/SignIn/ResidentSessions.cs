using System.Data.Common;
using Dapper;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>A browser in which a resident is signed in.</summary>
internal sealed record ResidentSession(string Id, string Browser, DateTimeOffset BegunAt, DateTimeOffset LastUsedAt, bool IsCurrent);

/// <summary>
/// Who is signed in where. The truth is in the database and is asked at each use: a session that somebody ended is over
/// at its next request, on every replica. The browser has a random value that names it and nothing else.
/// </summary>
internal sealed class ResidentSessions(Database database, ResidentSignInOptions options, TimeProvider time)
{
    public const string TokenPrefix = "hbs_";

    /// <summary>Sessions of one account at one time; the one that was unused the longest goes first.</summary>
    private const int PerAccountMax = 100;

    /// <summary>How exactly the last use is known: not each request has to write.</summary>
    private static readonly TimeSpan LastUseStep = TimeSpan.FromSeconds(30);

    /// <summary>The value for the cookie of a new session.</summary>
    public string Begin(DbTransaction transaction, string vendor, string account, string browser)
    {
        var connection = transaction.Connection!;
        var now = time.GetUtcNow();
        connection.Execute(
            "DELETE FROM resident_sessions WHERE last_used_at <= @IdleSince OR begun_at <= @BegunBefore", Limits(now), transaction);
        connection.Execute(
            """
            DELETE FROM resident_sessions WHERE id IN (
                SELECT id FROM resident_sessions WHERE vendor = @vendor AND account = @account ORDER BY last_used_at DESC LIMIT 1000 OFFSET @keep)
            """,
            new { vendor, account, keep = PerAccountMax - 1 },
            transaction);
        var token = Secrets.New(TokenPrefix);
        connection.Execute(
            """
            INSERT INTO resident_sessions (id, hash, vendor, account, browser, begun_at, last_used_at)
            VALUES (@id, @hash, @vendor, @account, @browser, @now, @now)
            """,
            new { id = Secrets.New(""), hash = Secrets.Hash(token), vendor, account, browser, now = now.ToUnixTimeMilliseconds() },
            transaction);
        return token;
    }

    /// <summary>Whose browser that is; null when the session is unknown, ended or too old.</summary>
    public Resident? Find(string? token)
    {
        if (token is null or { Length: > Secrets.LengthMax } || !token.StartsWith(TokenPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var now = time.GetUtcNow();
        var limits = Limits(now);
        using var connection = database.Open();
        var row = connection.QuerySingleOrDefault<Row>(
            """
            SELECT session.id, session.vendor, session.account, session.begun_at, session.last_used_at, profile.name, profile.email, profile.time_zone, profile.locale
            FROM resident_sessions session
            JOIN resident_profiles profile ON profile.vendor = session.vendor AND profile.account = session.account
            WHERE session.hash = @hash AND session.last_used_at > @IdleSince AND session.begun_at > @BegunBefore
            """,
            new { hash = Secrets.Hash(token), limits.IdleSince, limits.BegunBefore });
        if (row is null)
        {
            return null;
        }

        if (now.ToUnixTimeMilliseconds() - row.LastUsedAt >= LastUseStep.TotalMilliseconds)
        {
            connection.Execute("UPDATE resident_sessions SET last_used_at = @now WHERE id = @Id", new { now = now.ToUnixTimeMilliseconds(), row.Id });
        }

        return new Resident(row.Vendor, row.Account, row.Name, row.Id, row.TimeZone, row.Email, row.Locale, DateTimeOffset.FromUnixTimeMilliseconds(row.BegunAt));
    }

    /// <summary>The sessions of an account, the last used first; <paramref name="current"/> is the id of the one that asks.</summary>
    public IReadOnlyList<ResidentSession> Of(string vendor, string account, string? current = null)
    {
        var limits = Limits(time.GetUtcNow());
        using var connection = database.Open();
        return
        [
            .. connection.Query<Row>(
                """
                SELECT id, browser, begun_at, last_used_at FROM resident_sessions
                WHERE vendor = @vendor AND account = @account AND last_used_at > @IdleSince AND begun_at > @BegunBefore
                ORDER BY last_used_at DESC
                """,
                new { vendor, account, limits.IdleSince, limits.BegunBefore })
            .Select(row => new ResidentSession(
                row.Id, row.Browser, DateTimeOffset.FromUnixTimeMilliseconds(row.BegunAt), DateTimeOffset.FromUnixTimeMilliseconds(row.LastUsedAt), row.Id == current)),
        ];
    }

    /// <summary>Whether a session has not ended meanwhile. Within a transaction, for what took its time since the resident was asked for.</summary>
    public static bool Stands(DbTransaction transaction, Resident resident) => transaction.Connection!.QuerySingle<int>(
        "SELECT COUNT(*) FROM resident_sessions WHERE id = @SessionId AND vendor = @Vendor AND account = @Account", resident, transaction) == 1;

    /// <summary>Ends one of an account's own sessions. False when it has none of that id.</summary>
    public bool End(string vendor, string account, string id)
    {
        using var connection = database.Open();
        return connection.Execute(
            "DELETE FROM resident_sessions WHERE id = @id AND vendor = @vendor AND account = @account", new { id, vendor, account }) == 1;
    }

    /// <summary>Ends all but the one that asks; how many those were.</summary>
    public int EndOthers(string vendor, string account, string keep)
    {
        using var connection = database.Open();
        return connection.Execute(
            "DELETE FROM resident_sessions WHERE vendor = @vendor AND account = @account AND id <> @keep", new { vendor, account, keep });
    }

    public static int EndAll(DbTransaction transaction, string vendor, string account) => transaction.Connection!.Execute(
        "DELETE FROM resident_sessions WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);

    /// <summary>Ends the session that a cookie names, whoever's it is.</summary>
    public void EndThis(string token)
    {
        if (token.Length <= Secrets.LengthMax)
        {
            using var connection = database.Open();
            connection.Execute("DELETE FROM resident_sessions WHERE hash = @hash", new { hash = Secrets.Hash(token) });
        }
    }

    private AgeLimits Limits(DateTimeOffset now) => new(
        (now - options.SessionIdle).ToUnixTimeMilliseconds(), (now - options.SessionLifetime).ToUnixTimeMilliseconds());

    private sealed record AgeLimits(long IdleSince, long BegunBefore);

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string Vendor { get; init; } = "";

        public string Account { get; init; } = "";

        public string Name { get; init; } = "";

        public string Browser { get; init; } = "";

        public string? Email { get; init; }

        public string? TimeZone { get; init; }

        public string? Locale { get; init; }

        public long BegunAt { get; init; }

        public long LastUsedAt { get; init; }
    }
}
