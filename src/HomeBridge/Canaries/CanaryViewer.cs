using System.Net;
using System.Text;

namespace HomeBridge.Canaries;

/// <summary>What a canary asked for and did not get.</summary>
internal sealed class NotServedException(HttpStatusCode? status, string what) : Exception($"{what}: {(status is { } code ? $"{(int)code}" : "no answer")}")
{
    public HttpStatusCode? Status { get; } = status;
}

/// <summary>A stream that a canary entered: where its playlist is, and the units that it lists.</summary>
internal sealed record CanaryStream(Uri Entry, Uri Playlist, Uri? Init, IReadOnlyList<Uri> Segments);

/// <summary>
/// A display as far as the gateway can tell: entry, playlist and units over the public URL, without cookies and
/// credentials, bounded in time and size.
/// </summary>
internal sealed class CanaryViewer : IDisposable
{
    private static readonly TimeSpan FetchWithin = TimeSpan.FromSeconds(10);
    private const int BytesMax = 4 * 1024 * 1024;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        Timeout = FetchWithin,
        MaxResponseContentBufferSize = BytesMax,
    };

    /// <summary>Enters a stream and reads what it lists.</summary>
    public async Task<CanaryStream> Enter(Uri entry, CancellationToken cancel)
    {
        var playlist = new Uri(entry, Uris(await Text(entry, "the entry", cancel))[0]);
        var text = await Text(playlist, "the playlist", cancel);
        const string map = "#EXT-X-MAP:URI=\"";
        var start = text.IndexOf(map, StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf('"', start + map.Length);

        // A transport stream has its parameters in every unit, and names no init unit.
        var init = end < 0 ? null : new Uri(playlist, text[(start + map.Length)..end]);
        return new CanaryStream(entry, playlist, init, [.. Uris(text).Select(line => new Uri(playlist, line))]);
    }

    /// <summary>How a playlist is answered now; null when there was no answer.</summary>
    public async Task<HttpStatusCode?> Poll(Uri playlist, CancellationToken cancel) => (await Get(playlist, cancel)).Status;

    public async Task<byte[]> Unit(Uri unit, CancellationToken cancel)
    {
        var (status, bytes) = await Get(unit, cancel);
        return status is HttpStatusCode.OK ? bytes : throw new NotServedException(status, "a unit");
    }

    /// <summary>
    /// Whether this is answered with the one 404 that says nothing; false when it is served, null when it is refused for
    /// another reason.
    /// </summary>
    public async Task<bool?> IsNotFound(Uri url, CancellationToken cancel) => await Get(url, cancel) switch
    {
        (HttpStatusCode.NotFound, var body) when body.AsSpan().SequenceEqual("not found\n"u8) => true,
        (HttpStatusCode.OK, _) => false,
        _ => null,
    };

    public void Dispose() => _http.Dispose();

    private async Task<string> Text(Uri url, string what, CancellationToken cancel)
    {
        var (status, bytes) = await Get(url, cancel);
        return status is HttpStatusCode.OK && Encoding.UTF8.GetString(bytes) is var text && text.StartsWith("#EXTM3U", StringComparison.Ordinal) && Uris(text).Length > 0
            ? text
            : throw new NotServedException(status, what);
    }

    private async Task<(HttpStatusCode? Status, byte[] Bytes)> Get(Uri url, CancellationToken cancel)
    {
        try
        {
            using var answer = await _http.GetAsync(url, cancel);
            return (answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(cancel));
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException || (failed is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // Cut, late or unreachable: what went wrong is the gateway's to log.
            return (null, []);
        }
    }

    private static string[] Uris(string playlist) =>
        [.. playlist.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => !line.StartsWith('#'))];
}
