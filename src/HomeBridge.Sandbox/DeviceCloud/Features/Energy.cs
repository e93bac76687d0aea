using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>EnergyStorage and Dock: batteries, and the stations that robots come home to.</summary>
internal static class Energy
{
    /// <summary>A battery that is told, not charged by command.</summary>
    public static Feature Battery(int percent, bool rechargeable = false) => new(
        "EnergyStorage",
        Feature.Given(("queryOnlyEnergyStorage", true), ("isRechargeable", Feature.IfSo(rechargeable))),
        new() { ["descriptiveCapacityRemaining"] = InWords(percent), ["capacityRemaining"] = Raw((percent, "PERCENTAGE")) });

    public static Feature Chargeable(int percent, string? distanceUnit = null, params (int Value, string Unit)[] remaining) => new(
        "EnergyStorage",
        Feature.Given(
            ("queryOnlyEnergyStorage", false),
            ("energyStorageDistanceUnitForUX", distanceUnit),
            ("isRechargeable", true)),
        new()
        {
            ["descriptiveCapacityRemaining"] = InWords(percent),
            ["capacityRemaining"] = Raw([(percent, "PERCENTAGE"), .. remaining]),
            ["capacityUntilFull"] = Raw((100 - percent, "PERCENTAGE")),
            ["isCharging"] = false,
            ["isPluggedIn"] = true,
        });

    public static Feature Dock() => new("Dock", [], new() { ["isDocked"] = true });

    public static string? Charge(CommandTurn turn)
    {
        var charge = turn.Flag("charge")!.Value;
        if (charge && !turn.StateFlag("isPluggedIn"))
            return "deviceUnplugged";
        if (charge == turn.StateFlag("isCharging"))
            return charge ? "alreadyStarted" : "alreadyStopped";
        turn.States["isCharging"] = charge;
        return null;
    }

    public static string? GoHome(CommandTurn turn)
    {
        if (turn.StateFlag("isDocked"))
            return "alreadyDocked";
        turn.States["isDocked"] = true;
        return turn.States.ContainsKey("isRunning") ? StartStop.Stop(turn.States) : null;
    }

    private static string InWords(int percent) => percent switch
    {
        < 10 => "CRITICALLY_LOW",
        < 30 => "LOW",
        < 70 => "MEDIUM",
        < 100 => "HIGH",
        _ => "FULL",
    };

    private static JsonArray Raw(params (int Value, string Unit)[] amounts) =>
        [.. amounts.Select(amount => new JsonObject { ["rawValue"] = amount.Value, ["unit"] = amount.Unit })];
}
