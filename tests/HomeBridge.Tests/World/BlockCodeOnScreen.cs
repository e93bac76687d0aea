using System.Diagnostics;
using System.Text.Json;
using HomeBridge.Tests.House;
using Microsoft.Playwright;

namespace HomeBridge.Tests.World;

/// <summary>Reads the camera's block code from the pixels of a page's video element, by the reader that the contract prints.</summary>
internal static class BlockCodeOnScreen
{
    public static async Task<(int Number, long Frame)> Read(IPage page, TimeSpan within, string video = "#video")
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < within)
        {
            if (await TryRead(page, video) is { } code)
            {
                return code;
            }

            await Task.Delay(20);
        }

        throw new InvalidOperationException("No block code could be read from the video: " + await page.Locator("body").InnerTextAsync());
    }

    public static async Task<(int Number, long Frame)?> TryRead(IPage page, string video = "#video")
    {
        var reader = Repository.Read("contracts/camera-block-code.md").Split("```js")[1].Split("```")[0];
        var code = await page.EvaluateAsync<JsonElement?>($$"""
            (selector) => {
              {{reader}}
              const video = document.querySelector(selector);
              if (!video || video.readyState < 2 || !video.videoWidth) return null;
              const canvas = document.createElement('canvas');
              canvas.width = 640; canvas.height = 360;
              const context = canvas.getContext('2d');
              context.drawImage(video, 0, 0, 640, 360);
              return readBlockCode(context, 640, 360);
            }
            """, video);
        return code is { ValueKind: JsonValueKind.Object } read ? (read.GetProperty("number").GetInt32(), read.GetProperty("frame").GetInt64()) : null;
    }
}
