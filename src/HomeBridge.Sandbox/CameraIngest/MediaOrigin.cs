using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HomeBridge.Sandbox.CameraPeers;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>The maker's media origin as <c>contracts/media-evidence.md</c> has it.</summary>
internal static partial class MediaOrigin
{
    /// <summary>Marks the place that the fault <c>redirect</c> sends to.</summary>
    public const string RedirectedQuery = "?elsewhere";

    public static void AddCameraIngest(this IServiceCollection services) => services
        .AddSingleton<MakerEvidence>()
        .AddSingleton<MakerCameras>()
        .AddSingleton<OpenStreams>()
        .AddSingleton<MediaEdge>()
        .AddCameraPeers()
        .AddHostedService<EncoderWarmUp>();

    public static void MapMediaOrigin(this IEndpointRouteBuilder app) =>
        app.MapGet("/media/{streamId}/{file}", FetchAsync);

    private static async Task FetchAsync(
        HttpContext http, string streamId, string file, OpenStreams streams, MakerCameras cameras,
        MediaEdge edge, FaultBoard faults, TimeProvider time)
    {
        if (await streams.FindAsync(streamId) is not { } stream)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!stream.IsOfUnits)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!Secrets.Same(Secrets.Bearer(http.Request), stream.Token))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return;
        }

        stream.Touch();
        if (file == "live.m3u8")
        {
            var hostile = faults.Hits(MediaFaults.HostilePlaylist, stream.Asked.Device);
            await SendPlaylistAsync(http, MediaPlaylist.Of(stream.Shown.Live, stream.Shown.Container, hostile));
            return;
        }

        if (!TryUnit(file, stream.Shown.Container, out var kind, out var sequence))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (http.Request.Headers["Media-Nonce"] is not [{ } nonce] || !Nonce().IsMatch(nonce))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var request = new UnitRequest(
            stream.Shown, cameras.StrangerTo(stream.Asked), kind, sequence, nonce, http.Request.Path,
            http.Request.QueryString.Value == RedirectedQuery);
        if (await edge.AnswerAsync(request, stream.Asked) is { } answer)
            await UnitDelivery.SendAsync(http, answer, stream.Shown.Container, faults, time);
        else
            http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private static async Task SendPlaylistAsync(HttpContext http, string playlist)
    {
        var body = Encoding.UTF8.GetBytes(playlist);
        http.Response.ContentType = "application/vnd.apple.mpegurl";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static bool TryUnit(string file, MediaContainer container, out UnitKind kind, out long sequence)
    {
        kind = file == "init.mp4" ? UnitKind.Init : UnitKind.Segment;
        sequence = 0;
        var suffix = MediaPlaylist.Suffix(container);
        return (kind == UnitKind.Init && container is MediaContainer.Fmp4)
            || (file.EndsWith(suffix, StringComparison.Ordinal)
                && long.TryParse(file[..^suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out sequence));
    }

    // What fits between the quotes of the nonce parameter without escaping.
    [GeneratedRegex(
        @"\A[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Nonce();
}
