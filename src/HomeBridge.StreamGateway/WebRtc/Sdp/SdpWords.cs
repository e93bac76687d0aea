using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>Words between single spaces.</summary>
internal ref struct SdpWords(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    /// <summary>The next one; false when there is none, or two spaces.</summary>
    public bool Next(out ReadOnlySpan<char> word)
    {
        var space = _rest.IndexOf(' ');
        word = space < 0 ? _rest : _rest[..space];
        _rest = space < 0 ? [] : _rest[(space + 1)..];
        return !word.IsEmpty;
    }

    /// <summary>Digits and nothing else, 10 at most.</summary>
    public static bool Number(ReadOnlySpan<char> text, long max, out long value)
    {
        value = 0;
        return text.Length is > 0 and <= 10 && !text.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;
    }

    /// <summary>Four numbers and nothing else: the framework would also take <c>0x7f.1</c>.</summary>
    public static bool IsIPv4(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        Span<byte> bytes = stackalloc byte[4];
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (parts == 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !Number(part, 255, out var value))
            {
                return false;
            }

            bytes[parts++] = (byte)value;
        }

        address = parts == 4 ? new IPAddress(bytes) : null;
        return address is not null;
    }
}
