using System.Collections.Frozen;
using System.Text.Json;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>
/// What the platform knows of traits and device types, read from <c>contracts/trait-catalogue.json</c>: which trait a
/// state belongs to, what its values look like, and what a notification of a trait says.
/// </summary>
internal sealed class PlatformTraits
{
    private const string Resource = "trait-catalogue.json";

    private readonly FrozenDictionary<string, (string Trait, JsonElement Shape)> _states;
    private readonly FrozenDictionary<string, JsonElement> _traits;
    private readonly FrozenDictionary<string, string> _labels;

    public PlatformTraits()
    {
        using var stream = typeof(PlatformTraits).Assembly.GetManifestResourceStream(Resource)!;
        using var catalogue = JsonDocument.Parse(stream);
        var root = catalogue.RootElement.Clone();
        _traits = root.GetProperty("traits").EnumerateObject().ToFrozenDictionary(trait => trait.Name, trait => trait.Value, StringComparer.Ordinal);
        _states = _traits
            .SelectMany(trait => trait.Value.GetProperty("states").EnumerateObject().Select(state => (trait.Key, state)))
            .ToFrozenDictionary(found => found.state.Name, found => (found.Key, found.state.Value), StringComparer.Ordinal);
        _labels = root.GetProperty("types").EnumerateObject()
            .ToFrozenDictionary(type => type.Name, type => type.Value.GetProperty("label").GetString()!, StringComparer.Ordinal);
    }

    /// <summary>What people call a device of this type.</summary>
    public string Label(string type) => _labels.GetValueOrDefault(type, type);

    /// <summary>The trait that a state belongs to; null when there is no such state, as for <c>status</c>.</summary>
    public string? TraitOf(string state) => _states.TryGetValue(state, out var found) ? found.Trait : null;

    /// <summary>What is wrong with a state's value, or null.</summary>
    public string? Objection(GraphDevice device, JsonProperty state)
    {
        var (trait, shape) = _states.GetValueOrDefault(state.Name);
        if (trait is null || !device.Traits.Contains(trait))
        {
            return $"'{state.Name}' is no state of the traits that {device.Id} declared";
        }

        return JsonShape.Objection(shape, state.Value, state.Name)
            ?? (Outside(device.Attributes, state) ? $"{state.Name} is out of the range that {device.Id} declared" : null);
    }

    /// <summary>What is wrong with a notification, or null.</summary>
    public string? NotificationObjection(GraphDevice device, string trait, JsonElement notification)
    {
        if (!device.Traits.Contains(trait) || !_traits.TryGetValue(trait, out var known))
        {
            return $"'{trait}' is no trait that {device.Id} declared";
        }

        if (notification.ValueKind != JsonValueKind.Object)
        {
            return $"{trait} is not an object";
        }

        if (!notification.TryGetProperty("followUpResponse", out var response))
        {
            return known.TryGetProperty("notification", out var members)
                ? JsonShape.MembersObjection(members, notification, trait)
                : $"'{trait}' has no notification but a follow-up";
        }

        if (response.ValueKind != JsonValueKind.Object
            || notification.EnumerateObject().Any(member => member.Name is not ("priority" or "followUpResponse")))
        {
            return $"{trait} is a follow-up with something else in it";
        }

        var forms = known.GetProperty("commands").EnumerateObject()
            .Where(command => command.Value.TryGetProperty("followUp", out _))
            .Select(command => command.Value.GetProperty("followUp"))
            .Select(form => JsonShape.MembersObjection(form.GetProperty("members"), response, trait)
                ?? (form.TryGetProperty("sets", out var sets) ? JsonShape.AlternativesObjection(sets, response, trait) : null))
            .ToList();
        return forms.Count == 0 ? $"'{trait}' has no follow-up" : forms.Contains(null) ? null : forms[0];
    }

    /// <summary>The ranges that a device itself declares for what can be set.</summary>
    private static bool Outside(JsonElement attributes, JsonProperty state) => state.Name switch
    {
        "currentVolume" => Above(attributes, "volumeMaxLevel", state.Value),
        "humiditySetpointPercent" => Range(attributes, "humiditySetpointRange", "minPercent", "maxPercent", state.Value),
        "temperatureSetpointCelsius" => Range(attributes, "temperatureRange", "minThresholdCelsius", "maxThresholdCelsius", state.Value),
        _ => false,
    };

    private static bool Range(JsonElement attributes, string name, string min, string max, JsonElement value) =>
        Member(attributes, name) is { } range && (Above(range, max, value) || (Member(range, min) is { } least && value.GetDouble() < least.GetDouble()));

    private static bool Above(JsonElement where, string max, JsonElement value) =>
        Member(where, max) is { } most && value.GetDouble() > most.GetDouble();

    private static JsonElement? Member(JsonElement where, string name) =>
        where.ValueKind == JsonValueKind.Object && where.TryGetProperty(name, out var found) ? found : null;
}
