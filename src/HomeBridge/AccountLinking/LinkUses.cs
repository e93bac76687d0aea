using System.Threading.Channels;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking;

/// <summary>
/// When each link was last used, to the minute. Told by every request of a platform, written behind its back: a request
/// neither waits for it nor fails with it.
/// </summary>
internal sealed class LinkUses(Database database, TimeProvider time, ILogger<LinkUses> log) : BackgroundService
{
    /// <summary>A use that is told later than this after the last one is worth a row.</summary>
    private static readonly TimeSpan Precision = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan WriteEvery = TimeSpan.FromSeconds(1);

    /// <summary>Uses that wait to be written; under more load than this some are not told, and the next one is.</summary>
    private const int WaitingMax = 10_000;

    private readonly Channel<(AccountLinkId Link, long At)> _waiting =
        Channel.CreateBounded<(AccountLinkId, long)>(new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>A platform asks for something through this link now.</summary>
    public void Used(AccountLinkId link) => _waiting.Writer.TryWrite((link, time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>When a platform last asked through a link, or fetched a token for it; null when never.</summary>
    public DateTimeOffset? LastUsed(AccountLinkId link)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<long?>(
            """
            SELECT MAX(at) FROM (SELECT used_at AS at FROM link_uses WHERE account_link = @link
                UNION ALL SELECT issued_at AS at FROM tokens WHERE account_link = @link AND kind = 'access') uses
            """,
            new { link = link.Value }) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Write();
            await Task.Delay(WriteEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Write();
    }

    private void Write()
    {
        var last = new Dictionary<AccountLinkId, long>();
        for (var left = WaitingMax; left > 0 && _waiting.Reader.TryRead(out var use); left--)
        {
            last[use.Link] = use.At;
        }

        if (last.Count == 0)
        {
            return;
        }

        try
        {
            database.Write(transaction => transaction.ExecuteAll(
                """
                INSERT INTO link_uses (account_link, used_at) VALUES (@link, @at)
                ON CONFLICT (account_link) DO UPDATE SET used_at = excluded.used_at WHERE excluded.used_at >= link_uses.used_at + @precision
                """,
                last.Select(one => new { link = one.Key.Value, at = one.Value, precision = (long)Precision.TotalMilliseconds })));
        }
        catch (Exception failed)
        {
            log.LogWarning(failed, "When links were last used could not be written");
        }
    }
}
