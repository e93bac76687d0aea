using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class HumiditySetting
{
    private const string Setpoint = "humiditySetpointPercent";
    private const int PercentOfOneStep = 5;

    public static Feature With(int setpoint, int ambient, (int Min, int Max)? range = null, bool commandOnly = false) => new(
        "HumiditySetting",
        Feature.Given(
            ("humiditySetpointRange", range is { } limits
                ? new JsonObject { ["minPercent"] = limits.Min, ["maxPercent"] = limits.Max }
                : null),
            ("commandOnlyHumiditySetting", Feature.IfSo(commandOnly))),
        new() { [Setpoint] = setpoint, ["humidityAmbientPercent"] = ambient });

    /// <summary>Measures and controls nothing.</summary>
    public static Feature Sensor(int ambient) => new(
        "HumiditySetting",
        new() { ["queryOnlyHumiditySetting"] = true },
        new() { ["humidityAmbientPercent"] = ambient });

    public static string? Set(CommandTurn turn)
    {
        var wanted = turn.Number("humidity")!.Value;
        var (min, max) = Range(turn);
        if (wanted < min || wanted > max)
            return "valueOutOfRange";
        turn.States[Setpoint] = (int)wanted;
        return null;
    }

    public static string? Relative(CommandTurn turn)
    {
        var by = turn.Number("humidityRelativePercent") ?? turn.Number("humidityRelativeWeight")!.Value * PercentOfOneStep;
        var before = turn.StateNumber(Setpoint);
        var (min, max) = Range(turn);
        if (by > 0 && before >= max)
            return "maxSettingReached";
        if (by < 0 && before <= min)
            return "minSettingReached";
        turn.States[Setpoint] = (int)Math.Clamp(before + by, min, max);
        return null;
    }

    private static (double Min, double Max) Range(CommandTurn turn) => turn.Attributes["humiditySetpointRange"] is { } range
        ? (range["minPercent"]!.AsNumber(), range["maxPercent"]!.AsNumber())
        : (0, 100);
}
