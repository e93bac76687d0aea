using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>Reboot, SoftwareUpdate and Locator: what can be done to a device as a device.</summary>
internal static class Upkeep
{
    private const string BusyUntil = "busyUntil";
    private const string UpdatingUntil = "updatingUntil";
    private static readonly TimeSpan RebootTakes = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan UpdateTakes = TimeSpan.FromSeconds(5);

    public static Feature Reboot() => new("Reboot", [], []);

    public static Feature SoftwareUpdate() => new(
        "SoftwareUpdate",
        [],
        new() { ["lastSoftwareUpdateUnixTimestampSec"] = DateTimeOffset.UnixEpoch.AddYears(55).ToUnixTimeSeconds() });

    public static Feature Locator() => new("Locator", [], []);

    public static string? RebootNow(CommandTurn turn)
    {
        if (Busy(turn) is { } busy)
            return busy;
        turn.Memory[BusyUntil] = (turn.Now + RebootTakes).ToUnixTimeMilliseconds();
        return null;
    }

    public static string? UpdateNow(CommandTurn turn)
    {
        if (Busy(turn) is { } busy)
            return busy;
        turn.Memory[UpdatingUntil] = (turn.Now + UpdateTakes).ToUnixTimeMilliseconds();
        turn.States["lastSoftwareUpdateUnixTimestampSec"] = turn.Now.ToUnixTimeSeconds();
        return null;
    }

    /// <summary>It rings, or is silenced.</summary>
    public static string? Locate(CommandTurn turn)
    {
        turn.Results["generatedAlert"] = turn.Flag("silence") != true;
        return null;
    }

    private static string? Busy(CommandTurn turn)
    {
        if (IsAhead(turn.Memory[UpdatingUntil]))
            return "inSoftwareUpdate";
        return IsAhead(turn.Memory[BusyUntil]) ? "deviceBusy" : null;

        bool IsAhead(JsonNode? moment) => moment is not null && moment.AsNumber() > turn.Now.ToUnixTimeMilliseconds();
    }
}
