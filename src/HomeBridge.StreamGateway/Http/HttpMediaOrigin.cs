using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Http;

/// <summary>Opens ways over HTTP.</summary>
internal sealed class HttpMediaOrigins : IMediaOrigins
{
    public IMediaOrigin Open(RedeemedGrant granted) => new HttpMediaOrigin(new Uri(granted.MediaUrl), granted.MediaToken, granted.Container);
}

/// <summary>
/// One session's way to the maker's media origin. A connection of its own for each exchange and never a second use: a
/// reply that comes late or too long dies with its connection instead of answering the next request.
/// </summary>
internal sealed class HttpMediaOrigin : IMediaOrigin
{
    /// <summary>A unit is 2 s of pictures; one that takes longer to come is not live.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private const int NonceLength = 18;

    private static readonly HttpRequestOptionsKey<bool> Connected = new(nameof(Connected));

    private readonly HttpClient _http;
    private readonly MediaContainer _container;

    public HttpMediaOrigin(Uri mediaUrl, string mediaToken, MediaContainer container)
    {
        _container = container;
        _http = NewClient(mediaUrl, mediaToken);
    }

    /// <summary>A client of one session: one connection for one request, with its media token and without a cache.</summary>
    internal static HttpClient NewClient(Uri mediaUrl, string mediaToken)
    {
        var http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            ResponseDrainTimeout = TimeSpan.Zero,
            ConnectTimeout = Deadline,
            ConnectCallback = ConnectOnce,
            MaxResponseHeadersLength = 16,
        })
        {
            BaseAddress = mediaUrl,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = System.Net.HttpVersion.Version11,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", mediaToken);
        http.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { NoCache = true, NoStore = true };
        return http;
    }

    public async Task<MakerPlaylist?> Playlist(CancellationToken cancel)
    {
        try
        {
            using var deadline = WithDeadline(cancel);
            using var request = Request("live.m3u8", Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceLength)));
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (answer.StatusCode != System.Net.HttpStatusCode.OK
                || answer.Content.Headers.ContentEncoding.Count > 0
                || CacheMark(answer) is not null)
            {
                return null;
            }

            // Throws when there is more.
            await answer.Content.LoadIntoBufferAsync(MakerPlaylist.TextLengthMax, deadline.Token);
            return MakerPlaylist.TryRead(
                Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(deadline.Token)), _container, out var playlist)
                ? playlist
                : null;
        }
        catch (Exception failed) when (IsFailure(failed))
        {
            return null;
        }
    }

    public async Task<UnverifiedUnit?> Unit(UnitExpectation expected, CancellationToken cancel)
    {
        try
        {
            using var deadline = WithDeadline(cancel);
            var path = expected.Kind is UnitKind.Init
                ? MakerPlaylist.InitName(expected.Sequence)
                : string.Create(CultureInfo.InvariantCulture, $"{expected.Sequence}{MediaUrls.SegmentSuffixOf(_container)}");
            using var request = Request(path, expected.Nonce);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            var headers = answer.Content.Headers;
            if (answer.StatusCode != System.Net.HttpStatusCode.OK
                || headers.ContentEncoding.Count > 0
                || headers.ContentLength is not (> 0 and <= EvidenceVerifier.UnitBytesMax))
            {
                return null;
            }

            // Allocated for this unit and read to its declared end: a shorter body throws, a longer one is cut off by
            // HTTP and dies with the connection.
            var body = GC.AllocateUninitializedArray<byte>((int)headers.ContentLength.Value);
            await using (var stream = await answer.Content.ReadAsStreamAsync(deadline.Token))
            {
                await stream.ReadExactlyAsync(body, deadline.Token);
            }

            return new UnverifiedUnit((int)answer.StatusCode, body, Evidence(answer));
        }
        catch (Exception failed) when (IsFailure(failed))
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// The platform's client sends a request again, nonce and all, when its connection broke before an answer began. Here
    /// one request is one connection: to try again is the viewer's to say, and takes a new nonce.
    /// </summary>
    private static async ValueTask<Stream> ConnectOnce(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var asked = context.InitialRequestMessage.Options;
        if (asked.TryGetValue(Connected, out _))
        {
            throw new IOException("The connection broke before an answer began.");
        }

        asked.Set(Connected, true);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Every request is one of a kind: what stands between can't take one for another.</summary>
    private static HttpRequestMessage Request(string path, string nonce)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Media-Nonce", nonce);
        return request;
    }

    internal static string? CacheMark(HttpResponseMessage answer) =>
        CacheMarks.Find(name => answer.Headers.NonValidated.TryGetValues(name, out var lines) ? string.Join(", ", lines) : null);

    private static EvidenceHeaders Evidence(HttpResponseMessage answer)
    {
        var mark = CacheMark(answer);
        return new(
            Single(answer, "Media-Unit"),
            Single(answer, "Content-Digest"),
            Single(answer, "Signature-Input"),
            Single(answer, "Signature"),
            CameFromCache: mark is not null)
        {
            CacheMark = mark,
        };
    }

    /// <summary>Exactly one field line; null where there is none, and nothing readable where there are several.</summary>
    internal static string? Single(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) || answer.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.Count == 1 ? values.ToString() : ""
            : null;

    private static CancellationTokenSource WithDeadline(CancellationToken cancel)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Deadline);
        return deadline;
    }

    internal static bool IsFailure(Exception failed) =>
        failed is HttpRequestException or OperationCanceledException or IOException or ObjectDisposedException;
}
