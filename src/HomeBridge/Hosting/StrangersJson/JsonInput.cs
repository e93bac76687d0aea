using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Newtonsoft.Json;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>The text is JSON, but not of the shape that was agreed.</summary>
internal sealed class JsonShapeException(string message) : Exception(message);

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

    private readonly JsonTextReader _reader;

    private JsonInput(byte[] utf8, int length)
    {
        _reader = new JsonTextReader(new StreamReader(new MemoryStream(utf8, 0, length, writable: false)))
        {
            DateParseHandling = DateParseHandling.None,
            FloatParseHandling = FloatParseHandling.Double,
            MaxDepth = DepthMax,
        };
    }

    /// <summary>Opens a text and stands on its first token.</summary>
    /// <exception cref="NotJsonException">Not UTF-8, or not JSON by RFC 8259.</exception>
    public static JsonInput Open(byte[] utf8, int length)
    {
        MustBeJson(utf8.AsSpan(0, length));
        var input = new JsonInput(utf8, length);
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

        var seen = new HashSet<string>(StringComparer.Ordinal);
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
            throw new JsonShapeException(tooDeep.Message);
        }
    }

    public void Dispose() => _reader.Close();

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
            throw new JsonShapeException(wrong.Message);
        }
    }

    /// <summary>
    /// Newtonsoft.Json also reads comments, single quotes and bare names; a stranger who sends those did not send JSON.
    /// </summary>
    private static void MustBeJson(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var strict = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 1000 });
            var any = false;
            while (strict.Read())
            {
                any = true;
            }

            if (!any || !Utf8.IsValid(utf8))
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
}

/// <summary>An open-ended JSON object: parameters, states, attributes. Values as <see cref="JsonInput.Value"/> has them.</summary>
internal sealed class JsonMap() : Dictionary<string, object?>(StringComparer.Ordinal);
