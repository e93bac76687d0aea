using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>One thing that is measured: in words, in numbers or both.</summary>
internal sealed record Sensor(string Name, string[]? Words, string? State, string? Unit, double? Value)
{
    public static Sensor Number(string name, string unit, double value) => new(name, null, null, unit, value);

    public static Sensor Word(string name, params string[] words) => new(name, words, words[0], null, null);

    public static Sensor Both(string name, string unit, double value, params string[] words) =>
        new(name, words, words[0], unit, value);
}

internal static class SensorState
{
    public static Feature With(params Sensor[] sensors) => new(
        "SensorState",
        new()
        {
            ["sensorStatesSupported"] = new JsonArray([.. sensors.Select(sensor => Feature.Given(
                ("name", sensor.Name),
                ("descriptiveCapabilities", sensor.Words is null ? null : new JsonObject { ["availableStates"] = Feature.Words(sensor.Words) }),
                ("numericCapabilities", sensor.Unit is null ? null : new JsonObject { ["rawValueUnit"] = sensor.Unit })))]),
        },
        new()
        {
            ["currentSensorStateData"] = new JsonArray([.. sensors.Select(sensor => Feature.Given(
                ("name", sensor.Name),
                ("currentSensorState", sensor.State),
                ("rawValue", sensor.Value)))]),
        });
}
