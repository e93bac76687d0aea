using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class NetworkControl
{
    private const string GuestPassword = "guestPassword";
    private const double DownloadMbps = 482.5;
    private const double UploadMbps = 97.25;
    private static readonly TimeSpan TestTakes = TimeSpan.FromSeconds(2);

    /// <summary>A router with everything; what it does for guests and profiles can be left out.</summary>
    public static Feature With(string ssid, string[] profiles, bool guests = true, double? limitMegabytes = null) => new(
        "NetworkControl",
        Feature.Given(
            ("supportsEnablingGuestNetwork", guests),
            ("supportsDisablingGuestNetwork", guests),
            ("supportsGettingGuestNetworkPassword", guests),
            ("networkProfiles", profiles.Length == 0 ? null : Feature.Words(profiles)),
            ("supportsEnablingNetworkProfile", profiles.Length > 0),
            ("supportsDisablingNetworkProfile", profiles.Length > 0),
            ("supportsNetworkDownloadSpeedTest", true),
            ("supportsNetworkUploadSpeedTest", true)),
        Feature.Given(
            ("networkEnabled", true),
            ("networkSettings", new JsonObject { ["ssid"] = ssid }),
            ("guestNetworkEnabled", guests ? false : null),
            ("guestNetworkSettings", guests ? new JsonObject { ["ssid"] = $"{ssid} guests" } : null),
            ("numConnectedDevices", 23),
            ("networkUsageMB", 48210.5),
            ("networkUsageLimitMB", limitMegabytes),
            ("networkUsageUnlimited", limitMegabytes is null),
            ("lastNetworkDownloadSpeedTest", Measured("downloadSpeedMbps", DownloadMbps, DateTimeOffset.UnixEpoch.AddYears(55))),
            ("lastNetworkUploadSpeedTest", Measured("uploadSpeedMbps", UploadMbps, DateTimeOffset.UnixEpoch.AddYears(55))),
            ("networkSpeedTestInProgress", false)))
    {
        Memory = new() { [GuestPassword] = "heather-and-stone" },
    };

    public static string? Guests(CommandTurn turn)
    {
        var enable = turn.Flag("enable")!.Value;
        if (!turn.Declares(enable ? "supportsEnablingGuestNetwork" : "supportsDisablingGuestNetwork"))
            return "functionNotSupported";
        turn.States["guestNetworkEnabled"] = enable;
        return null;
    }

    public static string? Profile(CommandTurn turn)
    {
        var enable = turn.Flag("enable")!.Value;
        if (!turn.Declares(enable ? "supportsEnablingNetworkProfile" : "supportsDisablingNetworkProfile"))
            return "functionNotSupported";
        var profile = turn.Text("profile")!;
        if (!turn.Attributes["networkProfiles"].Texts().Contains(profile, StringComparer.Ordinal))
            return "networkProfileNotRecognized";
        turn.Memory[$"profile {profile}"] = enable;
        return null;
    }

    public static string? Password(CommandTurn turn)
    {
        if (!turn.Declares("supportsGettingGuestNetworkPassword"))
            return "functionNotSupported";
        turn.Results["guestNetworkPassword"] = turn.Memory[GuestPassword]!.DeepClone();
        return null;
    }

    public static string? TestSpeed(CommandTurn turn)
    {
        var (download, upload) = (turn.Flag("testDownloadSpeed")!.Value, turn.Flag("testUploadSpeed")!.Value);
        if (turn.StateFlag("networkSpeedTestInProgress"))
            return "networkSpeedTestInProgress";
        if (!download && !upload)
            return "protocolError";
        turn.States["networkSpeedTestInProgress"] = true;
        turn.Pending(TestTakes, () =>
        {
            var told = new JsonObject { ["status"] = "SUCCESS" };
            turn.States["networkSpeedTestInProgress"] = false;
            if (download)
            {
                turn.States["lastNetworkDownloadSpeedTest"] = Measured("downloadSpeedMbps", DownloadMbps, turn.Now + TestTakes);
                told["networkDownloadSpeedMbps"] = DownloadMbps;
            }

            if (upload)
            {
                turn.States["lastNetworkUploadSpeedTest"] = Measured("uploadSpeedMbps", UploadMbps, turn.Now + TestTakes);
                told["networkUploadSpeedMbps"] = UploadMbps;
            }

            return told;
        });
        return null;
    }

    private static JsonObject Measured(string name, double speed, DateTimeOffset at) =>
        new() { [name] = speed, ["unixTimestampSec"] = at.ToUnixTimeSeconds(), ["status"] = "SUCCESS" };
}
