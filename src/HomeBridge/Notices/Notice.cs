using System.Text;

namespace HomeBridge.Notices;

/// <summary>Something that a resident is told because it happened while they didn't look.</summary>
/// <param name="Vendor">The maker.</param>
/// <param name="Account">Whose home.</param>
/// <param name="Kind">One of <see cref="NoticeKinds"/>.</param>
internal sealed record Notice(string Vendor, string Account, string Kind)
{
    /// <summary>Characters of a name in a notice.</summary>
    public const int NameLengthMax = 100;

    /// <summary>The platform or app that it is about, as residents know it; empty when it is about none.</summary>
    public string Platform { get; init; } = "";

    /// <summary>The camera that it is about, as its resident calls it; empty when it is about none, or its name is not known.</summary>
    public string Camera { get; init; } = "";

    /// <summary>Why, as a key of the languages (<c>notices.because_…</c>); empty when there is no more to say.</summary>
    public string Because { get; init; } = "";

    /// <summary>With an occasion, a home is told once and not again.</summary>
    public string? Occasion { get; init; }

    /// <summary>For how long the occasion is remembered; null is for ever.</summary>
    public TimeSpan? OccasionFor { get; init; }

    /// <summary>A name of somebody else's on one line: no character that ends a line or turns the direction of the text.</summary>
    public static string OneLine(string name)
    {
        var line = new StringBuilder();
        foreach (var rune in name.EnumerateRunes().Where(rune => !Rune.IsControl(rune) && Rune.GetUnicodeCategory(rune)
            is not (System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator)))
        {
            if (line.Length >= NameLengthMax)
            {
                break;
            }

            line.Append(rune.ToString());
        }

        return line.ToString().Trim();
    }
}

/// <summary>The kinds, as <c>contracts/notices.md</c> has them. Each has a subject and a text in the languages.</summary>
internal static class NoticeKinds
{
    public const string Linked = "linked";
    public const string Unlinked = "unlinked";
    public const string FirstView = "first_view";
    public const string Suspended = "suspended";
    public const string Restored = "restored";
    public const string SignInNeeded = "sign_in_needed";
    public const string AppSessionEnded = "app_session_ended";
}

/// <summary>Where a resident is reached, and how they are spoken to. What isn't known is null.</summary>
internal sealed record NoticeRecipient(string? Email, string? Locale, string? TimeZone);

/// <summary>Who knows where residents are reached.</summary>
internal interface INoticeRecipients
{
    /// <summary>Null when nothing is known of that account.</summary>
    NoticeRecipient? Recipient(string vendor, string account);
}
