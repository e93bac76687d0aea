using System.Collections.Frozen;
using HomeBridge.Sandbox.DeviceCloud.Features;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// The maker's source of truth: which devices there are and whose they are. Two ordinary homes, and a house
/// on the hill that is large.
/// </summary>
internal sealed class SandboxHomes : IDisposable
{
    public const string Vendor = "acme";
    private const int IdLength = 20;

    private readonly FrozenDictionary<string, SandboxDevice> _devices;
    private readonly FrozenDictionary<string, SandboxDevice[]> _homes;

    public SandboxHomes(SeededChance seed, TimeProvider time)
    {
        var cameras = 0;
        var all = HomePlans.All
            .Select(plan => new SandboxDevice(
                seed.Name($"{Vendor}/{plan.Home}/{plan.Name}", IdLength),
                plan.Home, plan.Name, plan.Room, plan.Blueprint, time)
            {
                CameraNumber = plan.Blueprint.Traits.Contains(CameraStream.Trait) ? ++cameras : null,
            })
            .ToArray();
        foreach (var device in all)
        {
            device.Changed += changed => Changed?.Invoke(changed);
            device.FollowedUp += (followed, followUp) => FollowedUp?.Invoke(followed, followUp);
        }

        All = all;
        _devices = all.ToFrozenDictionary(device => device.Id, StringComparer.Ordinal);
        _homes = all.GroupBy(device => device.Home, StringComparer.Ordinal)
            .ToFrozenDictionary(home => home.Key, home => home.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>A device changed; whoever tells the bridge of it listens here.</summary>
    public Action<SandboxDevice>? Changed { get; set; }

    /// <summary>A pending command came to its end.</summary>
    public Action<SandboxDevice, FollowUp>? FollowedUp { get; set; }

    public IReadOnlyList<SandboxDevice> All { get; }

    public SandboxDevice? Find(string deviceId) => _devices.GetValueOrDefault(deviceId);

    /// <summary>
    /// The device, if it is this account's: a foreign one and an unknown one are the same null.
    /// </summary>
    public SandboxDevice? Find(string accountId, string deviceId) =>
        Find(deviceId) is { } device && device.Home == accountId ? device : null;

    public IReadOnlyList<SandboxDevice>? DevicesOf(string accountId) => _homes.GetValueOrDefault(accountId);

    /// <summary>The account whose data a fault shows instead.</summary>
    public static string StrangerTo(string accountId) => accountId == "maple" ? "harbor" : "maple";

    public void Dispose()
    {
        foreach (var device in All)
            device.Dispose();
    }
}
