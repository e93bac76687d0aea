using System.Collections.Frozen;
using System.Globalization;

namespace HomeBridge.Hosting.Pages.Languages;

/// <summary>
/// One language of the residents' pages: its sentences by section and key, and how it writes dates and numbers. It is one
/// JSON file beside this one, named by its language tag.
/// </summary>
internal sealed class Language(string name, IReadOnlyDictionary<string, FrozenDictionary<string, string>> sections, Language? fallback)
{
    /// <summary>Its tag (BCP 47), as it stands in <c>html lang</c>.</summary>
    public string Name => name;

    public IReadOnlyDictionary<string, FrozenDictionary<string, string>> Sections => sections;

    /// <summary>The sentence of a key like <c>linking.continue</c>, with its values filled in.</summary>
    public string Text(string key, params object[] values)
    {
        var sentence = Find(key) ?? fallback?.Find(key) ?? throw new KeyNotFoundException($"No language has the sentence '{key}'.");
        return values.Length == 0 ? sentence : string.Format(CultureInfo.InvariantCulture, sentence, values);
    }

    public bool Has(string key) => Find(key) is not null;

    /// <summary>A moment in words, where the resident lives.</summary>
    public string Time(DateTimeOffset at, TimeZoneInfo zone) => Moment("dates.time", TimeZoneInfo.ConvertTime(at, zone));

    /// <summary>A day in words.</summary>
    public string Date(DateTimeOffset at, TimeZoneInfo zone) => Moment("dates.date", TimeZoneInfo.ConvertTime(at, zone));

    /// <summary>How dates are written is in the file as well: the process knows no cultures (InvariantGlobalization).</summary>
    private string Moment(string pattern, DateTimeOffset at) => Text(
        pattern, at.Day, Text($"dates.month_{at.Month}"), at.Year, at.ToString("HH:mm", CultureInfo.InvariantCulture), at.Month);

    private string? Find(string key) =>
        key.Split('.', 2) is [var section, var word] && sections.TryGetValue(section, out var words) ? words.GetValueOrDefault(word) : null;
}
