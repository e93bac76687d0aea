using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>The standard claims about a person (OpenID Connect Core 1.0 section 5.1). What is not usable is left out.</summary>
internal static class ProfileClaims
{
    private const int NameLengthMax = 100;

    /// <summary>RFC 5321 section 4.5.3.1.3.</summary>
    private const int EmailLengthMax = 254;

    /// <summary>RFC 5646 section 4.4.1.</summary>
    private const int LocaleLengthMax = 35;

    public static ResidentProfile Read(JsonWebToken token, string account)
    {
        string? Text(string claim) => token.TryGetPayloadValue<object>(claim, out var value) && value is string { Length: > 0 } text ? text : null;
        var isUnverified = token.TryGetPayloadValue<object>("email_verified", out var verified) && verified is not (true or "true");
        return new ResidentProfile(
            Name(Text("name")) ?? Name(Text("preferred_username")) ?? account,
            isUnverified ? null : Email(Text("email")),
            Text("zoneinfo") is { Length: <= 64 } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? zone : null,
            Text("locale") is { Length: <= LocaleLengthMax } locale && locale.All(part => char.IsAsciiLetterOrDigit(part) || part is '-' or '_') ? locale.Replace('_', '-') : null);
    }

    private static string? Name(string? text)
    {
        if (text is null)
        {
            return null;
        }

        // Neither line breaks nor characters that turn the direction of what follows.
        var name = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Where(rune => !Rune.IsControl(rune)
            && Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator)))
        {
            if (name.Length >= NameLengthMax)
            {
                break;
            }

            name.Append(rune.ToString());
        }

        var trimmed = name.ToString().Trim();
        return trimmed.Length > 0 ? trimmed : null;
    }

    private static string? Email(string? text) =>
        text is { Length: <= EmailLengthMax } && text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
        && text.LastIndexOf('@') == at && !text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character is '<' or '>' or ',' or ';' or '"')
            ? text
            : null;
}
