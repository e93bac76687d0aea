using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>The standard claims about a person (OpenID Connect Core 1.0 section 5.1). What is not usable is left out.</summary>
internal static class ProfileClaims
{
    /// <summary>RFC 5321 section 4.5.3.1.3.</summary>
    private const int EmailLengthMax = 254;

    /// <summary>RFC 5646 section 4.4.1.</summary>
    private const int LocaleLengthMax = 35;

    public static ResidentProfile Read(JsonMap token, string account)
    {
        string? Text(string claim) => token.GetValueOrDefault(claim) is string { Length: > 0 } text ? text : null;
        var isUnverified = token.TryGetValue("email_verified", out var verified) && verified is not (true or "true");
        return new ResidentProfile(
            PlainText.Of(Text("name")) ?? PlainText.Of(Text("preferred_username")) ?? account,
            isUnverified ? null : Email(Text("email")),
            Text("zoneinfo") is { Length: <= 64 } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _) ? zone : null,
            Text("locale") is { Length: <= LocaleLengthMax } locale && locale.All(part => char.IsAsciiLetterOrDigit(part) || part is '-' or '_') ? locale.Replace('_', '-') : null);
    }

    private static string? Email(string? text) =>
        text is { Length: <= EmailLengthMax } && text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
        && text.LastIndexOf('@') == at && !text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character is '<' or '>' or ',' or ';' or '"')
            ? text
            : null;
}
