using System.Collections.Immutable;
using System.Text.Json;
using HomeBridge.Sandbox.DeviceCloud.Features;
using HomeBridge.Sandbox.MakerEvents;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// The maker's source of truth: which devices there are and whose they are. Two ordinary homes, and a house
/// on the hill that is large.
/// </summary>
internal sealed class SandboxHomes : IDisposable
{
    public const string Vendor = "acme";
    private const int IdLength = 20;

    private static readonly Dictionary<string, JsonElement> Reachable =
        new(StringComparer.Ordinal) { ["online"] = JsonSerializer.SerializeToElement(true) };

    private readonly Lock _gate = new();
    private readonly SeededChance _seed;
    private readonly EventQueues _events;
    private readonly TimeProvider _time;
    private readonly ImmutableArray<SandboxDevice> _first;
    private volatile Register _now;
    private int _added;

    public SandboxHomes(SeededChance seed, EventQueues events, TimeProvider time)
    {
        (_seed, _events, _time) = (seed, events, time);
        var cameras = 0;
        _first = [.. HomePlans.All.Select(plan =>
            Make(plan, plan.Blueprint.Traits.Contains(CameraStream.Trait) ? ++cameras : null))];
        _now = new Register(_first, [.. Accounts, .. CanaryAccounts]);
    }

    /// <summary>The homes that there are at the start.</summary>
    public static IReadOnlyList<string> Accounts { get; } = ["maple", "harbor", "hill"];

    /// <summary>Homes that are nobody's: for the bridge's canaries.</summary>
    public static IReadOnlyList<string> CanaryAccounts { get; } = ["canary-a", "canary-b"];

    public IReadOnlyList<SandboxDevice> All => _now.Devices;

    public SandboxDevice? Find(string deviceId) => _now.ById.GetValueOrDefault(deviceId);

    /// <summary>
    /// The device, if it is this account's: a foreign one and an unknown one are the same null.
    /// </summary>
    public SandboxDevice? Find(string accountId, string deviceId) =>
        IsOpen(accountId) && Find(deviceId) is { } device && device.Home == accountId ? device : null;

    public IReadOnlyList<SandboxDevice>? DevicesOf(string accountId) => IsOpen(accountId)
        ? [.. _now.Devices.Where(device => device.Home == accountId)]
        : null;

    public bool IsOpen(string accountId) => _now.Open.Contains(accountId);

    /// <summary>The account whose data a fault shows instead.</summary>
    public static string StrangerTo(string accountId) => accountId switch
    {
        "maple" => "harbor",
        "canary-a" => "canary-b",
        "canary-b" => "canary-a",
        _ => "maple",
    };

    /// <summary>Given away with the home, or sold. Streams of the old owner go on at the maker: cutting them is the bridge's part.</summary>
    public void Move(SandboxDevice device, string to)
    {
        lock (_gate)
        {
            if (device.Home == to)
                return;
            var from = device.Home;
            device.Home = to;
            _events.Moved(device, from, to);
        }
    }

    public void Rename(SandboxDevice device, string name, string? room)
    {
        lock (_gate)
        {
            (device.Name, device.Room) = (name, room ?? device.Room);
            _events.Listed(device, "deviceChanged");
        }
    }

    public void Remove(SandboxDevice device)
    {
        lock (_gate)
        {
            _now = new Register(_now.Devices.Remove(device), _now.Open);
            _events.Listed(device, "deviceRemoved");
        }
    }

    /// <summary>Another device of a type that is made already; null when it is not, or is a camera.</summary>
    public SandboxDevice? Add(string home, string type, string name, string? room)
    {
        lock (_gate)
        {
            if (_first.FirstOrDefault(device => device.Blueprint.Type == type && device.CameraNumber is null) is not { } like
                || _now.Devices.Any(device => device.Home == home && device.Name == name))
            {
                return null;
            }

            // Each time another id: a device that was taken away doesn't come back as a new one.
            var device = Make(new(home, room ?? like.Room, name, like.Blueprint), cameraNumber: null, $"/{++_added}");
            _now = new Register(_now.Devices.Add(device), _now.Open);
            _events.Listed(device, "deviceAdded");
            return device;
        }
    }

    /// <summary>The account ends at the maker; its devices are nobody's that can sign in.</summary>
    public void Close(string home)
    {
        lock (_gate)
        {
            _now = new Register(_now.Devices, _now.Open.Remove(home));
            _events.Closed(home);
        }
    }

    /// <summary>Homes as they were at the start, every device reachable. Links stay ended that ended.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            var before = _now;
            _now = new Register(_first, [.. Accounts, .. CanaryAccounts]);
            foreach (var device in before.Devices.Except(_first))
                _events.Listed(device, "deviceRemoved");
            foreach (var device in _first)
            {
                var (home, name) = (device.Home, device.Name);
                device.Restore();
                if (home != device.Home)
                    _events.Moved(device, home, device.Home);
                else if (name != device.Name)
                    _events.Listed(device, "deviceChanged");
                if (!before.Devices.Contains(device))
                    _events.Listed(device, "deviceAdded");
                if (!device.Online)
                    device.Change(Reachable);
            }
        }
    }

    private SandboxDevice Make(HomePlans plan, int? cameraNumber, string more = "") => new(
        _seed.Name($"{Vendor}/{plan.Home}/{plan.Name}{more}", IdLength), plan.Home, plan.Name, plan.Room, plan.Blueprint, _time)
    {
        CameraNumber = cameraNumber,
        Changed = _events.StateChanged,
        FollowedUp = _events.FollowedUp,
    };

    public void Dispose()
    {
        foreach (var device in All)
            device.Dispose();
    }

    /// <summary>One instant of the register. A change makes a new one.</summary>
    private sealed record Register(ImmutableArray<SandboxDevice> Devices, ImmutableHashSet<string> Open)
    {
        public IReadOnlyDictionary<string, SandboxDevice> ById { get; } =
            Devices.ToDictionary(device => device.Id, StringComparer.Ordinal);
    }
}
