using System.Data.Common;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Suspensions;

/// <summary>
/// The suspensions in force as this replica knows them: an immutable snapshot, asked as the last thing before anything
/// leaves the bridge. Raising and lifting goes to the database first and is published from there.
/// </summary>
internal sealed class SuspensionBoard
{
    /// <summary>No drill lasts longer.</summary>
    public static readonly TimeSpan DrillMax = TimeSpan.FromMinutes(5);

    private readonly SuspensionStore _store;
    private readonly Signal _signal;
    private readonly Lock _publishing = new();
    private readonly SuspensionNumbering _numbering;
    private readonly SuspensionReplica _replica;
    private readonly SuspensionFreshness _freshness;
    private readonly ReplicaBell? _bell;

    public SuspensionBoard(
        SuspensionStore store, Signal signal, SuspensionNumbering numbering, SuspensionReplica replica, SuspensionFreshness freshness, ILogger<SuspensionBoard> log,
        ReplicaBell? bell = null)
    {
        (_store, _signal, _numbering, _replica, _freshness, _bell) = (store, signal, numbering, replica, freshness, bell);
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

    /// <summary>
    /// Whether the database's numbers went back: then everything that is known stays in force until two people rebase, and a
    /// lift would change nothing.
    /// </summary>
    public bool WentBack => _replica.Memory?.WentBack == true;

    /// <summary>Whether what is known is fresh enough for something of this class.</summary>
    public bool Holds(LeaseClass lease) => _freshness.Holds(lease);

    /// <summary>Somebody else changed the database.</summary>
    public void Reload() => Publish();

    /// <summary>Null when too many are in force.</summary>
    public Suspension? Raise(SuspensionOrder order, string author, string origin = Suspension.Human) => Raise(order, author, origin, key: null).Suspension;

    /// <summary>The same for a caller who may send the order again: one with the same key and body is the same order.</summary>
    public (RaiseVerdict Verdict, Suspension? Suspension) Raise(SuspensionOrder order, string author, string origin, RequestKey? key)
    {
        var raised = _store.Raise(order, author, origin, key);
        if (raised.Verdict is RaiseVerdict.Raised)
        {
            Announce();
        }

        return raised;
    }

    /// <summary>A suspension of one link or device to see whether the switch works. It ends by itself, also if nobody is left to end it.</summary>
    public Suspension RaiseDrill(SuspensionScope scope, SuspensionEffects effects, string reason, TimeSpan expires)
    {
        if (scope.AccountLink is null && scope.Device is null)
        {
            throw new ArgumentException("A drill names an account link or a device: it must not touch a home that somebody lives in by mistake.", nameof(scope));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(expires, DrillMax);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expires, TimeSpan.Zero);
        var raised = _store.RaiseDrill(new SuspensionOrder(Preset: null, scope, effects, reason, "drill"), expires);
        Announce();
        return raised;
    }

    /// <summary>Ends a drill before its time, or at it. False when it was over, or is none.</summary>
    public bool EndDrill(string id, string because)
    {
        var ended = _store.EndDrill(id, because);
        if (ended)
        {
            Announce();
        }

        return ended;
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
            Announce();
        }

        return raised;
    }

    public (LiftVerdict Verdict, Suspension? Suspension) LiftByForce(string id, string reason, string approver)
    {
        if (WentBack)
        {
            return (LiftVerdict.NumbersWentBack, null);
        }

        var result = _store.LiftByForce(id, reason, approver);
        Announce();
        return result;
    }

    /// <summary>A change that several features make together, published when it is committed.</summary>
    public T Change<T>(Func<DbTransaction, SuspensionStore, T> change)
    {
        var result = _store.Change(change);
        Announce();
        return result;
    }

    /// <summary>What was lifted since then, and what that settles.</summary>
    public IReadOnlyList<SuspensionLift> LiftsSince(DateTimeOffset since) => _store.LiftsSince(since);

    /// <summary>What this process changed: here, and to the other replicas.</summary>
    private void Announce()
    {
        _bell?.Ring(BellTopic.Suspensions);
        Publish();
    }

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
