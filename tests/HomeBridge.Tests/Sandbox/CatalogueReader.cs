using System.Runtime.CompilerServices;
using System.Text.Json;

namespace HomeBridge.Tests.Sandbox;

/// <summary>
/// Reads contracts/trait-catalogue.json for tests and says what is wrong with a device. Shares no code with the bridge or
/// the sandbox, which read the same file.
/// </summary>
internal static class CatalogueReader
{
    public static JsonElement Root { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(), "trait-catalogue.json"))).RootElement;

    public static JsonElement Trait(string name) => Root.GetProperty("traits").GetProperty(name);

    /// <summary>Codes of the trait and of any of its commands: what a thermostat's mode forbids stands at one of them only.</summary>
    public static IEnumerable<string> ErrorsOf(string trait) =>
        Trait(trait).GetProperty("commands").EnumerateObject().Select(command => command.Value).Prepend(Trait(trait))
            .SelectMany(one => one.TryGetProperty("errorCodes", out var codes) ? codes.EnumerateArray().Select(code => code.GetString()!) : []);

    public static IEnumerable<string> DescriptionFaults(JsonElement device)
    {
        var type = Root.GetProperty("types").GetProperty(device.GetProperty("type").GetString()!);
        var traits = device.GetProperty("traits").EnumerateArray().Select(trait => trait.GetString()!).ToList();
        foreach (var missing in type.GetProperty("requires").EnumerateArray().Where(trait => !traits.Contains(trait.GetString()!)))
            yield return $"lacks the trait {missing}";
        var attributes = device.GetProperty("attributes");
        var declared = new HashSet<string>();
        foreach (var trait in traits)
        {
            foreach (var attribute in Trait(trait).GetProperty("attributes").EnumerateObject())
            {
                declared.Add(attribute.Name);
                if (attributes.TryGetProperty(attribute.Name, out var value))
                {
                    foreach (var fault in ValueFaults(attribute.Value, value, attribute.Name))
                        yield return fault;
                }
                else if (IsRequired(attribute.Value, attributes))
                {
                    yield return $"lacks the attribute {attribute.Name}";
                }
            }

            if (Trait(trait).TryGetProperty("attributeSets", out var sets) && !FitsOne(sets, attributes, attributes))
                yield return $"has no form of {trait}'s attributes";
        }

        foreach (var foreign in attributes.EnumerateObject().Where(attribute => !declared.Contains(attribute.Name)))
            yield return $"has the foreign attribute {foreign.Name}";
        foreach (var fault in AttributeRules(traits, attributes))
            yield return fault;
    }

    public static IEnumerable<string> StateFaults(JsonElement device, JsonElement states)
    {
        var attributes = device.GetProperty("attributes");
        var known = new HashSet<string>();
        foreach (var trait in device.GetProperty("traits").EnumerateArray().Select(trait => trait.GetString()!))
        {
            if (IsDirected(trait, "commandOnly", attributes))
                continue;
            foreach (var state in Trait(trait).GetProperty("states").EnumerateObject())
            {
                known.Add(state.Name);
                if (states.TryGetProperty(state.Name, out var value))
                {
                    foreach (var fault in ValueFaults(state.Value, value, state.Name))
                        yield return fault;
                }
                else if (IsRequired(state.Value, attributes))
                {
                    yield return $"lacks the state {state.Name}";
                }
            }

            if (Trait(trait).TryGetProperty("stateSets", out var sets) && !FitsOne(sets, states, attributes))
                yield return $"has none of the forms of {trait}'s states, or two";
        }

        foreach (var foreign in states.EnumerateObject().Where(state => !known.Contains(state.Name)))
            yield return $"tells the foreign state {foreign.Name}";
        foreach (var fault in StateRules(attributes, states))
            yield return fault;
    }

    public static bool IsDirected(string trait, string direction, JsonElement attributes) =>
        Trait(trait).TryGetProperty("direction", out var directions) && directions.TryGetProperty(direction, out var attribute)
        && IsTrue(attributes, attribute.GetString()!);

    private static IEnumerable<string> ValueFaults(JsonElement schema, JsonElement value, string path)
    {
        if (IsTrue(schema, "commaSeparated") && value.ValueKind is JsonValueKind.String)
        {
            return value.GetString()!.Split(',').SelectMany(part => TextFaults(schema.GetProperty("items"), part, path));
        }

        var type = schema.GetProperty("type").GetString();
        return (type, value.ValueKind) switch
        {
            ("boolean", JsonValueKind.True or JsonValueKind.False) => [],
            ("string", JsonValueKind.String) => TextFaults(schema, value.GetString()!, path),
            ("number", JsonValueKind.Number) => NumberFaults(schema, value.GetDecimal(), path),
            ("integer", JsonValueKind.Number) when value.GetDecimal() == decimal.Truncate(value.GetDecimal()) => NumberFaults(schema, value.GetDecimal(), path),
            ("array", JsonValueKind.Array) => ListFaults(schema, value, path),
            ("object", JsonValueKind.Object) => MapFaults(schema, value, path),
            _ => [$"{path} is not of type {type}: {value}"],
        };
    }

    private static IEnumerable<string> TextFaults(JsonElement schema, string value, string path)
    {
        if (schema.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => word.GetString() == value))
            yield return $"{path} may not be {value}";
        if (value.Length == 0)
            yield return $"{path} is empty";
    }

    private static IEnumerable<string> NumberFaults(JsonElement schema, decimal value, string path)
    {
        if ((schema.TryGetProperty("min", out var min) && value < min.GetDecimal())
            || (schema.TryGetProperty("max", out var max) && value > max.GetDecimal())
            || (schema.TryGetProperty("exclusiveMaximum", out var below) && value >= below.GetDecimal()))
        {
            yield return $"{path} is out of range: {value}";
        }
    }

    private static IEnumerable<string> ListFaults(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("minItems", out var least) && value.GetArrayLength() < least.GetInt32())
            yield return $"{path} is too short";
        if (schema.TryGetProperty("uniqueItems", out var unique) && unique.GetBoolean()
            && value.EnumerateArray().Select(item => item.GetRawText()).Distinct().Count() != value.GetArrayLength())
        {
            yield return $"{path} has an item twice";
        }

        foreach (var fault in value.EnumerateArray().SelectMany((item, index) => ValueFaults(schema.GetProperty("items"), item, $"{path}[{index}]")))
            yield return fault;
    }

    private static IEnumerable<string> MapFaults(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("minProperties", out var least) && value.EnumerateObject().Count() < least.GetInt32())
            yield return $"{path} has too few members";
        if ((schema.TryGetProperty("oneOf", out _) || schema.TryGetProperty("anyOf", out _)) && !FitsOne(schema, value, default))
            yield return $"{path} has none of its forms, or two";
        foreach (var member in value.EnumerateObject())
        {
            JsonElement wanted = default;
            if (!schema.TryGetProperty("values", out wanted) && !schema.GetProperty("members").TryGetProperty(member.Name, out wanted))
            {
                yield return $"{path} has the foreign member {member.Name}";
                continue;
            }

            foreach (var fault in ValueFaults(wanted, member.Value, $"{path}.{member.Name}"))
                yield return fault;
        }

        if (!schema.TryGetProperty("members", out var members))
            yield break;
        foreach (var missing in members.EnumerateObject().Where(member => IsTrue(member.Value, "required") && !value.TryGetProperty(member.Name, out _)))
            yield return $"{path} lacks {missing.Name}";
    }

    private static IEnumerable<string> AttributeRules(List<string> traits, JsonElement attributes)
    {
        foreach (var trait in traits.Where(trait => IsDirected(trait, "commandOnly", attributes) && IsDirected(trait, "queryOnly", attributes)))
            yield return $"can only be commanded and only be queried: {trait}";
        if (IsTrue(attributes, "supportsDegrees") && !attributes.TryGetProperty("rotationDegreesRange", out _))
            yield return "turns by degrees without a range";
        if (traits.Contains("Rotation") && !IsTrue(attributes, "supportsDegrees") && !IsTrue(attributes, "supportsPercent"))
            yield return "turns by nothing";
        if (attributes.TryGetProperty("sensorStatesSupported", out var sensors))
        {
            var facts = Trait("SensorState").GetProperty("sensors").EnumerateArray().ToDictionary(fact => fact.GetProperty("name").GetString()!);
            foreach (var sensor in sensors.EnumerateArray())
            {
                var fact = facts[sensor.GetProperty("name").GetString()!];
                if (sensor.TryGetProperty("numericCapabilities", out var numeric)
                    && (!fact.TryGetProperty("rawValueUnit", out var unit) || unit.GetString() != numeric.GetProperty("rawValueUnit").GetString()))
                {
                    yield return $"measures {sensor.GetProperty("name")} in a foreign unit";
                }

                if (sensor.TryGetProperty("descriptiveCapabilities", out var words)
                    && words.GetProperty("availableStates").EnumerateArray().Any(word =>
                        !fact.TryGetProperty("descriptiveStates", out var known) || !known.EnumerateArray().Any(one => one.GetString() == word.GetString())))
                {
                    yield return $"describes {sensor.GetProperty("name")} in foreign words";
                }
            }
        }
    }

    private static IEnumerable<string> StateRules(JsonElement attributes, JsonElement states)
    {
        if (IsTrue(states, "isJammed") && states.TryGetProperty("isLocked", out _))
            yield return "is jammed and locked or not";
        if (IsTrue(states, "isPaused") && IsTrue(states, "isRunning"))
            yield return "is paused and runs";
        if (states.TryGetProperty("activeLightEffect", out _) != states.TryGetProperty("lightEffectEndUnixTimestampSec", out _))
            yield return "has half a light effect";
        if (IsTrue(attributes, "volumeCanMuteAndUnmute") && states.TryGetProperty("currentVolume", out _) && !states.TryGetProperty("isMuted", out _))
            yield return "does not tell whether it is muted";
        if (states.TryGetProperty("currentVolume", out var volume) && volume.GetInt32() > attributes.GetProperty("volumeMaxLevel").GetInt32())
            yield return "is louder than it can be";
        if (attributes.TryGetProperty("temperatureRange", out var range) && !IsTrue(attributes, "commandOnlyTemperatureControl"))
        {
            if (!IsTrue(attributes, "queryOnlyTemperatureControl") && !states.TryGetProperty("temperatureSetpointCelsius", out _))
                yield return "tells no setpoint";
            foreach (var name in new[] { "temperatureSetpointCelsius", "temperatureAmbientCelsius" })
            {
                if (states.TryGetProperty(name, out var value)
                    && (value.GetDouble() < range.GetProperty("minThresholdCelsius").GetDouble() || value.GetDouble() > range.GetProperty("maxThresholdCelsius").GetDouble()))
                {
                    yield return $"{name} is outside of its range";
                }
            }
        }

        if (attributes.TryGetProperty("humiditySetpointRange", out var humidity) && states.TryGetProperty("humiditySetpointPercent", out var setpoint)
            && (setpoint.GetInt32() < humidity.GetProperty("minPercent").GetInt32() || setpoint.GetInt32() > humidity.GetProperty("maxPercent").GetInt32()))
        {
            yield return "humiditySetpointPercent is outside of its range";
        }
    }

    private static bool FitsOne(JsonElement sets, JsonElement value, JsonElement attributes)
    {
        var exactlyOne = sets.TryGetProperty("oneOf", out var all);
        if (!exactlyOne)
            all = sets.GetProperty("anyOf");
        var fitting = all.EnumerateArray().Where(set =>
            set.GetProperty("required").EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _))
            && (!set.TryGetProperty("needs", out var needs) || Holds(needs, attributes))).ToList();
        // A query-only model's smaller form is contained in the bigger ones.
        return exactlyOne ? fitting.Count == 1 || (fitting.Count == 2 && fitting.Exists(set => set.TryGetProperty("needs", out _))) : fitting.Count > 0;
    }

    private static bool Holds(JsonElement condition, JsonElement attributes) => condition.EnumerateObject().All(part => part.Value.ValueKind switch
    {
        JsonValueKind.String => attributes.TryGetProperty(part.Name, out _),
        _ => IsTrue(attributes, part.Name) == part.Value.GetBoolean(),
    });

    private static bool IsRequired(JsonElement schema, JsonElement attributes) =>
        IsTrue(schema, "required") || (schema.TryGetProperty("requiredWhen", out var condition) && Holds(condition, attributes));

    private static bool IsTrue(JsonElement map, string name) => map.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True;

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../contracts");
}
