using System.Diagnostics;
using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Display;

/// <summary>
/// Linking as a resident sees it, from the display's button to the home on it: page by page, as pictures and as
/// <c>screenshots/linking.webp</c>.
/// </summary>
[Collection(SandboxCollection.Name)]
public sealed class LinkingRecordingTests(SandboxFixture sandbox, ITestOutputHelper output)
{
    /// <summary>From the platform's button on: who asks, which devices. The maker's own sign-in stands between them.</summary>
    private const int OurScreensMax = 3;

    [Fact]
    public async Task From_the_displays_button_to_the_home_in_at_most_three_of_our_screens()
    {
        await sandbox.Recover();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Chromium.Start(playwright);
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1024, Height = 640 } });
        var page = await context.NewPageAsync();
        var ours = new HashSet<string>(StringComparer.Ordinal);
        page.FrameNavigated += (_, frame) =>
        {
            if (new Uri(frame.Url) is { } shown && shown.Authority == sandbox.Bridge.Authority)
            {
                ours.Add(shown.AbsolutePath);
            }
        };
        var frames = 0;
        Task Frame() => Pictures.Take(page, $"linking-{++frames}");

        await page.GotoAsync(sandbox.Display.AbsoluteUri);
        await Assertions.Expect(page.GetByTestId("link-home")).ToBeVisibleAsync();
        await Frame();
        var pressed = Stopwatch.GetTimestamp();
        await page.GetByTestId("link-home").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Continue" })).ToBeVisibleAsync();
        await Frame();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.Locator("input[name=username]").FillAsync("maple");
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await Frame();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Front door camera live video" }).CheckAsync();
        await Frame();
        await page.GetByRole(AriaRole.Button, new() { Name = "Agree and link" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-device-name='Front door camera']")).ToBeVisibleAsync();
        var took = Stopwatch.GetElapsedTime(pressed);
        await Frame();

        await Join(frames);
        output.WriteLine($"{ours.Count} screens of ours ({string.Join(", ", ours)}), {took.TotalSeconds:0.0} s with signing in and pictures taken");
        Assert.InRange(ours.Count, 2, OurScreensMax);
    }

    /// <summary>One moving picture, two seconds for each page.</summary>
    private static async Task Join(int frames)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg")
        {
            ArgumentList =
            {
                "-v", "error", "-y", "-framerate", "1/2", "-start_number", "1", "-i", Path.Combine(folder, "linking-%d.png"), "-frames:v", $"{frames}", "-loop", "0",
                "-quality", "70", Path.Combine(folder, "linking.webp"),
            },
        })!;
        await ffmpeg.WaitForExitAsync();
        Assert.Equal(0, ffmpeg.ExitCode);
        Assert.InRange(new FileInfo(Path.Combine(folder, "linking.webp")).Length, 10_000, 2_000_000);
    }
}
