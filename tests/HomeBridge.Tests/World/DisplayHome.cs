using System.Net.Http.Json;
using System.Text.Json;

namespace HomeBridge.Tests.World;

/// <summary>A home that was linked on the display page: the one platform of the sandbox that holds a Home Graph.</summary>
public sealed class DisplayHome : IDisposable
{
    private readonly SandboxFixture _sandbox;
    private readonly Browser _browser = new();
    private readonly HttpClient _page;
    private string _id = "";

    private DisplayHome(SandboxFixture sandbox)
    {
        _sandbox = sandbox;
        _page = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, CookieContainer = _browser.Cookies }) { BaseAddress = sandbox.Display };
        _page.DefaultRequestHeaders.Add("X-Display", "1");
    }

    public static async Task<DisplayHome> Link(SandboxFixture sandbox, string account)
    {
        var home = new DisplayHome(sandbox);
        using var begun = await home._page.PostAsJsonAsync(new Uri("/api/links", UriKind.Relative), new { });
        var page = await home._browser.Get(new Uri((await begun.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("url").GetString()!));
        page = await home._browser.Submit(page, "Continue");
        page = await home._browser.Submit(page, "Sign in", fields =>
        {
            fields.RemoveAll(field => field.Key is "username" or "password");
            fields.Add(new("username", account));
            fields.Add(new("password", "sandbox"));
        });
        var choices = page.Choices;
        page = await home._browser.Submit(page, "Agree and link", fields =>
        {
            fields.RemoveAll(field => field.Key == "device");
            fields.AddRange(choices.Values.Select(choice => new KeyValuePair<string, string>(choice.Name, choice.Value)));
        });
        home._id = page.Query("linked") ?? throw new InvalidOperationException($"{page.Url} {page.Status} {page.Text}");
        using var synced = await home._page.PostAsJsonAsync(new Uri($"/api/homes/{home._id}/sync", UriKind.Relative), new { });
        synced.EnsureSuccessStatusCode();
        return home;
    }

    /// <summary>What the platform holds of all its users' devices, by name; where two homes share a name, both.</summary>
    public async Task<ILookup<string, JsonElement>> Graph()
    {
        using var shown = await _sandbox.Http.GetAsync(new Uri(_sandbox.Display, "/homegraph/graph"));
        var graph = await shown.Content.ReadFromJsonAsync<JsonElement>();
        return graph.GetProperty("agentUsers").EnumerateArray().SelectMany(user => user.GetProperty("devices").EnumerateArray())
            .ToLookup(device => device.GetProperty("name").GetString()!, device => device.GetProperty("states"), StringComparer.Ordinal);
    }

    /// <summary>Waits until what is held of a device is so, and tells how long that took.</summary>
    public async Task<TimeSpan> Until(string device, Func<JsonElement, bool> so, TimeSpan patience)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < patience)
        {
            if ((await Graph())[device].Any(so))
            {
                return TimeProvider.System.GetElapsedTime(started);
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"{device} stays {string.Join(' ', (await Graph())[device])}.");
    }

    public void Dispose()
    {
        _page.Dispose();
        _browser.Dispose();
    }
}
