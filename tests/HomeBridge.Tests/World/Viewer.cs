using System.Net;
using System.Text;

namespace HomeBridge.Tests.World;

/// <summary>A player without pictures: entry, playlist, units, and every byte kept for whoever looks.</summary>
public sealed class Viewer(HttpClient http, Uri entry)
{
    public Uri Entry { get; } = entry;

    public Uri? PlaylistUrl { get; private set; }

    public string? PlaylistText { get; private set; }

    public Task<HttpResponseMessage> Get(Uri url) => http.GetAsync(url);

    /// <summary>Fetches the entry and remembers where its playlist is.</summary>
    public async Task<HttpStatusCode> Enter()
    {
        using var answer = await Get(Entry);
        if (answer.IsSuccessStatusCode)
        {
            var text = await answer.Content.ReadAsStringAsync();
            PlaylistUrl = text.Contains("#EXT-X-TARGETDURATION", StringComparison.Ordinal) ? Entry : new Uri(Entry, Lines(text).Single(line => !line.StartsWith('#')));
        }

        return answer.StatusCode;
    }

    public async Task<HttpStatusCode> Poll()
    {
        using var answer = await Get(PlaylistUrl!);
        PlaylistText = answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        return answer.StatusCode;
    }

    public Uri Init => new(PlaylistUrl!, PlaylistText!.Split("#EXT-X-MAP:URI=\"")[1].Split('"')[0]);

    public IReadOnlyList<Uri> Units => [.. Lines(PlaylistText!).Where(line => !line.StartsWith('#')).Select(line => new Uri(PlaylistUrl!, line))];

    public async Task<(HttpStatusCode Status, byte[] Bytes)> Fetch(Uri unit)
    {
        try
        {
            using var answer = await Get(unit);
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            return (answer.StatusCode, answer.IsSuccessStatusCode ? bytes : []);
        }
        catch (HttpRequestException)
        {
            // Cut in the middle.
            return (0, []);
        }
    }

    /// <summary>Whether the plain device id of a camera stands in some bytes.</summary>
    public static bool Names(byte[] bytes, string vendorDeviceId) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(vendorDeviceId)) >= 0;

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
