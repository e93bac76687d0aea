using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class TemperatureControl
{
    public static Feature With(
        double min, double max, double setpoint, double? ambient = null, double? step = null, string unit = "C",
        bool commandOnly = false) => new(
        "TemperatureControl",
        Feature.Given(
            ("temperatureRange", Thresholds.Of(min, max)),
            ("temperatureStepCelsius", step),
            ("temperatureUnitForUX", unit),
            ("commandOnlyTemperatureControl", Feature.IfSo(commandOnly))),
        Feature.Given(("temperatureSetpointCelsius", setpoint), ("temperatureAmbientCelsius", ambient)));

    /// <summary>Measures and controls nothing.</summary>
    public static Feature Sensor(double min, double max, double ambient) => new(
        "TemperatureControl",
        new()
        {
            ["temperatureRange"] = Thresholds.Of(min, max),
            ["temperatureUnitForUX"] = "C",
            ["queryOnlyTemperatureControl"] = true,
        },
        new() { ["temperatureAmbientCelsius"] = ambient });

    public static string? Set(CommandTurn turn)
    {
        var wanted = turn.Number("temperature")!.Value;
        var (min, max) = Thresholds.In(turn.Attributes["temperatureRange"]!);
        if (wanted < min || wanted > max)
            return "valueOutOfRange";
        if (turn.Attributes["temperatureStepCelsius"] is { } step)
            wanted = Math.Clamp(min + Math.Round((wanted - min) / step.AsNumber()) * step.AsNumber(), min, max);
        turn.States["temperatureSetpointCelsius"] = wanted;
        return null;
    }
}

/// <summary>A range of temperatures, as two traits have it.</summary>
internal static class Thresholds
{
    public static JsonObject Of(double min, double max) => new() { ["minThresholdCelsius"] = min, ["maxThresholdCelsius"] = max };

    public static (double Min, double Max) In(JsonNode range) =>
        (range["minThresholdCelsius"]!.AsNumber(), range["maxThresholdCelsius"]!.AsNumber());
}
