using System.Globalization;
using System.Text;

namespace HomeBridge.Hosting;

/// <summary>What strangers call a person, a device, a room: one line of text, of a length that fits a page.</summary>
internal static class PlainText
{
    public const int NameLengthMax = 100;

    /// <summary>
    /// Without line breaks, without control characters, without characters that turn the direction of what follows, and cut where it
    /// is too long. Null when nothing is left.
    /// </summary>
    public static string? Of(string? text, int lengthMax = NameLengthMax)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Length <= lengthMax && !text.Any(char.IsSurrogate) && text.All(IsPlain))
        {
            return text.Trim() is { Length: > 0 } trimmed ? trimmed : null;
        }

        var plain = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Where(rune => IsPlain(Rune.GetUnicodeCategory(rune))))
        {
            if (plain.Length + rune.Utf16SequenceLength > lengthMax)
            {
                break;
            }

            plain.Append(rune.ToString());
        }

        return plain.ToString().Trim() is { Length: > 0 } left ? left : null;
    }

    private static bool IsPlain(char character) => IsPlain(char.GetUnicodeCategory(character));

    private static bool IsPlain(UnicodeCategory category) =>
        category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
