using System.Collections.Immutable;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Sandbox.MakerEvents;

namespace HomeBridge.Sandbox.Faults;

/// <summary>
/// Something that can be switched on to go wrong, and a sentence that says what then happens.
/// </summary>
internal sealed record FaultKind(string Kind, string Says);

/// <summary>A fault that is on. Without a device it is on for all of them.</summary>
internal sealed record ActiveFault(string Kind, double Rate, string? Device);

/// <summary>
/// Which faults are on. They are read at each unit and each call, so a switch takes effect at once.
/// </summary>
internal sealed class FaultBoard(SeededChance chance) : IDisposable
{
    /// <summary>
    /// A request that a fault leaves hanging ends at last: this bounds what a test run can pile up.
    /// </summary>
    private static readonly TimeSpan LongestHang = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private ImmutableArray<ActiveFault> _active = [];
    private CancellationTokenSource _cleared = new();

    public static IEnumerable<FaultKind> Kinds =>
    [
        .. MediaFaults.All.ExceptBy(IncidentCatalogue.All.Select(incident => incident.Kind), fault => fault.Kind).Select(fault => fault.Listed),
        .. PeerFaults.All, .. KeyFaults.All, .. CloudFaults.All, .. EventFaults.All, .. HomeGraphFaults.All, .. IncidentCatalogue.All.Select(incident => incident.Listed),
    ];

    /// <summary>Switches a fault on; the same kind for the same device again changes its rate.</summary>
    public void Switch(ActiveFault fault)
    {
        lock (_gate)
        {
            _active =
            [
                .. _active.Where(other => other.Kind != fault.Kind || other.Device != fault.Device),
                fault,
            ];
        }
    }

    public void Clear()
    {
        CancellationTokenSource cleared;
        lock (_gate)
        {
            _active = [];
            cleared = _cleared;
            _cleared = new();
        }

        cleared.Cancel();
        cleared.Dispose();
    }

    /// <summary>The same for a kind that knows no devices.</summary>
    public bool Hits(string kind) => Hits(kind, []);

    public bool Hits(string kind, SandboxDevice device) => Hits(kind, [device]);

    /// <summary>Whether the fault is on for one of these devices and chance wants it now.</summary>
    public bool Hits(string kind, IReadOnlyList<SandboxDevice> devices)
    {
        ImmutableArray<ActiveFault> active;
        lock (_gate)
            active = _active;
        foreach (var fault in active)
        {
            if (fault.Kind == kind
                && (fault.Device is null || devices.Any(device => device.Id == fault.Device))
                && chance.Next() < fault.Rate)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits until the faults are cleared or the caller gave up.</summary>
    public async Task UntilClearedAsync(CancellationToken givenUp)
    {
        CancellationTokenSource until;
        lock (_gate)
            until = CancellationTokenSource.CreateLinkedTokenSource(givenUp, _cleared.Token);
        using (until)
            await Task.Delay(LongestHang, until.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _cleared.Dispose();
}
