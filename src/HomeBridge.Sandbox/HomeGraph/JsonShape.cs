using System.Text.Json;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>
/// Whether a value has the shape that the trait catalogue describes. It shares nothing with the bridge: what the bridge
/// takes for valid is judged here by somebody else.
/// </summary>
internal static class JsonShape
{
    /// <summary>A sentence about what is wrong, or null.</summary>
    public static string? Objection(JsonElement shape, JsonElement value, string path) => shape.GetProperty("type").GetString() switch
    {
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : $"{path} is not a boolean",
        "string" => TextObjection(shape, value, path),
        "integer" or "number" => NumberObjection(shape, value, path),
        "array" => ArrayObjection(shape, value, path),
        "object" => ObjectObjection(shape, value, path),
        var other => throw new InvalidOperationException($"The catalogue has a type that nobody knows: {other}."),
    };

    /// <summary>The same for the members of an object, each of which is described.</summary>
    public static string? MembersObjection(JsonElement members, JsonElement value, string path)
    {
        foreach (var member in value.EnumerateObject())
        {
            if (!members.TryGetProperty(member.Name, out var shape))
            {
                return $"{path} has an unknown member '{member.Name}'";
            }

            if (Objection(shape, member.Value, $"{path}.{member.Name}") is { } objection)
            {
                return objection;
            }
        }

        foreach (var member in members.EnumerateObject())
        {
            if (Says(member.Value, "required") && !value.TryGetProperty(member.Name, out _))
            {
                return $"{path} lacks '{member.Name}'";
            }
        }

        return null;
    }

    /// <summary>Of the alternatives one fits: all that it requires is there, and nothing that only others have.</summary>
    public static string? AlternativesObjection(JsonElement shape, JsonElement value, string path)
    {
        if (!shape.TryGetProperty("oneOf", out var sets))
        {
            return null;
        }

        var forms = sets.EnumerateArray().Select(set => (Required: Names(set, "required"), Optional: Names(set, "optional"))).ToList();
        var present = forms.SelectMany(form => form.Required.Concat(form.Optional)).Where(name => value.TryGetProperty(name, out _)).ToHashSet();
        return forms.Exists(form => form.Required.All(present.Contains) && present.IsSubsetOf(form.Required.Concat(form.Optional)))
            ? null
            : $"{path} has none of the forms that it may have";
    }

    private static List<string> Names(JsonElement set, string kind) =>
        set.TryGetProperty(kind, out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];

    private static string? TextObjection(JsonElement shape, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return $"{path} is not a string";
        }

        return !shape.TryGetProperty("enum", out var allowed) || allowed.EnumerateArray().Any(one => one.ValueEquals(value.GetString()))
            ? null
            : $"{path} is none of the values that it may have";
    }

    private static string? NumberObjection(JsonElement shape, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Number || !double.IsFinite(value.GetDouble()))
        {
            return $"{path} is not a number";
        }

        var number = value.GetDouble();
        if (shape.GetProperty("type").ValueEquals("integer") && number != Math.Floor(number))
        {
            return $"{path} is not a whole number";
        }

        var outside = (shape.TryGetProperty("min", out var min) && number < min.GetDouble())
            || (shape.TryGetProperty("max", out var max) && number > max.GetDouble())
            || (shape.TryGetProperty("exclusiveMaximum", out var end) && number >= end.GetDouble());
        return outside ? $"{path} is out of range" : null;
    }

    private static string? ArrayObjection(JsonElement shape, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return $"{path} is not an array";
        }

        if (shape.TryGetProperty("minItems", out var least) && value.GetArrayLength() < least.GetInt32())
        {
            return $"{path} has too few items";
        }

        var items = shape.GetProperty("items");
        return value.EnumerateArray().Select((item, index) => Objection(items, item, $"{path}[{index}]")).FirstOrDefault(found => found is not null);
    }

    private static string? ObjectObjection(JsonElement shape, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return $"{path} is not an object";
        }

        if (shape.TryGetProperty("minProperties", out var least) && value.GetPropertyCount() < least.GetInt32())
        {
            return $"{path} has too few members";
        }

        if (shape.TryGetProperty("values", out var values))
        {
            return value.EnumerateObject()
                .Select(member => Objection(values, member.Value, $"{path}.{member.Name}"))
                .FirstOrDefault(found => found is not null);
        }

        return (shape.TryGetProperty("members", out var members) ? MembersObjection(members, value, path) : null)
            ?? AlternativesObjection(shape, value, path);
    }

    private static bool Says(JsonElement shape, string name) => shape.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
