using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Newtonsoft.Json;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>The text is JSON, but not of the shape that was agreed.</summary>
internal sealed class JsonShapeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The text is not JSON at all.</summary>
internal sealed class NotJsonException(string message) : Exception(message);

/// <summary>
/// Reads JSON that strangers wrote, token by token: no tree, no type names, no dates guessed, a depth limit, duplicate
/// members refused, unknown members skipped. Each method starts on the first token of a value and ends on its last.
/// </summary>
internal sealed class JsonInput : IDisposable
{
    /// <summary>The deepest thing that a platform or maker sends is seven levels deep.</summary>
    public const int DepthMax = 32;

    /// <summary>Words that stand in every request or answer: they are made once.</summary>
    private static readonly DefaultJsonNameTable Names = Known(
        "requestId", "inputs", "intent", "payload", "devices", "id", "customData", "commands", "execution", "command", "params", "challenge",
        "online", "states", "outcome", "on", "brightness", "type", "traits", "name", "room", "model", "firmware", "attributes");

    /// <summary>The reader's own message repeats what it read, however long that is.</summary>
    private const string NotForUs = "Deeper than this protocol goes, or a number that no machine can hold.";

    private readonly JsonTextReader _reader;

    private JsonInput(ReadOnlySequence<byte> utf8)
    {
        _reader = new JsonTextReader(new Utf8TextReader(utf8))
        {
            DateParseHandling = DateParseHandling.None,
            FloatParseHandling = FloatParseHandling.Double,
            MaxDepth = DepthMax,
            ArrayPool = CharBuffers.Shared,
            PropertyNameTable = Names,
        };
    }

    /// <summary>Opens a text and stands on its first token.</summary>
    /// <exception cref="NotJsonException">Not UTF-8, or not JSON by RFC 8259.</exception>
    public static JsonInput Open(byte[] utf8, int length) => Open(new ReadOnlySequence<byte>(utf8, 0, length));

    /// <summary>Opens a text that came in pieces and stands on its first token.</summary>
    /// <exception cref="NotJsonException">Not UTF-8, or not JSON by RFC 8259.</exception>
    public static JsonInput Open(ReadOnlySequence<byte> utf8)
    {
        MustBeJson(utf8);
        var input = new JsonInput(utf8);
        input.Read();
        return input;
    }

    /// <summary>An object that was read from a stranger before and kept.</summary>
    public static JsonMap ParseMap(string kept)
    {
        var utf8 = Encoding.UTF8.GetBytes(kept);
        using var input = Open(utf8, utf8.Length);
        return input.Map();
    }

    /// <summary>The names of an object's members, each time standing on that member's value.</summary>
    public IEnumerable<string> Members()
    {
        if (_reader.TokenType is not JsonToken.StartObject)
        {
            throw new JsonShapeException("Expected an object.");
        }

        var seen = new NamesSeen();
        for (Read(); _reader.TokenType is not JsonToken.EndObject; Read())
        {
            var name = (string)_reader.Value!;
            if (!seen.Add(name))
            {
                throw new JsonShapeException("A member stands twice in an object.");
            }

            Read();
            yield return name;
        }
    }

    /// <summary>Stands on each item of an array in turn; the number of the item.</summary>
    public IEnumerable<int> Items()
    {
        if (_reader.TokenType is not JsonToken.StartArray)
        {
            throw new JsonShapeException("Expected an array.");
        }

        var index = 0;
        for (Read(); _reader.TokenType is not JsonToken.EndArray; Read())
        {
            yield return index++;
        }
    }

    public string Text() => _reader.TokenType is JsonToken.String
        ? (string)_reader.Value!
        : throw new JsonShapeException("Expected a string.");

    public string? OptionalText() => _reader.TokenType is JsonToken.Null ? null : Text();

    public bool Flag() => _reader.TokenType is JsonToken.Boolean
        ? (bool)_reader.Value!
        : throw new JsonShapeException("Expected true or false.");

    public List<string> Texts()
    {
        var texts = new List<string>();
        foreach (var _ in Items())
        {
            texts.Add(Text());
        }

        return texts;
    }

    /// <summary>An open-ended value as plain .NET: null, bool, long, double, string, list, or <see cref="JsonMap"/>.</summary>
    public object? Value()
    {
        switch (_reader.TokenType)
        {
            case JsonToken.Null:
                return null;
            case JsonToken.Boolean or JsonToken.Integer or JsonToken.Float or JsonToken.String:
                return _reader.Value is BigInteger big ? (double)big : _reader.Value;
            case JsonToken.StartObject:
                return Map();
            case JsonToken.StartArray:
                var list = new List<object?>();
                foreach (var _ in Items())
                {
                    list.Add(Value());
                }

                return list;
            default:
                throw new JsonShapeException("Expected a value.");
        }
    }

    public JsonMap Map()
    {
        var map = new JsonMap();
        foreach (var name in Members())
        {
            map[name] = Value();
        }

        return map;
    }

    public void Skip()
    {
        try
        {
            _reader.Skip();
        }
        catch (JsonReaderException tooDeep)
        {
            throw new JsonShapeException(NotForUs, tooDeep);
        }
    }

    public void Dispose() => _reader.Close();

    private static DefaultJsonNameTable Known(params ReadOnlySpan<string> names)
    {
        var table = new DefaultJsonNameTable();
        foreach (var name in names)
        {
            table.Add(name);
        }

        return table;
    }

    private void Read()
    {
        try
        {
            if (!_reader.Read())
            {
                throw new JsonShapeException("The text ended.");
            }
        }
        catch (JsonReaderException wrong)
        {
            // What is JSON was settled before: this is the depth limit, or a number that no machine can hold.
            throw new JsonShapeException(NotForUs, wrong);
        }
    }

    /// <summary>
    /// Newtonsoft.Json also reads comments, single quotes and bare names; a stranger who sends those did not send JSON.
    /// </summary>
    private static void MustBeJson(ReadOnlySequence<byte> utf8)
    {
        try
        {
            var strict = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 1000 });
            var any = false;
            while (strict.Read())
            {
                any = true;
            }

            if (!any || !IsUtf8(utf8))
            {
                throw new NotJsonException("The body is empty or not UTF-8.");
            }
        }
        catch (System.Text.Json.JsonException wrong)
        {
            throw new NotJsonException(string.Create(
                CultureInfo.InvariantCulture, $"Not JSON at line {wrong.LineNumber}, byte {wrong.BytePositionInLine}."));
        }
    }

    private static bool IsUtf8(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Utf8.IsValid(bytes.FirstSpan);
        }

        // A character may begin in one piece and end in the next.
        var decoder = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetDecoder();
        try
        {
            Span<char> nobodyReads = stackalloc char[512];
            foreach (var piece in bytes)
            {
                var left = piece.Span;
                while (!left.IsEmpty)
                {
                    decoder.Convert(left, nobodyReads, flush: false, out var used, out _, out _);
                    left = left[used..];
                }
            }

            decoder.Convert([], nobodyReads, flush: true, out _, out _, out _);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}

/// <summary>The names of one object's members. Most objects have few: those are compared one by one, and cost one array.</summary>
internal struct NamesSeen()
{
    private const int FewMax = 16;

    private readonly List<string> _few = new(4);
    private HashSet<string>? _many;

    /// <summary>False when it was seen before.</summary>
    public bool Add(string name)
    {
        if (_many is not null)
        {
            return _many.Add(name);
        }

        foreach (var seen in _few)
        {
            if (seen == name)
            {
                return false;
            }
        }

        _few.Add(name);
        if (_few.Count > FewMax)
        {
            _many = new HashSet<string>(_few, StringComparer.Ordinal);
        }

        return true;
    }
}

/// <summary>An open-ended JSON object: parameters, states, attributes. Values as <see cref="JsonInput.Value"/> has them.</summary>
public sealed class JsonMap() : Dictionary<string, object?>(StringComparer.Ordinal)
{
    /// <summary>Whether another object has the same members with the same values, in whatever order.</summary>
    public bool Says(JsonMap other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (Count != other.Count)
        {
            return false;
        }

        foreach (var (name, value) in this)
        {
            if (!other.TryGetValue(name, out var others) || !Same(value, others))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Same(object? one, object? other) => (one, other) switch
    {
        (JsonMap map, JsonMap others) => map.Says(others),
        (List<object?> list, List<object?> others) => list.Count == others.Count && list.Zip(others).All(pair => Same(pair.First, pair.Second)),
        _ => Equals(one, other),
    };
}
