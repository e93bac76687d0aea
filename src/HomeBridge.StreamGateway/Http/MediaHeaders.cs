using System.Collections.Immutable;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.WebRtc;
using Microsoft.AspNetCore.Http.Features;

namespace HomeBridge.StreamGateway.Http;

/// <summary>What stands before every request and behind every failure.</summary>
internal static class MediaHeaders
{
    /// <summary>What every answer carries, and what must arrive at a display as it left.</summary>
    public static readonly ImmutableArray<KeyValuePair<string, string>> Always =
    [
        new("Cache-Control", "no-store, private"),
        new("Access-Control-Allow-Origin", "*"),
        new("Cross-Origin-Resource-Policy", "cross-origin"),
        new("Referrer-Policy", "no-referrer"),
        new("X-Content-Type-Options", "nosniff"),
    ];

    /// <summary>
    /// Headers of every answer, errors included: never stored (RFC 9111 section 5.2.2.5), readable by a player on
    /// another origin without credentials, and no address passed on. Only exact spellings of a path are looked at: what
    /// a decoder had to change first is not one of our URLs.
    /// </summary>
    public static void UseMediaHeaders(this WebApplication app, PeerOptions peers) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        foreach (var (name, value) in Always)
        {
            headers[name] = value;
        }

        if (SignallingEndpoint.Is(context.Request.Path))
        {
            SignallingEndpoint.NameOrigin(context, peers);
        }

        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            // Where a body ends is what smuggled requests are about (RFC 9112 section 11.2): nothing that stands behind one is read
            // as a request, and nobody who watches sends one.
            headers.Connection = "close";
            if (!SignallingEndpoint.MayHaveBody(context.Request))
            {
                return new HttpViewer(context).Text(StatusCodes.Status400BadRequest, "text/plain; charset=utf-8", "no body\n");
            }
        }

        var path = context.Request.Path.Value ?? "";
        var rawTarget = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return string.Equals(rawTarget, path, StringComparison.Ordinal) && IsOurs(path)
            ? next(context)
            : MediaAnswer.NotFound.Give(new HttpViewer(context));
    });

    /// <summary>A bug of ours, or of a maker's that we did not think of: the viewer gets no picture, and that is all.</summary>
    public static void UseLastNet(this WebApplication app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException)
        {
            // The viewer went away, or its session ended.
            context.Abort();
        }
        catch (Exception bug) when (!context.Response.HasStarted)
        {
            app.Logger.LogError(bug, "A media request failed");
            await MediaAnswer.Unavailable.Give(new HttpViewer(context));
        }
    });

    /// <summary>Routing would also take other cases and a slash at the end; a URL of ours has one spelling.</summary>
    private static bool IsOurs(string path) =>
        (path.StartsWith("/v1/e/", StringComparison.Ordinal)
            && (path.EndsWith("/" + MediaUrls.EntryFile, StringComparison.Ordinal) || path.EndsWith("/" + MediaUrls.ProgressiveFile, StringComparison.Ordinal)))
        || (path.StartsWith("/v1/s/", StringComparison.Ordinal) && !path.EndsWith('/'))
        || (path.StartsWith(SignallingEndpoint.Prefix, StringComparison.Ordinal) && !path.EndsWith('/'))
        || path.StartsWith(ProbePaths.Open, StringComparison.Ordinal)
        || path.StartsWith("/health/", StringComparison.Ordinal);
}
