using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Http;

/// <summary>The gateway's URLs over HTTP: values in, an answer out.</summary>
internal static class MediaEndpoints
{
    public static void MapMedia(this WebApplication app)
    {
        app.MapGet("/v1/e/{ticket}/" + MediaUrls.EntryFile, async (string ticket, TicketGate gate, HttpContext context) =>
            await (await gate.Enter(ticket, TicketPurpose.Hls, context.RequestAborted)).Give(new HttpViewer(context)));

        app.MapGet("/v1/e/{ticket}/" + MediaUrls.ProgressiveFile, async (string ticket, TicketGate gate, HttpContext context) =>
            await (AsksForAll(context.Request) ? await gate.Enter(ticket, TicketPurpose.Progressive, context.RequestAborted) : MediaAnswer.NoRange)
                .Give(new HttpViewer(context)));

        app.MapGet("/v1/s/{session}/{file}", async (string session, string file, HttpContext context, ServePlaylist playlist, ServeUnit unit) =>
            await (await Serve(session, file, playlist, unit, context.RequestAborted)).Give(new HttpViewer(context)));
    }

    /// <summary>A player on another origin may ask first when it sends a Range or a token of its own. The answer is the same for any path.</summary>
    public static void UsePreflight(this WebApplication app) => app.Use((context, next) =>
    {
        if (!HttpMethods.IsOptions(context.Request.Method))
        {
            return next(context);
        }

        if (!SignallingEndpoint.Is(context.Request.Path))
        {
            context.Response.Headers.AccessControlAllowMethods = "GET";
            context.Response.Headers.AccessControlAllowHeaders = "Authorization, Range, Content-Type, Accept-Encoding";
            context.Response.Headers.AccessControlMaxAge = "600";
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    });

    /// <summary>Players ask for a live stream without a range, or for all of it; the answer to both is 200.</summary>
    private static bool AsksForAll(HttpRequest request) => request.Headers.Range.Count == 0 || request.Headers.Range == "bytes=0-";

    /// <summary>What a file below a session is, by its suffix.</summary>
    internal static Task<MediaAnswer> Serve(string session, string file, ServePlaylist playlist, ServeUnit unit, CancellationToken gone) => file switch
    {
        _ when file.EndsWith(MediaUrls.PlaylistSuffix, StringComparison.Ordinal) =>
            playlist.Serve(session, file[..^MediaUrls.PlaylistSuffix.Length], gone),
        _ when file.EndsWith(MediaUrls.InitSuffix, StringComparison.Ordinal) =>
            unit.Serve(session, file[..^MediaUrls.InitSuffix.Length], isInit: true, MediaContainer.Fmp4, gone),
        _ when file.EndsWith(MediaUrls.SegmentSuffix, StringComparison.Ordinal) =>
            unit.Serve(session, file[..^MediaUrls.SegmentSuffix.Length], isInit: false, MediaContainer.Fmp4, gone),
        _ when file.EndsWith(MediaUrls.TransportStreamSuffix, StringComparison.Ordinal) =>
            unit.Serve(session, file[..^MediaUrls.TransportStreamSuffix.Length], isInit: false, MediaContainer.MpegTs, gone),
        _ => Task.FromResult(MediaAnswer.NotFound),
    };
}
