using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Faults;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>C5. Whom the maker takes an account for, after an update of its servers.</summary>
internal static class SwappedAccounts
{
    public static string Resolve(string account, SandboxHomes homes, FaultBoard faults) =>
        homes.DevicesOf(account) is { } devices && faults.Hits(IncidentCatalogue.SwappedAccounts.Kind, devices)
            ? SandboxHomes.StrangerTo(account)
            : account;

    /// <summary>The same for the owner of a device.</summary>
    public static string OwnerOf(SandboxDevice device, FaultBoard faults) =>
        faults.Hits(IncidentCatalogue.SwappedAccounts.Kind, device) ? SandboxHomes.StrangerTo(device.Home) : device.Home;
}

/// <summary>C4. The list of recipients has one row more than before; whoever reads it by number reads the row above.</summary>
internal static class Recipients
{
    private static readonly string[] Before = [.. SandboxHomes.Accounts];
    private static readonly string[] After = [SandboxHomes.Accounts[^1], .. SandboxHomes.Accounts];

    public static string Of(string account) => Array.IndexOf(Before, account) is >= 0 and var row ? After[row] : account;
}
