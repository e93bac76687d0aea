using System.Text.Json;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox.DeviceCloud.Features;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>What the states of one device must be together. Each alone fits its schema already.</summary>
internal static class StateRules
{
    public static string? Objection(IEnumerable<string> traits, JsonObject attributes, JsonObject states) => traits
        .Select(trait => Missing(trait, states) ?? Form(trait, states) ?? Together(trait, attributes, states))
        .FirstOrDefault(objection => objection is not null);

    private static string? Missing(string trait, JsonObject states) => TraitVocabulary.Instance.States(trait)
        .Where(state => !states.ContainsKey(state)
            && TraitVocabulary.Member(TraitVocabulary.Instance.State([trait], state)!.Value, "required") is { ValueKind: JsonValueKind.True })
        .Select(state => $"'{state}' can't be absent.")
        .FirstOrDefault();

    private static string? Form(string trait, JsonObject states)
    {
        if (TraitVocabulary.Instance.StateSets(trait) is not { } sets)
            return null;
        var forms = sets.GetProperty("oneOf").EnumerateArray()
            .Select(set => set.GetProperty("required").EnumerateArray().Select(state => state.GetString()!).ToArray()).ToArray();
        return forms.Count(form => form.All(states.ContainsKey)) == 1
            ? null
            : $"{trait} has exactly one of these forms: {string.Join("; or ", forms.Select(form => string.Join(", ", form)))}.";
    }

    private static string? Together(string trait, JsonObject attributes, JsonObject states) => trait switch
    {
        "StartStop" when Is(states, "isPaused") && Is(states, "isRunning") => "What is paused isn't running.",
        "Volume" when states["currentVolume"]!.AsNumber() > attributes["volumeMaxLevel"]!.AsNumber() =>
            $"'currentVolume' is at most {attributes["volumeMaxLevel"]}.",
        "TemperatureControl" when Outside(states["temperatureSetpointCelsius"], attributes["temperatureRange"])
            || Outside(states["temperatureAmbientCelsius"], attributes["temperatureRange"]) =>
            "The temperature lies outside of 'temperatureRange'.",
        "HumiditySetting" when attributes["humiditySetpointRange"] is { } range && states["humiditySetpointPercent"] is { } setpoint
            && (setpoint.AsNumber() < range["minPercent"]!.AsNumber() || setpoint.AsNumber() > range["maxPercent"]!.AsNumber()) =>
            "'humiditySetpointPercent' lies outside of 'humiditySetpointRange'.",
        "Modes" when !Same(attributes["availableModes"], states["currentModeSettings"]) => "'currentModeSettings' names each mode once.",
        "Toggles" when !Same(attributes["availableToggles"], states["currentToggleSettings"]) =>
            "'currentToggleSettings' names each toggle once.",
        _ => null,
    };

    private static bool Is(JsonObject states, string name) => states[name]?.GetValue<bool>() == true;

    private static bool Outside(JsonNode? temperature, JsonNode? range) =>
        temperature is not null && Thresholds.In(range!) is var (min, max)
        && (temperature.AsNumber() < min || temperature.AsNumber() > max);

    private static bool Same(JsonNode? available, JsonNode? current) => available.Objects()
        .Select(one => one["name"]!.GetValue<string>())
        .Order(StringComparer.Ordinal)
        .SequenceEqual(current!.AsObject().Select(one => one.Key).Order(StringComparer.Ordinal), StringComparer.Ordinal);
}
