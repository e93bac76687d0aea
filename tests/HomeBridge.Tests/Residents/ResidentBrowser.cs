using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Residents;

/// <summary>A resident in a browser without script, signed in at the maker.</summary>
internal sealed class ResidentBrowser : IDisposable
{
    private readonly SandboxFixture _sandbox;

    private ResidentBrowser(SandboxFixture sandbox) => _sandbox = sandbox;

    public Browser Browser { get; } = new();

    public static async Task<ResidentBrowser> SignIn(SandboxFixture sandbox, string account)
    {
        var resident = new ResidentBrowser(sandbox);
        var page = await resident.Browser.Get(new Uri(sandbox.Bridge, "/account"));
        page = await resident.Browser.Submit(page, "Sign in", fields =>
        {
            fields.RemoveAll(field => field.Key is "username" or "password");
            fields.Add(new("username", account));
            fields.Add(new("password", "sandbox"));
        });
        Assert.Equal("/account", page.Url.AbsolutePath);
        return resident;
    }

    public Task<Page> Get(string path) => Browser.Get(new Uri(_sandbox.Bridge, path));

    /// <summary>Sends the form that has a button with this name and value.</summary>
    public Task<Page> Press(Page page, string name, string value)
    {
        var button = page.Document!.QuerySelectorAll<IHtmlButtonElement>($"button[name='{name}']").First(one => one.Value == value);
        return Post(page, button.Form!.GetAttribute("action")!, (name, value), [.. Fields(button.Form!)]);
    }

    /// <summary>Sends the form with this address.</summary>
    public Task<Page> Submit(Page page, string action)
    {
        var form = page.Document!.Forms.First(one => one.GetAttribute("action") == action);
        return Post(page, action, null, [.. Fields(form)]);
    }

    /// <summary>Sends what no page offers, with the antiforgery token of a page that was.</summary>
    public Task<Page> Forge(Page page, string action, params (string Name, string Value)[] fields) => Post(
        page, action, null, [.. Fields(page.Document!.Forms[^1]), .. fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value))]);

    public void Dispose() => Browser.Dispose();

    private static IEnumerable<KeyValuePair<string, string>> Fields(IHtmlFormElement form) =>
        form.Elements.OfType<IHtmlInputElement>().Where(input => input.Name is { Length: > 0 }).Select(input => KeyValuePair.Create(input.Name!, input.Value));

    private Task<Page> Post(Page page, string action, (string Name, string Value)? button, List<KeyValuePair<string, string>> fields)
    {
        if (button is { } pressed)
        {
            fields.Add(new(pressed.Name, pressed.Value));
        }

        return Browser.Post(new Uri(page.Url, action), fields);
    }
}
