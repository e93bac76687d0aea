using System.Net;
using System.Text;
using System.Text.Json;
using Deque.AxeCore.Playwright;
using HomeBridge.Tests.Residents;
using HomeBridge.Tests.World;
using Microsoft.Playwright;

namespace HomeBridge.Tests.Notices;

/// <summary>From the platform's button to what the resident reads, in the sandbox.</summary>
[Collection(SandboxCollection.Name)]
public sealed class InboxTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task Linking_watching_and_unlinking_arrive_once_each()
    {
        await sandbox.Recover();
        var before = (await Inbox()).Select(Id).ToHashSet(StringComparer.Ordinal);
        var home = await sandbox.Link("harbor");
        var camera = await home.Device("Jetty camera");
        await SharingTests.Watching(home, camera);
        await SharingTests.Watching(home, camera);
        await home.Disconnect();

        var news = await Until(before, 3);

        Assert.Equal(["unlinked", "first_view", "linked"], news.Select(notice => notice.GetProperty("kind").GetString()));
        Assert.All(news, notice => Assert.Equal("harbor", notice.GetProperty("home").GetString()));
        Assert.All(news, notice => Assert.Contains("Google", notice.GetProperty("subject").GetString(), StringComparison.Ordinal));
        Assert.Equal("Jetty camera was watched on Google for the first time", news[1].GetProperty("subject").GetString());
        Assert.EndsWith("It was unlinked on the platform.", news[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.All(news, notice => Assert.Equal(new Uri(sandbox.Bridge, "/account"), new Uri(notice.GetProperty("url").GetString()!)));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("now", "v1=00")]
    [InlineData("1000000000", "v1=00")]
    [InlineData("now", "")]
    public async Task An_inbox_takes_nothing_that_isnt_signed(string? timestamp, string? signature)
    {
        var before = (await Inbox()).Count;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Display, "/inbox/notices"))
        {
            Content = new StringContent("""{"id":"ntc_forged","account":"maple","kind":"linked","subject":"Give me your password"}""", Encoding.UTF8, "application/json"),
        };
        if (timestamp is not null)
        {
            request.Headers.Add("HomeBridge-Timestamp", timestamp == "now" ? TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture) : timestamp);
            request.Headers.TryAddWithoutValidation("HomeBridge-Signature", signature);
        }

        using var answer = await sandbox.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.DoesNotContain(await Inbox(), notice => Id(notice) == "ntc_forged");
        Assert.True((await Inbox()).Count >= before);
    }

    [Fact]
    public async Task The_page_shows_it_by_home_on_narrow_and_wide_screens_in_both_colours()
    {
        var before = (await Inbox()).Select(Id).ToHashSet(StringComparer.Ordinal);
        var maple = await sandbox.Link("maple");
        var harbor = await sandbox.Link("harbor", "second-platform");
        await maple.Disconnect();
        await Until(before, 3);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.Start(playwright);
        foreach (var width in (int[])[360, 1280])
        {
            var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 } });
            await page.GotoAsync(new Uri(sandbox.Display, "/inbox").AbsoluteUri);
            await Assertions.Expect(page.Locator("h2", new() { HasText = "Home maple" })).ToBeVisibleAsync();
            await Assertions.Expect(page.GetByText("Second platform was linked to your home", new() { Exact = true }).First).ToBeVisibleAsync();
            foreach (var colours in width == 360 ? (ColorScheme[])[ColorScheme.Dark, ColorScheme.Light] : [ColorScheme.Light, ColorScheme.Dark])
            {
                await page.EmulateMediaAsync(new() { ColorScheme = colours });
                await Pictures.Take(page, $"inbox-{width}-{colours}");
                Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width);
            }

            var found = (await page.RunAxe()).Violations;
            Assert.True(found.Length == 0, string.Join('\n', found.Select(one => $"{one.Id}: {one.Help} {string.Join(", ", one.Nodes.Select(node => node.Html))}")));
        }

        var (revoked, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, harbor.Client, new() { ["token"] = harbor.RefreshToken }, "/oauth/revoke");
        Assert.Equal(HttpStatusCode.OK, revoked);
    }

    private static string Id(JsonElement notice) => notice.GetProperty("id").GetString()!;

    private async Task<List<JsonElement>> Inbox()
    {
        var text = await sandbox.Http.GetStringAsync(new Uri(sandbox.Display, "/inbox.json"));
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("notices").EnumerateArray()];
    }

    /// <summary>What came since then, of links and views, newest first.</summary>
    private async Task<List<JsonElement>> Until(HashSet<string> before, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var news = (await Inbox()).Where(notice => !before.Contains(Id(notice)) && notice.GetProperty("kind").GetString() is "linked" or "unlinked" or "first_view").ToList();
            if (news.Count >= count)
            {
                return news;
            }

            await Task.Delay(50, patience.Token);
        }
    }
}
