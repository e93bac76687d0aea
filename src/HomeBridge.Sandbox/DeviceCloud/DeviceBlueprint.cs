using System.Text.Json.Nodes;
using HomeBridge.Sandbox.DeviceCloud.Features;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// What all devices of one model have in common, in the platform's vocabulary without its prefixes.
/// </summary>
internal sealed class DeviceBlueprint(string type, string model, params Feature[] features)
{
    public static DeviceBlueprint Light { get; } = new("LIGHT", "Glow 2", OnOff.With(), Brightness.With(80));

    public static DeviceBlueprint DoorLock { get; } = new("LOCK", "Latch 1", LockUnlock.With());

    public static DeviceBlueprint Thermostat { get; } = new(
        "THERMOSTAT", "Hearth 3", TemperatureSetting.With(["off", "heat", "cool"], mode: "heat", setpoint: 21, ambient: 19.5));

    public static DeviceBlueprint TemperatureSensor { get; } = new(
        "SENSOR", "Mercury 1", TemperatureControl.Sensor(-40, 80, ambient: 18.5));

    public static DeviceBlueprint AirSensor { get; } = new("SENSOR", "Breeze 1", SensorState.With(Sensor.Number("AirQuality", "AQI", 42)));

    public static DeviceBlueprint Camera { get; } = new("CAMERA", "Iris 4", CameraStream.With("hls", "progressive_mp4"));

    /// <summary>A newer model: a peer connection first, for displays that want one.</summary>
    public static DeviceBlueprint PeerCamera { get; } = new("CAMERA", "Iris 6", CameraStream.With("webrtc", "hls", "progressive_mp4"));

    public string Type => type;

    public string Model => model;

    public string[] Traits { get; } = [.. features.Select(feature => feature.Trait)];

    /// <summary>Anew each time: a JSON node has one parent.</summary>
    public JsonObject Attributes() => Merged(feature => feature.Attributes);

    /// <summary>The states that the device has, told or not.</summary>
    public JsonObject States() => Merged(feature => feature.States);

    /// <summary>What the device knows and never tells.</summary>
    public JsonObject Memory() => Merged(feature => feature.Memory);

    /// <summary>The states of traits that can only be commanded.</summary>
    public string[] Untold() =>
    [
        .. features.Where(feature => Says(feature, "commandOnly"))
            .SelectMany(feature => TraitVocabulary.Instance.States(feature.Trait)),
    ];

    /// <summary>Can the trait only be told, not commanded?</summary>
    public bool IsQueryOnly(string trait) =>
        features.Any(feature => feature.Trait == trait && Says(feature, "queryOnly"));

    private static bool Says(Feature feature, string direction) =>
        TraitVocabulary.Instance.Direction(feature.Trait, direction) is { } attribute
        && feature.Attributes[attribute]?.GetValue<bool>() == true;

    private JsonObject Merged(Func<Feature, JsonObject> part) =>
        new(features.SelectMany(part).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
}
