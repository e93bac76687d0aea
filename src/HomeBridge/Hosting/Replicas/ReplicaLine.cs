using System.Data.Common;
using Dapper;
using Npgsql;

namespace HomeBridge.Hosting.Replicas;

/// <summary>
/// One connection straight to the server, beside the pool: it listens for the bell and holds this process's turns. It listens
/// first and has everything read after that, so that nothing falls in between; and it tests whether it can be heard at all,
/// since a pooler in between may swallow LISTEN without a word.
/// </summary>
internal sealed class ReplicaLine(ReplicaBell bell, ReplicaTurns turns, ReplicaRoll roll, DatabaseOptions options, TimeProvider time, ILogger<ReplicaLine> log)
    : BackgroundService
{
    public static readonly EventId Deaf = new(1, "replica-deaf");

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectAgain = TimeSpan.FromMilliseconds(500);

    /// <summary>From one test of hearing to the next, and how soon an own ring must come back.</summary>
    private static readonly TimeSpan HearingEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(3);

    /// <summary>In a row, until it is an alarm.</summary>
    private const int DeafMax = 3;

    /// <summary>
    /// A process that is cut off must lose its turns: within some five seconds the server finds out. The name tells the others
    /// which connection is whose.
    /// </summary>
    private const string Settings =
        "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 5000; SELECT set_config('application_name', @name, false)";

    private int _deaf;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (options.Postgres is { } server && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Hold(options.Listen ?? server, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (lost is DbException or IOException or TimeoutException or InvalidOperationException)
            {
                log.LogWarning("The line to the other replicas broke ({Reason})", lost.Message);
            }
            finally
            {
                roll.Listening = null;
            }

            await Task.Delay(ConnectAgain, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Hold(string connectionString, CancellationToken cancel)
    {
        await using var line = await PostgresEngine.OpenToListen(connectionString, cancel);
        line.Notification += (_, rung) => bell.Heard(rung.Payload);
        await line.ExecuteAsync(new CommandDefinition(Settings, new { name = ReplicaRoll.LineOf(bell.Run) }, cancellationToken: cancel));
        await line.ExecuteAsync(new CommandDefinition($"LISTEN {ReplicaBell.Channel}", cancellationToken: cancel));
        bell.RingAllHere();
        roll.Listening = _deaf == 0 ? "listening" : "deaf";
        var (heard, rangAt) = (bell.HeardItself, time.GetTimestamp());
        bell.Ring(BellTopic.Hearing);
        var isWaiting = true;
        using var held = turns.Begin();
        while (true)
        {
            turns.Look(line, roll.Live);
            await Listen(line, cancel);

            if (bell.HeardItself != heard)
            {
                (heard, isWaiting, _deaf, roll.Listening) = (bell.HeardItself, false, 0, "listening");
            }

            if (isWaiting && time.GetElapsedTime(rangAt) > HeardWithin)
            {
                isWaiting = false;
                if (CantHear())
                {
                    return;
                }
            }

            if (!isWaiting && time.GetElapsedTime(rangAt) > HearingEvery)
            {
                (heard, rangAt, isWaiting) = (bell.HeardItself, time.GetTimestamp(), true);
                bell.Ring(BellTopic.Hearing);
            }
        }
    }

    /// <summary>For a second.</summary>
    private async Task Listen(NpgsqlConnection line, CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        while (WholeMilliseconds(Every - time.GetElapsedTime(since)) is var left && left > 0)
        {
            await line.WaitAsync(left, cancel);
        }
    }

    /// <summary>A line waits for whole milliseconds, and for ever when there are none: what is left of one counts as one.</summary>
    internal static int WholeMilliseconds(TimeSpan left) => (int)Math.Ceiling(left.TotalMilliseconds);

    /// <summary>Whether another connection may help. After some it is kept as it is: turns need it, and it is tested again.</summary>
    private bool CantHear()
    {
        roll.Listening = "deaf";
        if (++_deaf < DeafMax)
        {
            log.LogWarning("Notifications don't arrive: this replica looks by itself, twice a second");
            return true;
        }

        if (_deaf == DeafMax)
        {
            log.LogCritical(
                Deaf, "Notifications don't arrive, {Count} connections in a row: this replica looks by itself, twice a second. Does a pooler stand before the server? Database:PostgresListen names the server itself",
                _deaf);
        }

        return false;
    }
}
