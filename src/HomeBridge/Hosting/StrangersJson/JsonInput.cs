using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>The text is JSON, but not of the shape that was agreed.</summary>
internal sealed class JsonShapeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The text is not JSON at all.</summary>
internal sealed class NotJsonException(string message) : Exception(message);

/// <summary>
/// Reads JSON that strangers wrote, token by token: no tree, no type names, no dates guessed, a depth limit, duplicate
/// members refused, unknown members skipped. Each method starts on the first token of a value and ends on its last.
/// </summary>
internal sealed class JsonInput
{
    /// <summary>The deepest thing that a platform or maker sends is seven levels deep.</summary>
    public const int DepthMax = 32;

    /// <summary>Digits of a whole number that no machine holds exactly; a longer one is no number that anybody means.</summary>
    private const int WholeNumberLengthMax = 380;

    private const int NumberLengthMax = 4 * 1024;

    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>The reader's own message repeats what it read, however long that is.</summary>
    private const string NotForUs = "Deeper than this protocol goes, or a number that no machine can hold.";

    /// <summary>Tokens of a text in one piece are found so many at a time: to take the reader up again costs more than a token.</summary>
    private const int AheadMax = 32;

    /// <summary>A text in one piece, how much of it is found, and what was found and is not read yet.</summary>
    private readonly ReadOnlyMemory<byte> _whole;
    private readonly Token[]? _ahead;
    private int _found;
    private int _next;
    private int _last;
    private JsonException? _wrongNext;

    /// <summary>What is not read yet of a text in several pieces.</summary>
    private ReadOnlySequence<byte> _pieces;

    private JsonReaderState _state;
    private JsonTokenType _token;
    private string? _text;
    private object? _number;

    private JsonInput(ReadOnlySequence<byte> utf8)
    {
        if (utf8.IsSingleSegment)
        {
            (_whole, _ahead) = (utf8.First, new Token[AheadMax]);
        }
        else
        {
            _pieces = utf8;
        }

        _state = new JsonReaderState(new JsonReaderOptions { MaxDepth = DepthMax });
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
        return Open(utf8, utf8.Length).Map();
    }

    /// <summary>The names of an object's members, each time standing on that member's value.</summary>
    public MemberNames Members() => _token is JsonTokenType.StartObject ? new MemberNames(this) : throw new JsonShapeException("Expected an object.");

    /// <summary>Stands on each item of an array in turn; the number of the item.</summary>
    public ItemNumbers Items() => _token is JsonTokenType.StartArray ? new ItemNumbers(this) : throw new JsonShapeException("Expected an array.");

    public string Text() => _token is JsonTokenType.String ? _text! : throw new JsonShapeException("Expected a string.");

    public string? OptionalText() => _token is JsonTokenType.Null ? null : Text();

    public bool Flag() => _token switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new JsonShapeException("Expected true or false."),
    };

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
        switch (_token)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.True:
                return True;
            case JsonTokenType.False:
                return False;
            case JsonTokenType.Number:
                return _number;
            case JsonTokenType.String:
                return _text;
            case JsonTokenType.StartObject:
                return Map();
            case JsonTokenType.StartArray:
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
        var depth = 0;
        while (true)
        {
            depth += _token switch
            {
                JsonTokenType.StartObject or JsonTokenType.StartArray => 1,
                JsonTokenType.EndObject or JsonTokenType.EndArray => -1,
                _ => 0,
            };
            if (depth == 0)
            {
                return;
            }

            Read();
        }
    }

    private void Read()
    {
        if (_ahead is null)
        {
            ReadOfPieces();
            return;
        }

        if (_next == _last)
        {
            FindMore(_ahead);
        }

        var token = _ahead[_next++];
        _token = token.Type;
        _text = _token switch
        {
            JsonTokenType.PropertyName => !token.IsEscaped && KnownNames.Find(ValueOf(token)) is { } known ? known : TextOf(token),
            JsonTokenType.String => TextOf(token),
            _ => null,
        };
        _number = _token is JsonTokenType.Number ? NumberOf(ValueOf(token)) : null;
    }

    private void FindMore(Token[] ahead)
    {
        if (_wrongNext is not null)
        {
            throw new JsonShapeException(NotForUs, _wrongNext);
        }

        (_next, _last) = (0, 0);
        var reader = new Utf8JsonReader(_whole.Span[_found..], isFinalBlock: true, _state);
        try
        {
            while (_last < AheadMax && reader.Read())
            {
                ahead[_last++] = new Token(reader.TokenType, reader.ValueIsEscaped, _found + (int)reader.TokenStartIndex, reader.ValueSpan.Length);
            }

            _found += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
        }
        catch (JsonException tooDeep)
        {
            // What is JSON was settled before: this is the depth limit. What stands before it is read first.
            _wrongNext = tooDeep;
        }

        if (_last == 0)
        {
            throw _wrongNext is null ? new JsonShapeException("The text ended.") : new JsonShapeException(NotForUs, _wrongNext);
        }
    }

    private ReadOnlySpan<byte> ValueOf(Token token) => _whole.Span.Slice(token.Start + token.Quotes, token.Length);

    private string TextOf(Token token)
    {
        if (!token.IsEscaped)
        {
            return Encoding.UTF8.GetString(ValueOf(token));
        }

        var reader = new Utf8JsonReader(_whole.Span.Slice(token.Start, token.Length + (2 * token.Quotes)));
        reader.Read();
        return TextOf(ref reader);
    }

    private void ReadOfPieces()
    {
        try
        {
            var reader = new Utf8JsonReader(_pieces, isFinalBlock: true, _state);
            if (!reader.Read())
            {
                throw new JsonShapeException("The text ended.");
            }

            _token = reader.TokenType;
            _text = _token is JsonTokenType.String ? TextOf(ref reader) : _token is JsonTokenType.PropertyName ? NameOf(ref reader) : null;
            _number = _token is JsonTokenType.Number ? NumberOf(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan) : null;
            _state = reader.CurrentState;
            _pieces = _pieces.Slice(reader.BytesConsumed);
        }
        catch (JsonException tooDeep)
        {
            throw new JsonShapeException(NotForUs, tooDeep);
        }
    }

    private static string NameOf(ref Utf8JsonReader reader) =>
        reader is { HasValueSequence: false, ValueIsEscaped: false } && KnownNames.Find(reader.ValueSpan) is { } known ? known : TextOf(ref reader);

    private static string TextOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.GetString()!;
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair is no character, but it is JSON: it goes out as U+FFFD, as it always did.
            return Unescaped(Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan));
        }
    }

    private static string Unescaped(string text)
    {
        var unescaped = new StringBuilder(text.Length);
        for (var place = 0; place < text.Length; place++)
        {
            if (text[place] != '\\')
            {
                unescaped.Append(text[place]);
                continue;
            }

            place++;
            switch (text[place])
            {
                case 'b': unescaped.Append('\b'); break;
                case 'f': unescaped.Append('\f'); break;
                case 'n': unescaped.Append('\n'); break;
                case 'r': unescaped.Append('\r'); break;
                case 't': unescaped.Append('\t'); break;
                case 'u':
                    unescaped.Append((char)int.Parse(text.AsSpan(place + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                    place += 4;
                    break;
                case var itself: unescaped.Append(itself); break;
            }
        }

        return unescaped.ToString();
    }

    /// <summary>A whole number is a long where it fits; what has a fraction or exponent, or is larger, is a double.</summary>
    private static object NumberOf(ReadOnlySpan<byte> digits)
    {
        var isWhole = digits.IndexOfAny(".eE"u8) < 0;
        return isWhole && Utf8Parser.TryParse(digits, out long whole, out var used) && used == digits.Length ? (object)whole
            : digits.Length <= (isWhole ? WholeNumberLengthMax : NumberLengthMax) ? double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture)
            : throw new JsonShapeException(NotForUs);
    }

    /// <summary>The whole text is looked at before anything of it is believed.</summary>
    private static void MustBeJson(ReadOnlySequence<byte> utf8)
    {
        try
        {
            var options = new JsonReaderOptions { MaxDepth = 1000 };
            var strict = utf8.IsSingleSegment ? new Utf8JsonReader(utf8.FirstSpan, options) : new Utf8JsonReader(utf8, options);
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

    /// <summary>Where a token stands in a text of one piece.</summary>
    /// <param name="Type">Which kind.</param>
    /// <param name="IsEscaped">A text in which something is written with a backslash.</param>
    /// <param name="Start">The byte it begins at, its quote if it has one.</param>
    /// <param name="Length">Bytes of its value, without quotes.</param>
    private readonly record struct Token(JsonTokenType Type, bool IsEscaped, int Start, int Length)
    {
        /// <summary>Quotes on either side of it.</summary>
        public int Quotes => Type is JsonTokenType.String or JsonTokenType.PropertyName ? 1 : 0;
    }

    /// <summary>Walks the members of the object that the reader stands on.</summary>
    internal struct MemberNames(JsonInput json)
    {
        private NamesSeen _seen;

        public string Current { get; private set; } = "";

        public readonly MemberNames GetEnumerator() => this;

        public bool MoveNext()
        {
            json.Read();
            if (json._token is JsonTokenType.EndObject)
            {
                return false;
            }

            Current = json._text!;
            if (!_seen.Add(Current))
            {
                throw new JsonShapeException("A member stands twice in an object.");
            }

            json.Read();
            return true;
        }
    }

    /// <summary>Walks the items of the array that the reader stands on.</summary>
    internal struct ItemNumbers(JsonInput json)
    {
        public int Current { get; private set; } = -1;

        public readonly ItemNumbers GetEnumerator() => this;

        public bool MoveNext()
        {
            json.Read();
            Current++;
            return json._token is not JsonTokenType.EndArray;
        }
    }
}

/// <summary>Names that stand in every request or answer: their texts are made once.</summary>
internal static class KnownNames
{
    private static readonly byte[][] Utf8Names;
    private static readonly string[] Texts =
    [
        "requestId", "inputs", "intent", "payload", "devices", "id", "customData", "commands", "execution", "command", "params", "challenge",
        "online", "states", "outcome", "on", "brightness", "type", "traits", "name", "room", "model", "firmware", "attributes",
    ];

    /// <summary>By length: names of one length are few.</summary>
    private static readonly int[][] OfLength;

    static KnownNames()
    {
        Utf8Names = Array.ConvertAll(Texts, Encoding.UTF8.GetBytes);
        OfLength = [.. Enumerable.Range(0, Texts.Max(name => name.Length) + 1)
            .Select(length => Enumerable.Range(0, Texts.Length).Where(index => Texts[index].Length == length).ToArray())];
    }

    public static string? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length < OfLength.Length)
        {
            foreach (var index in OfLength[name.Length])
            {
                if (name.SequenceEqual(Utf8Names[index]))
                {
                    return Texts[index];
                }
            }
        }

        return null;
    }
}

/// <summary>The names of one object's members. Most objects have few: those are compared one by one, and cost no memory.</summary>
internal struct NamesSeen
{
    private const int FewMax = 4;

    private (string? First, string? Second, string? Third, string? Fourth) _few;
    private int _count;
    private HashSet<string>? _many;

    /// <summary>False when it was seen before.</summary>
    public bool Add(string name)
    {
        if (_many is not null)
        {
            return _many.Add(name);
        }

        if (_few.First == name || _few.Second == name || _few.Third == name || _few.Fourth == name)
        {
            return false;
        }

        switch (_count++)
        {
            case 0: _few.First = name; break;
            case 1: _few.Second = name; break;
            case 2: _few.Third = name; break;
            case FewMax - 1: _few.Fourth = name; break;
            default: _many = new HashSet<string>(StringComparer.Ordinal) { _few.First!, _few.Second!, _few.Third!, _few.Fourth!, name }; break;
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
