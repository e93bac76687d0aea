using System.Text.RegularExpressions;
using HomeBridge.AccountLinking.Consents;
using HomeBridge.Hosting.Pages.Languages;
using Microsoft.AspNetCore.Http;

namespace HomeBridge.Tests.AccountLinking;

/// <summary>Every language says everything, and a request is answered in the one that it asks for.</summary>
public sealed partial class LanguageTests
{
    [Fact]
    public void All_languages_have_the_same_sentences_with_the_same_values()
    {
        Assert.Equal(["en", "fr", "zh-Hans"], Languages.All.Select(language => language.Name));
        foreach (var language in Languages.All)
        {
            Assert.Equal(Keys(Languages.English), Keys(language));
            // A date is written with what its language wants of it.
            foreach (var (section, words) in language.Sections.Where(section => section.Key != "dates"))
            {
                foreach (var (key, sentence) in words)
                {
                    Assert.NotEqual("", sentence.Trim());
                    Assert.True(Values(Languages.English.Sections[section][key]).SetEquals(Values(sentence)), $"{language.Name} {section}.{key}: {sentence}");
                }
            }

            foreach (var (platform, wording) in PlatformWording.All)
            {
                Assert.True(wording.Control.ContainsKey(language.Name), $"{platform} has no words in {language.Name}");
            }
        }
    }

    [Theory]
    [InlineData("", null, null, "en")]
    [InlineData("?user_locale=fr-CA", null, "zh-CN", "fr")]
    [InlineData("?ui_locales=de%20zh-Hans-CN%20fr", null, null, "zh-Hans")]
    [InlineData("?user_locale=de", null, "de, fr;q=0.7, en;q=0.8", "en")]
    [InlineData("", "fr", "zh-CN", "fr")]
    [InlineData("", "../../etc", "zh-TW,zh;q=0.9", "zh-Hans")]
    [InlineData("", null, "fr;q=0, *", "en")]
    [InlineData("?user_locale=%00&user_locale=fr", null, null, "fr")]
    public void A_request_is_answered_in_the_language_that_it_asks_for(string query, string? cookie, string? accepted, string expected)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        context.Request.Headers.AcceptLanguage = accepted;
        context.Request.Headers.Cookie = cookie is null ? null : $"{Languages.Cookie}={cookie}";

        Assert.Equal(expected, Languages.Of(context).Name);
    }

    [Fact]
    public void Dates_are_local_and_in_the_language()
    {
        var at = new DateTimeOffset(2026, 11, 23, 23, 30, 0, TimeSpan.Zero);
        var shanghai = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");

        Assert.Contains("24", Languages.English.Date(at, shanghai), StringComparison.Ordinal);
        Assert.Equal("23 nov. 2026 à 23:30", Languages.ByTag("fr")!.Time(at, TimeZoneInfo.Utc));
        Assert.StartsWith("2026年11月24日", Languages.ByTag("zh-CN")!.Time(at, shanghai), StringComparison.Ordinal);
    }

    private static string[] Keys(Language language) =>
        [.. language.Sections.SelectMany(section => section.Value.Keys.Select(key => $"{section.Key}.{key}")).Order(StringComparer.Ordinal)];

    private static HashSet<string> Values(string sentence) => [.. Hole().Matches(sentence).Select(match => match.Value)];

    [GeneratedRegex(@"\{[0-9]\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Hole();
}
