using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

internal enum SchemaKind
{
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// <summary>
/// What one value must be: of the trait's vocabulary, and within what this device declares. Without a device (null, its
/// attributes aren't known) only the vocabulary counts.
/// </summary>
internal sealed record Schema
{
    public required string Name { get; init; }

    public required SchemaKind Kind { get; init; }

    public bool Required { get; init; }

    public Condition? RequiredWhen { get; init; }

    public Condition? Needs { get; init; }

    public Condition? WhenTrue { get; init; }

    public Condition? WhenFalse { get; init; }

    public string? With { get; init; }

    public double Min { get; init; } = double.NegativeInfinity;

    public double Max { get; init; } = double.PositiveInfinity;

    public double ExclusiveMaximum { get; init; } = double.PositiveInfinity;

    public AttributePath? MinAttribute { get; init; }

    public AttributePath? MaxAttribute { get; init; }

    public string Below { get; init; } = Violation.ValueOutOfRange;

    public string Above { get; init; } = Violation.ValueOutOfRange;

    public string[]? Enum { get; init; }

    public bool Open { get; init; }

    public AttributePath? Offered { get; init; }

    public string Otherwise { get; init; } = Violation.NotSupported;

    public bool CommaSeparated { get; init; }

    public Schema? Items { get; init; }

    public int MinItems { get; init; }

    public bool UniqueItems { get; init; }

    public Schema[] Members { get; init; } = [];

    public Schema? Values { get; init; }

    public AttributePath? KeysOffered { get; init; }

    public int MinProperties { get; init; }

    public int MaxProperties { get; init; } = int.MaxValue;

    public Alternatives? Forms { get; init; }

    public string? Unit { get; init; }

    /// <summary>Numbers as <see cref="JsonInput.Value"/> has them. What no machine can hold is none.</summary>
    public static bool IsNumber(object? value, out double number)
    {
        number = value switch { long whole => whole, double real => real, _ => double.NaN };
        return double.IsFinite(number);
    }

    /// <summary>Null when it fits. Members that aren't known are let through.</summary>
    public static Violation? CheckMembers(Schema[] members, Alternatives? forms, JsonMap given, JsonMap? device)
    {
        foreach (var member in members)
        {
            if (given.TryGetValue(member.Name, out var value))
            {
                if (member.CheckPresent(value, given, device) is { } wrong)
                {
                    return wrong;
                }
            }
            else if (member.IsRequired(device))
            {
                return new Violation(member.Name, Fault.Missing, Violation.ProtocolError);
            }
        }

        return forms is not null && !forms.Fits(given, device) ? new Violation("", Fault.WrongForm, Violation.ProtocolError) : null;
    }

    public bool IsRequired(JsonMap? device) => Required || (RequiredWhen is not null && device is not null && RequiredWhen.Holds(device));

    /// <summary>Checks a member that is there, with its name in what is wrong.</summary>
    public Violation? CheckPresent(object? value, JsonMap siblings, JsonMap? device)
    {
        if (Needs is not null && device is not null && !Needs.Holds(device))
        {
            return new Violation(Name, Fault.NotDeclared, Violation.FunctionNotSupported);
        }

        if (With is not null && !siblings.ContainsKey(With))
        {
            return new Violation(Name, Fault.WrongForm, Violation.ProtocolError);
        }

        return Check(value, device)?.Under(Name);
    }

    public Violation? Check(object? value, JsonMap? device) => Kind switch
    {
        SchemaKind.Boolean => value is bool flag ? CheckFlag(flag, device) : WrongType(),
        SchemaKind.Integer => IsNumber(value, out var whole) && Math.Floor(whole) == whole ? CheckNumber(whole, device) : WrongType(),
        SchemaKind.Number => IsNumber(value, out var number) ? CheckNumber(number, device) : WrongType(),
        SchemaKind.String => value is string text ? CheckText(text, device) : WrongType(),
        SchemaKind.Array => value switch
        {
            List<object?> list => CheckList(list, device),
            string texts when CommaSeparated => CheckTexts(texts),
            _ => WrongType(),
        },
        _ => value is JsonMap map ? CheckMap(map, device) : WrongType(),
    };

    private static Violation WrongType() => new("", Fault.WrongType, Violation.ProtocolError);

    private Violation? CheckFlag(bool flag, JsonMap? device) =>
        (flag ? WhenTrue : WhenFalse) is { } condition && device is not null && !condition.Holds(device)
            ? new Violation("", Fault.NotDeclared, Violation.FunctionNotSupported)
            : null;

    private Violation? CheckNumber(double number, JsonMap? device)
    {
        var (min, max) = (Min, Max);
        if (device is not null && MinAttribute is not null && MinAttribute.TryNumber(device, out var least))
        {
            min = Math.Max(min, least);
        }

        if (device is not null && MaxAttribute is not null && MaxAttribute.TryNumber(device, out var most))
        {
            max = Math.Min(max, most);
        }

        return number < min ? new Violation("", Fault.OutOfRange, Below)
            : number > max || number >= ExclusiveMaximum ? new Violation("", Fault.OutOfRange, Above)
            : null;
    }

    private Violation? CheckText(string text, JsonMap? device) =>
        Enum is not null && !Open && Array.IndexOf(Enum, text) < 0 ? new Violation("", Fault.UnknownValue, Otherwise)
        : Offered is not null && device is not null && Offered.Excludes(device, text) ? new Violation("", Fault.NotOffered, Otherwise)
        : null;

    private Violation? CheckTexts(string texts)
    {
        foreach (var part in texts.AsSpan().Split(','))
        {
            var known = false;
            foreach (var word in Items!.Enum!)
            {
                known |= texts.AsSpan(part).Trim().SequenceEqual(word);
            }

            if (!known)
            {
                return new Violation("[]", Fault.UnknownValue, Otherwise);
            }
        }

        return null;
    }

    private Violation? CheckList(List<object?> list, JsonMap? device)
    {
        if (list.Count < MinItems)
        {
            return new Violation("", Fault.WrongForm, Violation.ProtocolError);
        }

        foreach (var item in list)
        {
            if (Items!.Check(item, device) is { } wrong)
            {
                return wrong.Under("[]");
            }
        }

        return UniqueItems && new HashSet<object?>(list).Count < list.Count ? new Violation("", Fault.WrongForm, Violation.ProtocolError) : null;
    }

    private Violation? CheckMap(JsonMap map, JsonMap? device)
    {
        if (map.Count < MinProperties || map.Count > MaxProperties)
        {
            return new Violation("", Fault.WrongForm, Violation.ProtocolError);
        }

        if (Values is not null)
        {
            foreach (var (key, value) in map)
            {
                if (KeysOffered is not null && device is not null && KeysOffered.Excludes(device, key))
                {
                    return new Violation(key, Fault.NotOffered, Otherwise);
                }

                if (Values.Check(value, device) is { } wrong)
                {
                    return wrong.Under(key);
                }
            }
        }

        return CheckMembers(Members, Forms, map, device);
    }
}
