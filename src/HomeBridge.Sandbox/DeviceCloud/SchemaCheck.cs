using System.Text.Json;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>Why a value does not fit: a platform error code and a sentence for people.</summary>
internal sealed record Misfit(string Error, string Sentence);

/// <summary>Does a value fit the catalogue's schema? Null when it does.</summary>
internal static class SchemaCheck
{
    public static Misfit? Parameters(JsonElement parameters, JsonElement command)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
            return new("protocolError", "'params' is an object.");
        return Members(parameters, command.GetProperty("params"), "params")
            ?? Sets(parameters, command.GetProperty("params"), TraitVocabulary.Member(command, "paramSets"));
    }

    public static Misfit? Value(JsonElement value, JsonElement schema, string name)
    {
        if (!IsOfType(value, schema.GetProperty("type").GetString()!))
            return new("protocolError", $"'{name}' is {Article(schema.GetProperty("type").GetString()!)}.");
        return value.ValueKind switch
        {
            JsonValueKind.Number => Range(value.GetDouble(), schema, name),
            JsonValueKind.String => Word(value.GetString()!, schema, name),
            JsonValueKind.Array => Items(value, schema, name),
            JsonValueKind.Object => Object(value, schema, name),
            _ => null,
        };
    }

    /// <summary>
    /// One of the sets must have all that it requires; where they exclude each other, also room for all that is there.
    /// </summary>
    public static Misfit? Sets(JsonElement value, JsonElement known, JsonElement? sets)
    {
        if (sets is not { } alternatives)
            return null;
        var given = value.EnumerateObject().Select(member => member.Name)
            .Where(name => TraitVocabulary.Member(known, name) is not null)
            .ToHashSet(StringComparer.Ordinal);
        var (kind, list) = alternatives.EnumerateObject().Select(one => (one.Name, one.Value)).Single();
        var all = list.EnumerateArray().ToArray();
        var fits = all.Any(set =>
        {
            var required = Names(set, "required");
            return required.All(given.Contains) && (kind == "anyOf" || given.All(required.Concat(Names(set, "optional")).Contains));
        });
        return fits
            ? null
            : new("protocolError", $"What belongs together is: {string.Join("; or ", all.Select(set => string.Join(", ", Names(set, "required"))))}.");
    }

    private static Misfit? Object(JsonElement value, JsonElement schema, string name)
    {
        var count = value.EnumerateObject().Count();
        if (Limit(schema, "minProperties") is { } least && count < least)
            return new("protocolError", $"'{name}' has at least {least} members.");
        if (Limit(schema, "maxProperties") is { } most && count > most)
            return new("protocolError", $"'{name}' has at most {most} members.");
        if (TraitVocabulary.Member(schema, "values") is { } values)
        {
            return value.EnumerateObject().Select(member => Value(member.Value, values, $"{name}.{member.Name}"))
                .FirstOrDefault(misfit => misfit is not null);
        }

        if (TraitVocabulary.Member(schema, "members") is not { } members)
            return null;
        if (Members(value, members, name) is { } wrong)
            return wrong;
        if (TraitVocabulary.Member(schema, "oneOf") is not { } forms)
            return null;
        return forms.EnumerateArray().Count(form => Names(form, "required").All(part => TraitVocabulary.Member(value, part) is not null)) == 1
            ? null
            : new("protocolError", $"'{name}' has exactly one of: {string.Join(", ", forms.EnumerateArray().SelectMany(form => Names(form, "required")))}.");
    }

    private static Misfit? Members(JsonElement value, JsonElement members, string name)
    {
        foreach (var member in members.EnumerateObject())
        {
            if (TraitVocabulary.Member(value, member.Name) is { } given)
            {
                if (Value(given, member.Value, member.Name) is { } misfit)
                    return misfit;
            }
            else if (TraitVocabulary.Member(member.Value, "required") is { ValueKind: JsonValueKind.True })
            {
                return new("protocolError", $"'{name}' lacks '{member.Name}'.");
            }
        }

        return null;
    }

    private static Misfit? Items(JsonElement value, JsonElement schema, string name)
    {
        if (Limit(schema, "minItems") is { } least && value.GetArrayLength() < least)
            return new("protocolError", $"'{name}' has at least {least} items.");
        return value.EnumerateArray().Select(item => Value(item, schema.GetProperty("items"), name))
            .FirstOrDefault(misfit => misfit is not null);
    }

    private static Misfit? Word(string value, JsonElement schema, string name)
    {
        if (TraitVocabulary.Member(schema, "enum") is not { } words)
            return null;
        var known = words.EnumerateArray().Select(word => word.GetString()!).ToArray();
        return known.Contains(value, StringComparer.Ordinal)
            ? null
            : new("notSupported", $"'{name}' is one of: {string.Join(", ", known)}.");
    }

    private static Misfit? Range(double value, JsonElement schema, string name)
    {
        // The platform has names of its own for some of them.
        var tooLittle = TraitVocabulary.Member(schema, "below")?.GetString() ?? "valueOutOfRange";
        var tooMuch = TraitVocabulary.Member(schema, "above")?.GetString() ?? "valueOutOfRange";
        if (Limit(schema, "min") is { } min && value < min)
            return new(tooLittle, Between());
        if ((Limit(schema, "max") is { } max && value > max) || (Limit(schema, "exclusiveMaximum") is { } below && value >= below))
            return new(tooMuch, Between());
        return null;

        string Between()
        {
            var from = Limit(schema, "min") is { } least ? $" from {least}" : "";
            var to = (Limit(schema, "max"), Limit(schema, "exclusiveMaximum")) switch
            {
                ({ } most, _) => $" to {most}",
                (_, { } less) => $" to less than {less}",
                _ => "",
            };
            var number = schema.GetProperty("type").GetString() == "integer" ? "a whole number" : "a number";
            return $"'{name}' is {number}{from}{to}.";
        }
    }

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number),
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => throw new InvalidOperationException($"The catalogue has a type '{type}'."),
    };

    private static string Article(string type) => type switch
    {
        "boolean" => "true or false",
        "string" => "text",
        "number" => "a number",
        "integer" => "a whole number",
        "array" => "a list",
        _ => "an object",
    };

    private static string[] Names(JsonElement set, string list) =>
        TraitVocabulary.Member(set, list) is { } names ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];

    private static double? Limit(JsonElement schema, string name) => TraitVocabulary.Member(schema, name)?.GetDouble();
}
