using System.Text;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Attack;

/// <summary>Makes wrong requests out of right ones. The same seed makes the same requests.</summary>
internal sealed class RequestMutator(int seed, IReadOnlyList<string> corpus, IReadOnlyList<string> strangersIds)
{
    private static readonly string[] OddValues =
    [
        "null", "true", "0", "-1", "1e400", "-0", "99999999999999999999999999", "0.1e-400", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\u202e\"", "[]", "{}", "[[[[[[[[[[]]]]]]]]]]",
        "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "\"action.devices.EXECUTE\"", "\"action.devices.commands.\"", "\"__proto__\"", "{\"$type\":\"System.Object\"}", "\"2026-11-22T00:00:00Z\"",
        "9007199254740993", "1.7976931348623157e308", "[null]", "\"' OR 1=1 --\"", "\"../../etc/passwd\"", "\"%00\"", "\"NaN\"", "[1,\"two\",null,{}]",
    ];

    private readonly Dice _random = new(seed);

    public byte[] Next()
    {
        var text = Pick(corpus);
        var steps = _random.Next(1, 4);
        if (_random.Next(2) == 0)
        {
            for (var step = 0; step < steps; step++)
            {
                text = Structure(text);
            }

            return Encoding.UTF8.GetBytes(text);
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        for (var step = 0; step < steps; step++)
        {
            bytes = Bytes(bytes);
        }

        return bytes;
    }

    /// <summary>Another value, member or item somewhere in the document.</summary>
    private string Structure(string text)
    {
        try
        {
            return Changed(text);
        }
        catch (Exception wrong) when (wrong is System.Text.Json.JsonException or ArgumentException or InvalidOperationException)
        {
            // An earlier step left something that this machine's own JSON refuses.
            return text;
        }
    }

    private string Changed(string text)
    {
        var root = JsonNode.Parse(text);
        var places = new List<(JsonNode Parent, object Key)>();
        Collect(root, places);
        if (places.Count == 0)
        {
            return text;
        }

        var (parent, key) = Pick(places);
        var mark = $"\"#{_random.Next()}#\"";
        var odd = _random.Next(8) == 0 ? $"\"{Pick(strangersIds)}\"" : Pick(OddValues);
        switch (parent)
        {
            case JsonObject map when _random.Next(5) == 0:
                map.Remove((string)key);
                return map.Root.ToJsonString();
            case JsonObject map:
                map[(string)key] = JsonNode.Parse(mark);
                break;
            case JsonArray list when _random.Next(5) == 0 && list.Count < 300:
                for (var copies = _random.Next(1, 40); copies > 0; copies--)
                {
                    list.Add(list[(int)key]?.DeepClone());
                }

                return list.Root.ToJsonString();
            case JsonArray list:
                list[(int)key] = JsonNode.Parse(mark);
                break;
        }

        // As text: most of the odd values have no node of their own.
        return parent.Root.ToJsonString().Replace(mark, odd, StringComparison.Ordinal);
    }

    private static void Collect(JsonNode? node, List<(JsonNode, object)> places)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map)
                {
                    places.Add((map, name));
                    Collect(value, places);
                }

                break;
            case JsonArray list:
                for (var index = 0; index < list.Count; index++)
                {
                    places.Add((list, index));
                    Collect(list[index], places);
                }

                break;
        }
    }

    /// <summary>A byte changed, a piece cut out, doubled, or taken from another request.</summary>
    private byte[] Bytes(byte[] bytes)
    {
        if (bytes.Length < 4)
        {
            return [.. bytes, (byte)_random.Next(256)];
        }

        var from = _random.Next(bytes.Length - 1);
        var to = Math.Min(bytes.Length, from + _random.Next(1, 40));
        switch (_random.Next(5))
        {
            case 0:
                bytes[from] = (byte)_random.Next(256);
                return bytes;
            case 1:
                return [.. bytes[..from], .. bytes[to..]];
            case 2:
                return [.. bytes[..to], .. bytes[from..]];
            case 3:
                var other = Encoding.UTF8.GetBytes(Pick(corpus));
                var cut = _random.Next(other.Length);
                return [.. bytes[..from], .. other[cut..Math.Min(other.Length, cut + 60)], .. bytes[from..]];
            default:
                return [.. bytes[..from], .. Encoding.UTF8.GetBytes(Pick(OddValues)), .. bytes[from..]];
        }
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}

/// <summary>Numbers that look thrown and follow from a seed (splitmix64).</summary>
internal sealed class Dice(int seed)
{
    private ulong _state = (ulong)seed;

    public int Next(int below)
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)below);
    }

    public int Next(int from, int below) => from + Next(below - from);

    public int Next() => Next(int.MaxValue);
}
