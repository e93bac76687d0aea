using System.Text.Json;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox.DeviceCloud.Features;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>What the states of one device must be together. Each alone fits its schema already.</summary>
internal static class StateRules
{
    public static string? Objection(IEnumerable<string> traits, JsonObject attributes, JsonObject states) => traits
        .Select(trait => Missing(trait, attributes, states) ?? Form(trait, attributes, states) ?? Together(trait, attributes, states))
        .FirstOrDefault(objection => objection is not null);

    private static string? Missing(string trait, JsonObject attributes, JsonObject states) => TraitVocabulary.Instance.States(trait)
        .Where(state => !states.ContainsKey(state) && IsRequired(TraitVocabulary.Instance.State([trait], state)!.Value, attributes))
        .Select(state => $"'{state}' can't be absent.")
        .FirstOrDefault();

    private static string? Form(string trait, JsonObject attributes, JsonObject states)
    {
        if (TraitVocabulary.Instance.StateSets(trait) is not { } sets)
            return null;
        var (kind, list) = sets.EnumerateObject().Select(one => (one.Name, one.Value)).Single();
        var fitting = list.EnumerateArray()
            .Where(form => form.GetProperty("required").EnumerateArray().All(state => states.ContainsKey(state.GetString()!)))
            .ToArray();
        // A form that only some models may have is a last resort: it asks for less than the others.
        var everybodys = fitting.Count(form => TraitVocabulary.Member(form, "needs") is null);
        var fits = kind == "anyOf"
            ? fitting.Length > 0
            : everybodys == 1 || (everybodys == 0 && fitting.Any(form => Holds(form.GetProperty("needs"), attributes)));
        return fits ? null : $"{trait} has exactly one of its forms: {string.Join("; or ", list.EnumerateArray().Select(form => form.GetProperty("required")))}.";
    }

    private static bool IsRequired(JsonElement schema, JsonObject attributes) =>
        TraitVocabulary.Member(schema, "required") is { ValueKind: JsonValueKind.True }
        || (TraitVocabulary.Member(schema, "requiredWhen") is { } condition && Holds(condition, attributes));

    /// <summary>Attributes of a value, or there at all. A flag that is absent is false.</summary>
    private static bool Holds(JsonElement condition, JsonObject attributes) => condition.EnumerateObject().All(part =>
        part.Value.ValueKind == JsonValueKind.String
            ? attributes.ContainsKey(part.Name)
            : (attributes[part.Name]?.GetValue<bool>() ?? false) == part.Value.GetBoolean());

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
