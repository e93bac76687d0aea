using System.Data.Common;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>
/// The suspensions in force as this replica knows them: an immutable snapshot, asked as the last thing before anything
/// leaves the bridge. Raising and lifting goes to the database first and is published from there.
/// </summary>
internal sealed class SuspensionBoard
{
    private readonly SuspensionStore _store;
    private readonly Signal _signal;
    private readonly Lock _publishing = new();
    private readonly SuspensionNumbering _numbering;
    private readonly SuspensionReplica _replica;
    private readonly SuspensionFreshness _freshness;

    public SuspensionBoard(
        SuspensionStore store, Signal signal, SuspensionNumbering numbering, SuspensionReplica replica, SuspensionFreshness freshness, ILogger<SuspensionBoard> log)
    {
        (_store, _signal, _numbering, _replica, _freshness) = (store, signal, numbering, replica, freshness);
        try
        {
            Publish();
        }
        catch (DbException unreadable)
        {
            // What is on disk is in force, and nothing is fresh: cameras wait for the first look that succeeds.
            log.LogError("The database doesn't say what is suspended ({Reason})", unreadable.Message);
        }
    }

    public SuspensionSnapshot Current => _replica.InForce;

    /// <summary>What gateways are told.</summary>
    public NumberedSnapshot Published => _replica.Published;

    /// <summary>How long ago the database was looked at; null: never.</summary>
    public TimeSpan? Age => _freshness.Age;

    /// <summary>Whether what is known is fresh enough for something of this class.</summary>
    public bool Holds(LeaseClass lease) => _freshness.Holds(lease);

    /// <summary>Somebody else changed the database.</summary>
    public void Reload() => Publish();

    public Suspension? Raise(SuspensionOrder order, string author)
    {
        var suspension = _store.Raise(order, author);
        Publish();
        return suspension;
    }

    /// <summary>
    /// The bridge suspends by itself: author <c>system</c>, lifted by a person like any other. Where the same is already in
    /// force, nothing new is raised.
    /// </summary>
    public (Suspension Suspension, bool IsNew) RaiseAutomatic(SuspensionScope scope, SuspensionEffects effects, string reason, string incident)
    {
        var raised = _store.RaiseAutomatic(new SuspensionOrder(Preset: null, scope, effects, reason, incident));
        if (raised.IsNew)
        {
            Publish();
        }

        return raised;
    }

    public (LiftVerdict Verdict, Suspension? Suspension) LiftByForce(string id, string reason, string approver)
    {
        var result = _store.LiftByForce(id, reason, approver);
        Publish();
        return result;
    }

    /// <summary>What was lifted since then, and what that settles.</summary>
    public IReadOnlyList<SuspensionLift> LiftsSince(DateTimeOffset since) => _store.LiftsSince(since);

    /// <summary>Two at once publish in the order of their versions: the later read has both.</summary>
    private void Publish()
    {
        lock (_publishing)
        {
            // The epoch first: if it grows in between, what is remembered stays in force until the next look.
            var lookedAt = _freshness.Looking();
            var (epoch, _) = _numbering.Read();
            _replica.Take(new NumberedSnapshot(epoch, _store.Snapshot()));
            _freshness.Seen(lookedAt);
        }

        _signal.Raise();
    }
}
