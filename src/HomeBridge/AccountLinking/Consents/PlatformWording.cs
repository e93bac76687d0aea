using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting.Pages.Languages;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>
/// What a platform demands to be said when its residents agree: a file per platform, <c>any</c> for those that demand nothing.
/// Its version is kept with each consent.
/// </summary>
/// <param name="Version">Changes with the words.</param>
/// <param name="Names">What the platform must not be called, and what it is called instead.</param>
/// <param name="Control">The sentence about controlling devices, by language.</param>
internal sealed record PlatformWording(string Version, IReadOnlyDictionary<string, string> Names, IReadOnlyDictionary<string, string> Control)
{
    private const string Resources = "HomeBridge.AccountLinking.Consents.Wordings.";
    private const string ResourceEnd = ".json";
    private const string AnyPlatform = "any";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>By platform.</summary>
    public static FrozenDictionary<string, PlatformWording> All { get; } = typeof(PlatformWording).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Resources, StringComparison.Ordinal) && name.EndsWith(ResourceEnd, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Resources.Length..^ResourceEnd.Length], Read, StringComparer.Ordinal);

    public static PlatformWording Of(string platform) => All.GetValueOrDefault(platform) ?? All[AnyPlatform];

    /// <summary>What residents are told who asks.</summary>
    public static string NameOf(PlatformClient client) => Of(client.Platform).Names.GetValueOrDefault(client.Name, client.Name);

    /// <summary>The sentence, in the language of the page or in English.</summary>
    public string ControlIn(Language language, string name) => string.Format(
        CultureInfo.InvariantCulture, Control.GetValueOrDefault(language.Name) ?? Control[Languages.English.Name], name);

    private static PlatformWording Read(string resource)
    {
        using var file = typeof(PlatformWording).Assembly.GetManifestResourceStream(resource)!;
        return JsonSerializer.Deserialize<PlatformWording>(file, Json)!;
    }
}
