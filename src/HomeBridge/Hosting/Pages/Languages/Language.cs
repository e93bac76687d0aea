using System.Globalization;
using System.Text.Json;

namespace HomeBridge.Hosting.Pages.Languages;

/// <summary>TEMPORARY until the consent branch is merged.</summary>
internal sealed class Language(string name, Dictionary<string, Dictionary<string, string>> words)
{
    public string Name => name;
    public string Text(string key, params object[] values) => string.Format(CultureInfo.InvariantCulture, words[key.Split('.', 2)[0]][key.Split('.', 2)[1]], values);
    public bool Has(string key) => words[key.Split('.', 2)[0]].ContainsKey(key.Split('.', 2)[1]);
    public string Time(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone).ToString("d MMM yyyy, HH:mm", CultureInfo.InvariantCulture);
}

internal static class Languages
{
    public static Language Of(HttpContext context)
    {
        var name = context.Request.Headers.AcceptLanguage.ToString().Split(',')[0] switch { var x when x.StartsWith("fr") => "fr", var x when x.StartsWith("zh") => "zh-Hans", _ => "en" };
        using var s = typeof(Languages).Assembly.GetManifestResourceStream($"HomeBridge.Hosting.Pages.Languages.{name}.json")!;
        return new Language(name, JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(s)!);
    }
}
