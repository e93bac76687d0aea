using Microsoft.Playwright;

namespace HomeBridge.Tests.World;

/// <summary>Pictures of pages for whoever wants to look, in <c>screenshots</c> beside the test binaries.</summary>
public static class Pictures
{
    /// <summary>A browser that is still drawing refuses now and then.</summary>
    private const int TriesMax = 5;

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "screenshots");

    /// <summary>A text beside the pictures.</summary>
    public static async Task Write(string name, string text)
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, name + ".txt"), text);
    }

    public static async Task Take(IPage page, string name, bool fullPage = false)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, name + ".png"), FullPage = fullPage });
                return;
            }
            catch (PlaywrightException) when (tries < TriesMax)
            {
                await Task.Delay(200);
            }
        }
    }
}
