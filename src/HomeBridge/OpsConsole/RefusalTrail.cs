using HomeBridge.Audit;

namespace HomeBridge.OpsConsole;

/// <summary>
/// Failed sign-ins and denied requests, in the audit trail. The first of a kind is written at once, those that follow
/// within the same minute as one row with their number: who hammers at a door does not fill the disk.
/// </summary>
internal sealed class RefusalTrail(AuditTrail audit, TimeProvider time, ILogger<RefusalTrail> log) : BackgroundService
{
    /// <summary>Kinds told apart within a minute; the rest share a row. At most two rows each.</summary>
    public const int KindsMax = 20;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Refusal, int> _more = [];

    private readonly record struct Refusal(string Actor, string Action, string Subject, string Detail);

    /// <summary>Somebody unknown. A name is told only when it is one of ours: people type secrets into the wrong field.</summary>
    public void SignInFailed(string address, string how, string? name = null) => Note(new Refusal("unknown", "signin.failed", name ?? "", $"{how}, from {address}"));

    /// <summary>Somebody known, without the role or against a rule.</summary>
    public void Denied(string who, string what) => Note(new Refusal(who, "access.denied", what, "answered 403"));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Flush();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Flush();
        }
    }

    private void Note(Refusal refusal)
    {
        lock (_gate)
        {
            if (!_more.ContainsKey(refusal) && _more.Count >= KindsMax)
            {
                refusal = new Refusal("unknown", refusal.Action, "", "of more kinds than are told apart");
            }

            if (!_more.TryAdd(refusal, 0))
            {
                _more[refusal]++;
                return;
            }
        }

        Append(refusal, "");
    }

    /// <summary>Ends the minute: what came after the first of a kind is told with its number.</summary>
    internal void Flush()
    {
        List<(Refusal Refusal, int More)> more;
        lock (_gate)
        {
            more = [.. _more.Where(one => one.Value > 0).Select(one => (one.Key, one.Value))];
            _more.Clear();
        }

        foreach (var (refusal, count) in more)
        {
            Append(refusal, $"; {count} more within a minute");
        }
    }

    private void Append(Refusal refusal, string more)
    {
        try
        {
            audit.Append(refusal.Actor, refusal.Action, refusal.Subject, refusal.Detail + more);
        }
        catch (System.Data.Common.DbException failed)
        {
            // A refusal stands, whether it can be written down or not.
            log.LogError(failed, "A refusal could not be written to the audit trail");
        }
    }
}
