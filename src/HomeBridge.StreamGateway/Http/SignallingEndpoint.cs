using HomeBridge.StreamGateway.WebRtc;
using Microsoft.AspNetCore.Http.Features;

namespace HomeBridge.StreamGateway.Http;

/// <summary>Signalling over HTTP: the one URL of a gateway that takes a body.</summary>
internal static class SignallingEndpoint
{
    /// <summary>What its URLs begin with.</summary>
    public const string Prefix = "/v1/w/";

    private const string Bearer = "Bearer ";

    /// <summary>How long a display may take to send what it has.</summary>
    private static readonly TimeSpan BodyWithin = TimeSpan.FromSeconds(5);

    /// <summary>What is held of a body at first: most descriptions fit into two of it.</summary>
    private const int PieceLength = 8 * 1024;

    /// <summary>Bytes of a body with the sizes of its chunks, which the server counts as well.</summary>
    private const int FramedLengthMax = 2 * SignalMessage.BodyLengthMax;

    public static void MapSignalling(this WebApplication app) => app.MapPost(Prefix + "{ticket}", async (string ticket, Signalling signalling, TimeProvider time, HttpContext context) =>
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = context.Request.ContentLength is null ? FramedLengthMax : SignalMessage.BodyLengthMax;
        }

        var answer = signalling.Refusal(ticket, Tokens(context.Request.Headers), out var caller);
        if (answer is null)
        {
            answer = await Body(context, time) is { } body ? await signalling.Post(caller!, body, context.RequestAborted) : SignalAnswer.Bad;
        }

        if (answer.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        await new HttpViewer(context).Text(answer.Status, answer.IsJson ? "application/json" : "text/plain; charset=utf-8", answer.Text);
    });

    /// <summary>
    /// The page that signals is the platform's, or one that is configured: it is named, errors included, and no other page may
    /// read an answer. A preflight carries no token and is asked for none.
    /// </summary>
    public static void NameOrigin(HttpContext context, PeerOptions options)
    {
        var headers = context.Response.Headers;
        var asking = context.Request.Headers.Origin.ToString();
        headers.AccessControlAllowOrigin = options.Origins.Contains(asking, StringComparer.Ordinal) ? asking : PeerOptions.PlatformOrigin;
        headers.Vary = "Origin";
        headers.AccessControlAllowMethods = "POST, OPTIONS";
        headers.AccessControlAllowHeaders = "Content-Type, Authorization, Authentication";
        headers.AccessControlMaxAge = "600";
    }

    /// <summary>Whether a path is one of signalling.</summary>
    public static bool Is(PathString path) => path.Value?.StartsWith(Prefix, StringComparison.Ordinal) == true;

    /// <summary>
    /// Whether a request may have a body: a signalling POST of which there is one way to tell where it ends. That is its length, or
    /// chunks and nothing else; a request that says both is two requests to somebody (RFC 9112 section 6.1), and the server has put
    /// the length aside under another name by then. HTTP/2 has frames of its own.
    /// </summary>
    public static bool MayHaveBody(HttpRequest request) =>
        HttpMethods.IsPost(request.Method)
        && Is(request.Path)
        && request.Headers["X-Content-Length"].Count == 0
        && (request.ContentLength, request.Headers.TransferEncoding.Count) switch
        {
            ({ } length, 0) => length is >= 0 and <= SignalMessage.BodyLengthMax,
            (null, 0) => HttpProtocol.IsHttp2(request.Protocol) || HttpProtocol.IsHttp3(request.Protocol),
            (null, 1) => HttpProtocol.IsHttp11(request.Protocol) && string.Equals(request.Headers.TransferEncoding, "chunked", StringComparison.OrdinalIgnoreCase),
            _ => false,
        };

    /// <summary>Every token of the two headers; something else than a bearer's is an empty one.</summary>
    private static List<string> Tokens(IHeaderDictionary headers)
    {
        var tokens = new List<string>();
        foreach (var line in headers.Authorization.Concat(headers["Authentication"]))
        {
            tokens.Add(line?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true ? line[Bearer.Length..].Trim() : "");
        }

        return tokens;
    }

    /// <summary>All of it; null when it isn't JSON, is too long, empty, or does not come in time. What is held grows with what came.</summary>
    private static async Task<ReadOnlyMemory<byte>?> Body(HttpContext context, TimeProvider time)
    {
        if (context.Request.ContentType?.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        var (body, length) = (new byte[PieceLength], 0);
        using var deadline = new CancellationTokenSource(BodyWithin, time);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
        try
        {
            while (await context.Request.Body.ReadAsync(body.AsMemory(length), late.Token) is > 0 and var read)
            {
                length += read;
                if (length > SignalMessage.BodyLengthMax)
                {
                    return null;
                }

                if (length == body.Length)
                {
                    Array.Resize(ref body, Math.Min(2 * length, SignalMessage.BodyLengthMax + 1));
                }
            }

            return length == 0 ? null : body.AsMemory(0, length);
        }
        catch (Exception partial) when (partial is IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
