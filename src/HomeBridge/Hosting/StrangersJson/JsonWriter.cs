using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>
/// Writes JSON as UTF-8, straight into bytes that will be sent: nothing is text in between. It does not check what it is
/// told to write; names come with their commas and colons.
/// </summary>
internal sealed class JsonWriter(ByteChunks into)
{
    /// <summary>Characters that go out in one piece. Longer texts go in several, so that no piece is a large object.</summary>
    private const int CharactersAtOnce = 4 * 1024;

    /// <summary>Bytes of the longest character.</summary>
    private const int BytesPerCharacterMax = 3;

    private const int NumberBytesMax = 32;

    /// <summary>What JSON must escape, and line ends that JavaScript does not take within a text.</summary>
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(code => (char)code), '"', '\\', '\u0085', '\u2028', '\u2029']);

    private bool _isFirst = true;

    public void WriteStartObject() => Start((byte)'{');

    public void WriteEndObject() => End((byte)'}');

    public void WriteStartArray() => Start((byte)'[');

    public void WriteEndArray() => End((byte)']');

    public void WritePropertyName(string name)
    {
        Comma();
        Text(name);
        Put((byte)':');
        _isFirst = true;
    }

    /// <summary>A name that needs no escapes, written in the source with its quotes and colon.</summary>
    public void WriteName(ReadOnlySpan<byte> nameAndColon)
    {
        Comma();
        Raw(nameAndColon);
        _isFirst = true;
    }

    /// <summary>Whole JSON values, names and commas that the source spells out.</summary>
    public void WriteRaw(ReadOnlySpan<byte> json)
    {
        Comma();
        Raw(json);
    }

    public void WriteValue(string? value)
    {
        Comma();
        if (value is null)
        {
            Raw("null"u8);
        }
        else
        {
            Text(value);
        }
    }

    /// <summary>A text of two parts, the first of which needs no escapes.</summary>
    public void WriteValue(string prefix, string value)
    {
        Comma();
        Put((byte)'"');
        Plain(prefix);
        Inner(value);
        Put((byte)'"');
    }

    public void WriteValue(bool value)
    {
        Comma();
        Raw(value ? "true"u8 : "false"u8);
    }

    public void WriteValue(long value)
    {
        Comma();
        Utf8Formatter.TryFormat(value, into.GetSpan(NumberBytesMax), out var written);
        into.Advance(written);
    }

    public void WriteValue(double value)
    {
        if (!double.IsFinite(value))
        {
            WriteValue(value.ToString(CultureInfo.InvariantCulture));
            return;
        }

        Comma();
        var number = into.GetSpan(NumberBytesMax);
        value.TryFormat(number, out var written, "R", CultureInfo.InvariantCulture);

        // A number with a fraction stays one, even if the fraction is zero.
        if (number[..written].IndexOfAny(".Ee"u8) < 0)
        {
            ".0"u8.CopyTo(number[written..]);
            written += 2;
        }

        into.Advance(written);
    }

    /// <summary>An open-ended value, as <see cref="JsonInput.Value"/> has them.</summary>
    public void WriteValue(object? value)
    {
        switch (value)
        {
            case null: WriteValue((string?)null); break;
            case string text: WriteValue(text); break;
            case bool flag: WriteValue(flag); break;
            case long number: WriteValue(number); break;
            case int number: WriteValue((long)number); break;
            case double number: WriteValue(number); break;
            default: throw new ArgumentException($"{value.GetType()} is no value of JSON.", nameof(value));
        }
    }

    private void Start(byte bracket)
    {
        Comma();
        Put(bracket);
        _isFirst = true;
    }

    private void End(byte bracket)
    {
        Put(bracket);
        _isFirst = false;
    }

    private void Comma()
    {
        if (!_isFirst)
        {
            Put((byte)',');
        }

        _isFirst = false;
    }

    private void Put(byte one)
    {
        into.Put(one);
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(into.GetSpan(bytes.Length));
        into.Advance(bytes.Length);
    }

    private void Text(string text)
    {
        if (text.Length <= CharactersAtOnce && text.AsSpan().IndexOfAny(Escaped) < 0)
        {
            var room = into.GetSpan((text.Length * BytesPerCharacterMax) + 2);
            room[0] = (byte)'"';
            Utf8.FromUtf16(text, room[1..], out _, out var written);
            room[written + 1] = (byte)'"';
            into.Advance(written + 2);
            return;
        }

        Put((byte)'"');
        Inner(text);
        Put((byte)'"');
    }

    private void Inner(ReadOnlySpan<char> text)
    {
        for (var place = text.IndexOfAny(Escaped); place >= 0; place = text.IndexOfAny(Escaped))
        {
            Plain(text[..place]);
            Escape(text[place]);
            text = text[(place + 1)..];
        }

        Plain(text);
    }

    private void Plain(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            // Room for the longest character at least; half a surrogate pair becomes U+FFFD.
            Utf8.FromUtf16(text, into.GetSpan(Math.Min(text.Length, CharactersAtOnce) + BytesPerCharacterMax + 1), out var used, out var written);
            into.Advance(written);
            text = text[used..];
        }
    }

    private void Escape(char character)
    {
        var room = into.GetSpan(6);
        room[0] = (byte)'\\';
        var letter = character switch
        {
            '"' => '"',
            '\\' => '\\',
            '\b' => 'b',
            '\f' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            _ => 'u',
        };
        room[1] = (byte)letter;
        if (letter == 'u')
        {
            ((int)character).TryFormat(room[2..], out _, "x4", CultureInfo.InvariantCulture);
        }

        into.Advance(letter == 'u' ? 6 : 2);
    }
}
