using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

/// <summary>
/// Names a place in a device's attributes: <c>pausable</c>, <c>temperatureRange.maxThresholdCelsius</c>, or all texts at
/// <c>availableInputs[].key</c>. Attributes are a stranger's: what isn't there or has another type is not found.
/// </summary>
internal sealed class AttributePath(string text, object? byDefault)
{
    private readonly string[] _steps = text.Replace("[]", "", StringComparison.Ordinal).Split('.');
    private readonly bool[] _each = Array.ConvertAll(text.Split('.'), step => step.EndsWith("[]", StringComparison.Ordinal));

    public override string ToString() => text;

    /// <summary>The value, or what the catalogue says for a device that doesn't say.</summary>
    public object? Find(JsonMap attributes)
    {
        object? value = attributes;
        foreach (var name in _steps)
        {
            if (value is not JsonMap map || !map.TryGetValue(name, out value))
            {
                return byDefault;
            }
        }

        return value;
    }

    public bool TryNumber(JsonMap attributes, out double number) => Schema.IsNumber(Find(attributes), out number);

    /// <summary>The device says what it offers, and this is not among it.</summary>
    public bool Excludes(JsonMap attributes, string wanted)
    {
        var says = false;
        return !Offers(attributes, 0, wanted, ref says) && says;
    }

    /// <summary>A list of texts, or one text with commas, contains this one.</summary>
    public static bool Contains(object? offered, string wanted)
    {
        if (offered is List<object?> list)
        {
            foreach (var item in list)
            {
                if (item is string one && one == wanted)
                {
                    return true;
                }
            }
        }
        else if (offered is string texts)
        {
            foreach (var part in texts.AsSpan().Split(','))
            {
                if (texts.AsSpan(part).Trim().SequenceEqual(wanted))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private bool Offers(object? value, int step, string wanted, ref bool says)
    {
        if (step == _steps.Length)
        {
            return value is string text && text == wanted;
        }

        if (value is not JsonMap map || !map.TryGetValue(_steps[step], out var next))
        {
            return false;
        }

        if (!_each[step])
        {
            return Offers(next, step + 1, wanted, ref says);
        }

        says |= next is List<object?> or string;
        if (step == _steps.Length - 1)
        {
            return Contains(next, wanted);
        }

        if (next is List<object?> list)
        {
            foreach (var item in list)
            {
                if (Offers(item, step + 1, wanted, ref says))
                {
                    return true;
                }
            }
        }

        return false;
    }
}

/// <summary>What a device must declare: each place with its value; null stands for any value.</summary>
internal sealed class Condition(ConditionTerm[] terms)
{
    public ConditionTerm[] Terms => terms;

    public bool Holds(JsonMap attributes)
    {
        foreach (var (path, expected) in terms)
        {
            var value = path.Find(attributes);
            var holds = expected switch
            {
                null => value is not null,
                bool flag => value is bool given && given == flag,
                var text => AttributePath.Contains(value, (string)text),
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }
}

internal sealed record ConditionTerm(AttributePath Path, object? Expected);
