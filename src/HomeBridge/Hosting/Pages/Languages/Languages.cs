using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace HomeBridge.Hosting.Pages.Languages;

/// <summary>
/// The languages that pages speak, and which one a request asks for: the platform's word (<c>user_locale</c>,
/// <c>ui_locales</c>), what it said when this linking began, the browser's list. English when nobody says otherwise.
/// </summary>
[SuppressMessage("Design", "MA0049", Justification = "All of them, in the folder of them.")]
internal static class Languages
{
    /// <summary>Carries the platform's word from the first linking page to the others.</summary>
    public const string Cookie = "homebridge.language";

    private const string Resources = "HomeBridge.Hosting.Pages.Languages.";
    private const string ResourceEnd = ".json";
    private const string EnglishName = "en";

    /// <summary>Languages of a list that are looked at; a browser sends a handful.</summary>
    private const int AskedMax = 16;

    /// <summary>Where the cookie goes: the linking pages.</summary>
    private const string CookiePath = "/oauth";

    private static readonly TimeSpan CookieLifetime = TimeSpan.FromHours(1);

    public static Language English { get; } = Read(EnglishName, null);

    /// <summary>Every file that is there.</summary>
    public static ImmutableArray<Language> All { get; } =
    [
        .. typeof(Languages).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Resources, StringComparison.Ordinal) && name.EndsWith(ResourceEnd, StringComparison.Ordinal))
            .Select(name => name[Resources.Length..^ResourceEnd.Length])
            .Order(StringComparer.Ordinal)
            .Select(name => name == EnglishName ? English : Read(name, English)),
    ];

    public static Language Of(HttpContext context) =>
        Asked(context.Request)
        ?? ByTag(context.Request.Cookies[Cookie])
        ?? context.Request.GetTypedHeaders().AcceptLanguage.Where(asked => asked.Quality is null or > 0).Take(AskedMax)
            .OrderByDescending(asked => asked.Quality ?? 1).Select(asked => ByTag(asked.Value.Value)).FirstOrDefault(found => found is not null)
        ?? English;

    /// <summary>The same, and the linking pages that follow speak it too.</summary>
    public static Language Begin(HttpContext context, bool isSecure)
    {
        if (Asked(context.Request) is { } asked)
        {
            context.Response.Cookies.Append(Cookie, asked.Name, new CookieOptions
            {
                HttpOnly = true,
                IsEssential = true,
                MaxAge = CookieLifetime,
                Path = CookiePath,
                SameSite = SameSiteMode.Lax,
                Secure = isSecure,
            });
        }

        return Of(context);
    }

    /// <summary>The language of a tag like <c>fr-CA</c>; null when there is none.</summary>
    public static Language? ByTag(string? tag)
    {
        if (tag is not { Length: > 0 })
        {
            return null;
        }

        var whole = All.FirstOrDefault(language => string.Equals(language.Name, tag, StringComparison.OrdinalIgnoreCase));
        return whole ?? All.FirstOrDefault(language => string.Equals(Primary(language.Name), Primary(tag), StringComparison.OrdinalIgnoreCase));
    }

    private static Language? Asked(HttpRequest request) =>
        $"{request.Query["user_locale"]} {request.Query["ui_locales"]}".Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Take(AskedMax)
            .Select(ByTag).FirstOrDefault(found => found is not null);

    private static string Primary(string tag) => tag.Split('-', '_')[0];

    private static Language Read(string name, Language? fallback)
    {
        using var file = typeof(Languages).Assembly.GetManifestResourceStream(Resources + name + ResourceEnd)!;
        var sections = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(file)!;
        return new Language(
            name, sections.ToFrozenDictionary(section => section.Key, section => section.Value.ToFrozenDictionary(StringComparer.Ordinal), StringComparer.Ordinal), fallback);
    }
}
