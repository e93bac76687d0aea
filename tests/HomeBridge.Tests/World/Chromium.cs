using Microsoft.Playwright;

namespace HomeBridge.Tests.World;

/// <summary>Debian's Chromium under Playwright, as every test of a page starts it.</summary>
internal static class Chromium
{
    /// <summary>How long a page may take for what a test expects of it: a limit for pages that hang, not a measure; the machine may be busy.</summary>
    private const float Patience = 30_000;

    private static readonly string[] Quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    /// <summary>With <paramref name="more"/> switches besides those that keep it quiet.</summary>
    public static Task<IBrowser> Start(IPlaywright playwright, params string[] more)
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        return playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = [.. Quiet, .. more] });
    }
}
