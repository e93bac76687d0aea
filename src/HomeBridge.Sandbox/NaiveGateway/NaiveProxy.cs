using System.Collections.Concurrent;

namespace HomeBridge.Sandbox.NaiveGateway;

/// <summary>The naive gateway: who the viewer is was checked, the URL is signed, and the maker's bytes are passed on.</summary>
internal sealed class NaiveProxy(MakerClient maker, SignedUrl urls, SharedCache cache)
{
    public const string Path = "/naive";

    private static readonly TimeSpan PlaylistFreshFor = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan UnitFreshFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, NaiveStream> _streams = new(StringComparer.Ordinal);

    /// <summary>A URL for a viewer of an account's camera, or null when the maker opens no stream.</summary>
    public async Task<string?> Grant(string account, int place, CancellationToken cancel)
    {
        if (await maker.Open(account, place, cancel) is not { } stream)
        {
            return null;
        }

        _streams[stream.Id] = stream;
        return $"{Path}/{urls.Sign(stream.Id)}/live.m3u8";
    }

    public async Task EndAll(CancellationToken cancel)
    {
        foreach (var stream in _streams.Values)
        {
            _streams.TryRemove(stream.Id, out _);
            await maker.Close(stream, cancel);
        }

        cache.Clear();
    }

    public async Task<IResult> Serve(string signed, string file)
    {
        if (urls.StreamOf(signed) is not { } id || !_streams.TryGetValue(id, out var stream))
        {
            return Results.NotFound();
        }

        var isPlaylist = file == "live.m3u8";
        var body = await cache.Get(
            $"{id}/{file}", isPlaylist ? PlaylistFreshFor : UnitFreshFor, () => maker.Fetch(stream, file));
        return body is null
            ? Results.StatusCode(StatusCodes.Status502BadGateway)
            : Results.Bytes(body, isPlaylist ? "application/vnd.apple.mpegurl" : "video/mp4");
    }
}

/// <summary>Where it answers.</summary>
internal static class NaiveGatewayFeature
{
    public static void AddNaiveGateway(this IServiceCollection services, string cloudUrl, string bridgeKey) => services
        .AddSingleton(_ => new MakerClient(cloudUrl, bridgeKey))
        .AddSingleton<SignedUrl>()
        .AddSingleton<SharedCache>()
        .AddSingleton<NaiveProxy>();

    public static void MapNaiveGateway(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(NaiveProxy.Path + "/{signed}/{file}", (string signed, string file, NaiveProxy proxy) => proxy.Serve(signed, file));
}
