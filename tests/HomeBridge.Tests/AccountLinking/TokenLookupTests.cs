using System.Diagnostics;
using System.Globalization;
using Dapper;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting;
using HomeBridge.Tests.HomeGraph;
using HomeBridge.Tests.World;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace HomeBridge.Tests.AccountLinking;

/// <summary>
/// A token is looked up in the database each time: that must not cost more among many links than among few. 1,000 links against
/// 20,000 in every run, against 1,000,000 with <c>tests/run.sh --long</c>; the figures are printed, and rounds of the two alternate.
/// </summary>
public sealed class TokenLookupTests(ITestOutputHelper output)
{
    private const int Few = 1000;
    private const int Known = 500;
    private const int Rounds = 9;
    private const int LookupsPerRound = 2000;

    private static readonly int Many = Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 1_000_000 : 20_000;

    [Fact]
    public async Task A_token_finds_its_link_by_indexes_among_however_many()
    {
        await using var few = await ReportingBridge.Start();
        await using var many = await ReportingBridge.Start();
        Fill(few, Few);
        Fill(many, Many);

        var (ofFew, ofMany) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            ofFew.Add(Lookups(few, Few));
            ofMany.Add(Lookups(many, Many));
        }

        // The first round fills caches.
        var (small, large) = (Median(ofFew.Skip(1)), Median(ofMany.Skip(1)));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(TestDatabase.IsPostgres ? "PostgreSQL" : "SQLite")}: a token's link among {Few:#,0} links in {small:0.0} us, among {Many:#,0} in {large:0.0} us, ratio {large / small:0.00} (medians of {Rounds - 1} rounds)"));
        Assert.All(Plan(many), step => Assert.DoesNotMatch(@"Seq Scan|\bSCAN\b", step));
    }

    /// <summary>As links are, with an access and a refresh token each; the first ones have tokens that are known here.</summary>
    private static void Fill(ReportingBridge bridge, int links)
    {
        bridge.Write(transaction =>
        {
            var connection = transaction.Connection!;
            var isSqlite = connection is SqliteConnection;
            var numbers = isSqlite
                ? "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @links)"
                : "WITH n (i) AS (SELECT generate_series(1, @links))";
            var hash = isSqlite ? "lower(hex(randomblob(32)))" : "md5(random()::text || i) || md5(i || random()::text)";
            connection.Execute(
                numbers + """
                 INSERT INTO account_links (id, platform, client_id, vendor, account, agent_user_id, consented_at, consent_text, linked_at)
                SELECT 'lnk_' || i, 'google', 'google-home', 'acme', 'home' || i, 'usr_' || i, 1, 'en-1', 1 FROM n
                """,
                new { links }, transaction, commandTimeout: 600);
            foreach (var kind in (string[])["access", "refresh"])
            {
                connection.Execute(
                    $"{numbers} INSERT INTO tokens (hash, kind, account_link, client_id, issued_at, expires_at) SELECT {hash}, '{kind}', 'lnk_' || i, 'google-home', 1, 99999999999999 FROM n",
                    new { links }, transaction, commandTimeout: 600);
            }

            connection.Execute(
                "INSERT INTO tokens (hash, kind, account_link, client_id, issued_at, expires_at) VALUES (@hash, 'access', @link, 'google-home', 1, 99999999999999)",
                Enumerable.Range(0, Known).Select(number => new { hash = Secrets.Hash(Token(number)), link = Link(number, links) }),
                transaction);
        });
        using var connection = bridge.Get<Database>().Open();
        connection.Execute(connection is SqliteConnection ? "PRAGMA wal_checkpoint" : "VACUUM ANALYZE tokens, account_links", commandTimeout: 600);
    }

    private static string Token(int number) => string.Create(CultureInfo.InvariantCulture, $"known-{number}");

    /// <summary>Spread over all links.</summary>
    private static string Link(int number, int links) => string.Create(CultureInfo.InvariantCulture, $"lnk_{1 + ((long)number * links / Known)}");

    /// <summary>Microseconds of each.</summary>
    private static double Lookups(ReportingBridge bridge, int links)
    {
        var tokens = bridge.Get<Tokens>();
        var watch = Stopwatch.StartNew();
        for (var lookup = 0; lookup < LookupsPerRound; lookup++)
        {
            var number = lookup * 7 % Known;
            using var view = bridge.Get<Database>().ForRequest();
            Assert.True(tokens.TryAuthenticate(view, "Bearer " + Token(number), "google", out var link));
            Assert.Equal(Link(number, links), link.Id.Value);
        }

        return watch.Elapsed.TotalMicroseconds / LookupsPerRound;
    }

    private static List<string> Plan(ReportingBridge bridge)
    {
        using var connection = bridge.Get<Database>().Open();
        const string lookup =
            "SELECT l.id FROM tokens t JOIN account_links l ON l.id = t.account_link AND l.client_id = t.client_id WHERE t.hash = 'x' AND t.kind = 'access' AND t.grant_version = l.grant_version";
        return connection is SqliteConnection
            ? connection.Query<(long, long, long, string Detail)>("EXPLAIN QUERY PLAN " + lookup).Select(row => row.Detail).ToList()
            : connection.Query<string>("EXPLAIN " + lookup).AsList();
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt((Rounds - 1) / 2);
}
