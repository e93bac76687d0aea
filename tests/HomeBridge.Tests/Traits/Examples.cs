using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Traits;

namespace HomeBridge.Tests.Traits;

/// <summary>Right and wrong values for whatever the catalogue describes, made from its own words.</summary>
internal static class Examples
{
    private const string SomeText = "text";
    private const double RangeMin = 10;
    private const double RangeMax = 30;

    /// <summary>The attributes of a device that can do all that its trait knows.</summary>
    public static JsonMap Device(Trait trait)
    {
        var attributes = new JsonMap();
        foreach (var attribute in trait.Attributes)
        {
            attributes[attribute.Name] = attribute.Name.StartsWith("commandOnly", StringComparison.Ordinal)
                || attribute.Name.StartsWith("queryOnly", StringComparison.Ordinal) || attribute.Name == "discreteOnlyOpenClose"
                ? false
                : Value(attribute, []);
        }

        return attributes;
    }

    public static JsonMap States(Trait trait, JsonMap device) => Members(trait.States, trait.StateSets?.Forms[0], device);

    /// <summary>One for each form that a command may take.</summary>
    public static IEnumerable<JsonMap> Parameters(TraitCommand command, JsonMap device) =>
        command.ParameterSets is { } sets
            ? sets.Forms.Select(form => Members(command.Parameters, form, device))
            : [Members(command.Parameters, null, device)];

    public static JsonMap Members(Schema[] members, Alternative? form, JsonMap device)
    {
        var map = new JsonMap();
        foreach (var member in members)
        {
            if (form is null || !form.Excluded.Contains(member.Name, StringComparer.Ordinal))
            {
                map[member.Name] = Value(member, device);
            }
        }

        return map;
    }

    public static object? Value(Schema schema, JsonMap device)
    {
        switch (schema.Kind)
        {
            case SchemaKind.Boolean:
                return schema.Name is not ("isPaused" or "isJammed");
            case SchemaKind.Integer:
                return (long)Number(schema, device);
            case SchemaKind.Number:
                return Number(schema, device);
            case SchemaKind.String when schema.Enum is { } words:
                return words[0];
            case SchemaKind.String when schema.Offered is { } offered:
                return Offered(device, offered);
            case SchemaKind.String:
                return schema.Name == "unit" ? "PORTION" : SomeText;
            case SchemaKind.Array:
                return schema.Items!.Enum is { } all
                    ? all.Cast<object?>().ToList()
                    : Enumerable.Range(0, Math.Max(1, schema.MinItems)).Select(_ => Value(schema.Items, device)).ToList();
            default:
                var map = Members(schema.Members, schema.Forms is { Exclusive: true } forms ? forms.Forms[0] : null, device);
                if (schema.Values is { } values)
                {
                    map[SomeText] = Value(values, device);
                }

                return map;
        }
    }

    /// <summary>Each way to get a right value wrong, and what must be said of it.</summary>
    public static IEnumerable<(object? Value, Fault Fault, string Code)> Wrong(Schema schema, object? right, JsonMap device)
    {
        yield return (null, Fault.WrongType, Violation.ProtocolError);
        yield return (schema.Kind is SchemaKind.String ? 5L : SomeText, schema.CommaSeparated ? Fault.UnknownValue : Fault.WrongType, schema.CommaSeparated ? Violation.NotSupported : Violation.ProtocolError);
        yield return (schema.Kind is SchemaKind.Object ? new List<object?>() : new JsonMap(), Fault.WrongType, Violation.ProtocolError);
        if (schema.Kind is SchemaKind.Integer)
        {
            yield return (0.5, Fault.WrongType, Violation.ProtocolError);
        }

        if (schema.Kind is SchemaKind.Integer or SchemaKind.Number)
        {
            foreach (var min in Limits(schema.Min, schema.MinAttribute, device))
            {
                yield return (min - 1, Fault.OutOfRange, schema.Below);
            }

            foreach (var max in Limits(schema.Max, schema.MaxAttribute, device))
            {
                yield return (max + 1, Fault.OutOfRange, schema.Above);
            }

            if (double.IsFinite(schema.ExclusiveMaximum))
            {
                yield return (schema.ExclusiveMaximum, Fault.OutOfRange, schema.Above);
            }

            yield return (double.PositiveInfinity, Fault.WrongType, Violation.ProtocolError);
        }

        if (schema is { Enum: not null, Open: false })
        {
            yield return ("NOWHERE", Fault.UnknownValue, schema.Otherwise);
        }
        else if (schema.Offered is not null && device.Count > 0)
        {
            yield return ("NOWHERE", Fault.NotOffered, schema.Otherwise);
        }

        if (right is List<object?> { Count: > 0 } list)
        {
            if (schema.MinItems > 0)
            {
                yield return (list[1..].Count < schema.MinItems ? list[1..] : new List<object?>(), Fault.WrongForm, Violation.ProtocolError);
            }

            if (schema.UniqueItems)
            {
                yield return (new List<object?>([list[0], list[0]]), Fault.WrongForm, Violation.ProtocolError);
            }

            foreach (var wrong in Wrong(schema.Items!, list[0], device))
            {
                yield return wrong with { Value = new List<object?>([wrong.Value]).Concat(list).ToList() };
            }
        }

        if (right is JsonMap map)
        {
            foreach (var member in schema.Members.Where(member => map.ContainsKey(member.Name)))
            {
                foreach (var wrong in Wrong(member, map[member.Name], device))
                {
                    yield return wrong with { Value = With(map, member.Name, wrong.Value) };
                }

                if (member.Required)
                {
                    yield return (Without(map, member.Name), map.Count - 1 < schema.MinProperties ? Fault.WrongForm : Fault.Missing, Violation.ProtocolError);
                }
            }

            if (schema.Values is { } values)
            {
                foreach (var wrong in Wrong(values, map[SomeText], device))
                {
                    yield return wrong with { Value = With(map, SomeText, wrong.Value) };
                }
            }

            if (schema.KeysOffered is not null && device.Count > 0)
            {
                yield return (new JsonMap { ["NOWHERE"] = map[SomeText] }, Fault.NotOffered, schema.Otherwise);
            }

            if (map.Count == schema.MaxProperties)
            {
                yield return (With(map, "NOWHERE", map[SomeText]), Fault.WrongForm, Violation.ProtocolError);
            }

            if (map.Count > 0 && map.Keys.All(key => schema.Forms?.Forms[0].Required.Contains(key, StringComparer.Ordinal) is true))
            {
                yield return (new JsonMap(), schema.Members.Any(member => member.Required) ? Fault.Missing : Fault.WrongForm, Violation.ProtocolError);
            }
        }
    }

    public static JsonMap With(JsonMap map, string name, object? value)
    {
        var copy = Without(map, name);
        copy[name] = value;
        return copy;
    }

    public static JsonMap Without(JsonMap map, string name)
    {
        var copy = new JsonMap();
        foreach (var (key, value) in map.Where(pair => pair.Key != name))
        {
            copy[key] = value;
        }

        return copy;
    }

    private static double Number(Schema schema, JsonMap device)
    {
        if (schema.Name == "bufferRangeCelsius")
        {
            return 2;
        }

        var low = Limits(schema.Min, schema.MinAttribute, device).Append(double.NegativeInfinity).Max();
        var high = Limits(schema.Max, schema.MaxAttribute, device).Append(schema.ExclusiveMaximum).Min();
        if (schema.Name.Contains("max", StringComparison.OrdinalIgnoreCase))
        {
            return RangeMax;
        }

        if (schema.Name.Contains("min", StringComparison.OrdinalIgnoreCase))
        {
            return RangeMin;
        }

        var middle = Math.Floor((Math.Max(low, double.IsFinite(high) ? high - 100 : RangeMin) + Math.Min(high, double.IsFinite(low) ? low + 100 : RangeMax)) / 2);
        return schema.Name.EndsWith("High", StringComparison.Ordinal) ? middle + 5
            : schema.Name.EndsWith("Low", StringComparison.Ordinal) ? middle - 5
            : high <= 1 ? high
            : Math.Clamp(middle, low, high);
    }

    private static IEnumerable<double> Limits(double said, AttributePath? attribute, JsonMap device)
    {
        if (double.IsFinite(said))
        {
            yield return said;
        }

        if (attribute is not null && device.Count > 0 && attribute.TryNumber(device, out var declared))
        {
            yield return declared;
        }
    }

    private static string Offered(JsonMap device, AttributePath path)
    {
        IEnumerable<object?> values = [device];
        foreach (var step in path.ToString().Split('.'))
        {
            values = values.Select(value => (value as JsonMap)?.GetValueOrDefault(step.Replace("[]", "", StringComparison.Ordinal)));
            values = step.EndsWith("[]", StringComparison.Ordinal) ? values.SelectMany(value => value as List<object?> ?? []) : values;
        }

        return values.OfType<string>().FirstOrDefault() ?? SomeText;
    }
}
