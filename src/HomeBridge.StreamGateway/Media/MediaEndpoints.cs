namespace HomeBridge.StreamGateway.Media;

/// <summary>The gateway's URLs: one entry, and below a session its playlist and units.</summary>
internal static class MediaEndpoints
{
    /// <summary>The file name that an entry ticket is followed by.</summary>
    public const string EntryFile = "live.m3u8";

    public const string PlaylistSuffix = ".m3u8";
    public const string InitSuffix = ".mp4";
    public const string SegmentSuffix = ".m4s";
    public const string PlaylistType = "application/vnd.apple.mpegurl";
    public const string UnitType = "video/mp4";

    public static void MapMedia(this WebApplication app)
    {
        app.MapGet("/v1/e/{ticket}/" + EntryFile, (string ticket, TicketGate gate, CancellationToken cancel) =>
            gate.Enter(ticket, cancel));

        app.MapGet("/v1/s/{session}/{file}", (string session, string file, HttpContext context, ServePlaylist playlist, ServeUnit unit) =>
            file switch
            {
                _ when file.EndsWith(PlaylistSuffix, StringComparison.Ordinal) =>
                    playlist.Serve(session, file[..^PlaylistSuffix.Length], context.RequestAborted),
                _ when file.EndsWith(InitSuffix, StringComparison.Ordinal) =>
                    unit.Serve(session, file[..^InitSuffix.Length], isInit: true, context),
                _ when file.EndsWith(SegmentSuffix, StringComparison.Ordinal) =>
                    unit.Serve(session, file[..^SegmentSuffix.Length], isInit: false, context),
                _ => Task.FromResult(MediaAnswer.NotFound),
            });
    }

    /// <summary>A player on another origin may ask first when it sends a Range. The answer is the same for any path.</summary>
    public static void UsePreflight(this WebApplication app) => app.Use((context, next) =>
    {
        if (!HttpMethods.IsOptions(context.Request.Method))
        {
            return next(context);
        }

        context.Response.Headers.AccessControlAllowMethods = "GET";
        context.Response.Headers.AccessControlAllowHeaders = "Range, Content-Type, Accept-Encoding";
        context.Response.Headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    });
}
