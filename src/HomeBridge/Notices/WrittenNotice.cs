using HomeBridge.Hosting.Pages.Languages;

namespace HomeBridge.Notices;

/// <summary>A notice from the database, to be put into words.</summary>
internal sealed class WrittenNotice
{
    public string Id { get; init; } = "";
    public string Vendor { get; init; } = "";
    public string Account { get; init; } = "";
    public string Kind { get; init; } = "";
    public long HappenedAt { get; init; }
    public string Platform { get; init; } = "";
    public string Camera { get; init; } = "";
    public string Because { get; init; } = "";
    public string Language { get; init; } = "";
    public string? TimeZone { get; init; }

    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(HappenedAt);

    /// <summary>One line.</summary>
    public string Subject => Speech.Text($"notices.{Words}", Platform, Camera);

    /// <summary>What happened, when, why, and what to do about it: sentences without a line break.</summary>
    public string Text
    {
        get
        {
            var zone = TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : TimeZoneInfo.Utc;
            var when = zone.Equals(TimeZoneInfo.Utc) ? Speech.Text("notices.utc", Speech.Time(At, zone)) : Speech.Time(At, zone);
            var what = Speech.Text($"notices.{Words}_text", Platform, when, Camera);
            var because = $"notices.because_{Because}";
            return Because.Length > 0 && Speech.Has(because) ? Speech.Text("notices.two_sentences", what, Speech.Text(because)) : what;
        }
    }

    /// <summary>The key of its words: others where a camera can be named.</summary>
    private string Words => Camera.Length > 0 ? Kind + "_of" : Kind;

    /// <summary>The resident's language, or the one that was theirs when it was still spoken here.</summary>
    public Language Speech => Languages.ByTag(Language) ?? Languages.English;
}
