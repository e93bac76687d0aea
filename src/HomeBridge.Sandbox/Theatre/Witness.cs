using System.Net;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>What a witness has seen so far.</summary>
/// <param name="Units">Units that were released to it.</param>
/// <param name="Foreign">Of these, those with pictures of another home.</param>
/// <param name="Stranger">The camera in the last of them.</param>
/// <param name="EndedAt">When nothing was released any more for good, by the stage's clock.</param>
internal sealed record Testimony(int Units, int Foreign, SandboxDevice? Stranger, long? EndedAt);

/// <summary>
/// A viewer without a screen, beside the one on the page: it plays a stream as a display does and shows each byte that it is given
/// to the oracle.
/// </summary>
internal sealed class Witness : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    private readonly HttpClient _http;
    private readonly Oracle _oracle;
    private readonly TimeProvider _time;
    private readonly string _home;
    private readonly CancellationTokenSource _over = new();
    private readonly HashSet<string> _fetched = new(StringComparer.Ordinal);
    private readonly Task _watching;
    private volatile Testimony _seen = new(0, 0, null, null);

    public Witness(HttpClient http, Oracle oracle, TimeProvider time, string home, Uri entry)
    {
        (_http, _oracle, _time, _home) = (http, oracle, time, home);
        _watching = Watch(entry, _over.Token);
    }

    public Testimony Seen => _seen;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Dispose();
    }

    private async Task Watch(Uri entry, CancellationToken over)
    {
        var playlist = entry;
        while (!over.IsCancellationRequested)
        {
            var (text, ended) = await Text(playlist, over);
            if (ended)
            {
                _seen = _seen with { EndedAt = _time.GetTimestamp() };
                return;
            }

            if (text is not null && text.Contains("#EXT-X-STREAM-INF", StringComparison.Ordinal))
            {
                playlist = new Uri(playlist, Lines(text).First(line => !line.StartsWith('#')));
                continue;
            }

            await Units(playlist, text ?? "", over);
            await Task.Delay(Pause, _time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Units(Uri playlist, string text, CancellationToken over)
    {
        const string Map = "#EXT-X-MAP:URI=\"";
        var names = Lines(text)
            .Select(line => line.StartsWith(Map, StringComparison.Ordinal) ? line[Map.Length..].TrimEnd('"') : line)
            .Where(line => !line.StartsWith('#') && !_fetched.Contains(line));
        foreach (var name in names.ToList())
        {
            if (await Bytes(new Uri(playlist, name), over) is not { } unit)
            {
                continue;
            }

            _fetched.Add(name);
            var stranger = _oracle.StrangerIn(unit, _home);
            _seen = _seen with
            {
                Units = _seen.Units + 1,
                Foreign = _seen.Foreign + (stranger is null ? 0 : 1),
                Stranger = stranger ?? _seen.Stranger,
            };
        }
    }

    /// <summary>The text, or whether there won't be any more.</summary>
    private async Task<(string? Text, bool Ended)> Text(Uri url, CancellationToken over)
    {
        try
        {
            using var answer = await _http.GetAsync(url, over);
            return answer.IsSuccessStatusCode
                ? (await answer.Content.ReadAsStringAsync(over), false)
                : (null, answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden);
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            return (null, false);
        }
    }

    private async Task<byte[]?> Bytes(Uri url, CancellationToken over)
    {
        try
        {
            using var answer = await _http.GetAsync(url, over);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(over) : null;
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
