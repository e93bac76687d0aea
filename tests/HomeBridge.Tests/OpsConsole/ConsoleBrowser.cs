using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using HomeBridge.Tests.World;
using Microsoft.Playwright;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>One Chromium for all tests of the console, and what is looked at on each of its pages.</summary>
public sealed class ConsoleBrowser : IAsyncLifetime
{
    /// <summary>Width and colours don't depend on each other: each width once and each colour once, and all four in the long run.</summary>
    private static readonly (int Width, ColorScheme Colours)[] Looks = Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true"
        ? [(1280, ColorScheme.Light), (1280, ColorScheme.Dark), (360, ColorScheme.Light), (360, ColorScheme.Dark)]
        : [(1280, ColorScheme.Light), (360, ColorScheme.Dark)];

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.Start(_playwright);
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>Somebody on call whose clock is not UTC.</summary>
    public Task<IBrowserContext> Context(bool script = true, string? locale = null) => _browser.NewContextAsync(new()
    {
        Locale = locale,
        ViewportSize = new() { Width = 1280, Height = 800 },
        JavaScriptEnabled = script,
        TimezoneId = "Asia/Kolkata",
    });

    public static async Task<IPage> SignIn(IBrowserContext context, Uri ops, string token)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(ops.AbsoluteUri);
        await page.GetByLabel("Operator token").FillAsync(token);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main.console")).ToBeVisibleAsync();
        return page;
    }

    /// <summary>Alt and a key, as a keyboard sends it: Playwright's own press leaves out what Chromium finds access keys by.</summary>
    public static async Task AccessKey(IPage page, char key)
    {
        const int alt = 1;
        var session = await page.Context.NewCDPSessionAsync(page);
        foreach (var type in (string[])["rawKeyDown", "char", "keyUp"])
        {
            await session.SendAsync("Input.dispatchKeyEvent", new Dictionary<string, object>
            {
                ["type"] = type,
                ["modifiers"] = alt,
                ["key"] = $"{key}",
                ["code"] = $"Key{char.ToUpperInvariant(key)}",
                ["text"] = $"{key}",
                ["unmodifiedText"] = $"{key}",
                ["windowsVirtualKeyCode"] = (int)char.ToUpperInvariant(key),
            });
        }
    }

    /// <summary>Until it is disposed, nothing may be wrong in the browser's own log: no error, and nothing that the policy refused.</summary>
    public static IDisposable Watch(IPage page) => new PageLog(page);

    /// <summary>
    /// At both widths and in both colours: a picture for whoever wants to look, nothing wider than the screen, and no finding of
    /// axe-core.
    /// </summary>
    public static async Task Look(IPage page, string name)
    {
        foreach (var (width, colours) in Looks)
        {
            var look = $"{name}-{width}-{(colours is ColorScheme.Dark ? "dark" : "light")}";
            await page.SetViewportSizeAsync(width, 800);
            await page.EmulateMediaAsync(new() { ColorScheme = colours });
            await Pictures.Take(page, look, fullPage: true);
            var wide = await page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll("body *")].filter(element => element.getClientRects().length > 0 && getComputedStyle(element).clipPath === "none")
                    .filter(element => { const box = element.getBoundingClientRect(); return box.left < -1 || box.right > innerWidth + 1; })
                    .map(element => `${element.outerHTML.slice(0, 120)} reaches to ${element.getBoundingClientRect().right}`)
                """);
            Assert.True(wide.Length == 0, $"{look}: {string.Join('\n', wide)}");
        }

        await Check(page, name, Looks[0], new());
        await Check(page, name, Looks[^1], new() { RunOnly = new() { Type = "rule", Values = ["color-contrast", "link-in-text-block", "target-size"] } });
    }

    private static async Task Check(IPage page, string name, (int Width, ColorScheme Colours) look, AxeRunOptions options)
    {
        await page.SetViewportSizeAsync(look.Width, 800);
        await page.EmulateMediaAsync(new() { ColorScheme = look.Colours });
        var found = await page.RunAxe(options);
        Assert.True(
            found.Violations.Length == 0,
            $"{name}, {look}: {string.Join('\n', found.Violations.Select(one => $"{one.Id}: {one.Help}: {string.Join(" | ", one.Nodes.Select(node => node.Html))}"))}");
    }

    private sealed class PageLog : IDisposable
    {
        private readonly IPage _page;
        private readonly List<string> _wrong = [];

        public PageLog(IPage page)
        {
            _page = page;
            page.Console += OnConsole;
            page.PageError += OnError;
        }

        public void Dispose()
        {
            _page.Console -= OnConsole;
            _page.PageError -= OnError;
            Assert.Empty(_wrong);
        }

        private void OnConsole(object? sender, IConsoleMessage message)
        {
            if (message.Type is "error" or "warning")
            {
                _wrong.Add(message.Text);
            }
        }

        private void OnError(object? sender, string error) => _wrong.Add(error);
    }
}
