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
    private volatile SuspensionSnapshot _current;

    public SuspensionBoard(SuspensionStore store, Signal signal)
    {
        _store = store;
        _signal = signal;
        _current = store.Snapshot();
    }

    public SuspensionSnapshot Current => _current;

    public Suspension? Raise(SuspensionOrder order, string author, string origin = Suspension.Human)
    {
        var suspension = _store.Raise(order, author, origin);
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
            _current = _store.Snapshot();
        }

        _signal.Raise();
    }
}
