using System.Buffers;
using System.Globalization;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// Reads a header from left to right, piece by piece, without copying. It knows no optional whitespace and no second
/// spelling: what is read here is exactly what was signed.
/// </summary>
internal ref struct HeaderReader(ReadOnlySpan<char> text)
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    public readonly bool AtEnd => _at == _text.Length;

    public readonly int Position => _at;

    /// <summary>What was read since a position.</summary>
    public readonly ReadOnlySpan<char> Since(int position) => _text[position.._at];

    public bool Literal(ReadOnlySpan<char> expected)
    {
        if (!_text[_at..].StartsWith(expected, StringComparison.Ordinal))
        {
            return false;
        }

        _at += expected.Length;
        return true;
    }

    /// <summary>As many characters of a set as there are, if they are not too few or too many.</summary>
    public bool Run(SearchValues<char> allowed, int min, int max, out ReadOnlySpan<char> run)
    {
        var rest = _text[_at..];
        var length = rest.IndexOfAnyExcept(allowed);
        length = length < 0 ? rest.Length : length;
        run = rest[..length];
        if (length < min || length > max)
        {
            return false;
        }

        _at += length;
        return true;
    }

    /// <summary>A number without sign, in digits.</summary>
    public bool Digit(int max, out long value)
    {
        value = 0;
        return Run(Digits, 1, max, out var digits) && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The same without leading zeros.</summary>
    public bool Number(int max, out long value)
    {
        var start = _at;
        return Digit(max, out value) && (_text[start] != '0' || _at - start == 1);
    }
}
