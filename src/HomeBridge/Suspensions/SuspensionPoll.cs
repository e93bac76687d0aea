using System.Data.Common;
using System.Security.Cryptography;
using HomeBridge.Hosting.Replicas;

namespace HomeBridge.Suspensions;

/// <summary>
/// Looks at the version in the database twice a second, and when another replica rings; reads the rest when it is another than
/// the one that is known. The bell makes the switch quick, this makes it true.
/// </summary>
internal sealed class SuspensionPoll(
    SuspensionNumbering numbering, SuspensionBoard board, SuspensionReplica replica, SuspensionFreshness freshness, TimeProvider time, ILogger<SuspensionPoll> log,
    ReplicaBell? bell = null)
    : BackgroundService
{
    private const int EveryMs = 500;
    private const int JitterMs = 100;

    /// <summary>The first sign of a database that can't be read, before any class is denied.</summary>
    private static readonly TimeSpan SaidAfter = TimeSpan.FromSeconds(1.5);

    private static readonly Task Never = new TaskCompletionSource().Task;

    private bool _said;

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var rung = bell?.Next(BellTopic.Suspensions) ?? Never;

            // A read that hangs shall hang nothing else, and the lease runs meanwhile.
            await Task.Run(Look, CancellationToken.None);
            var pause = TimeSpan.FromMilliseconds(EveryMs - JitterMs + RandomNumberGenerator.GetInt32((2 * JitterMs) + 1));
            await rung.WaitAsync(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One look.</summary>
    public void Look()
    {
        var lookedAt = freshness.Looking();
        try
        {
            var (epoch, version) = numbering.Read();
            if (replica.Memory?.Told is not { } told || told.Epoch != epoch || told.Snapshot.Version != version)
            {
                board.Reload();
            }

            freshness.Seen(lookedAt);
            if (_said)
            {
                _said = false;
                log.LogWarning("The database says again what is suspended");
            }
        }
        catch (DbException unreadable)
        {
            if (!_said && (freshness.Age is not { } age || age > SaidAfter))
            {
                _said = true;
                log.LogCritical(
                    SuspensionAlarms.DatabaseUnread,
                    "The database doesn't say what is suspended ({Reason}): cameras stop, then locks, then other commands; tokens, SYNC and QUERY go on", unreadable.Message);
            }
        }
    }
}
