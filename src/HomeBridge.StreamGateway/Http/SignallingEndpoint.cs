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

    public static void MapSignalling(this WebApplication app) => app.MapPost(Prefix + "{ticket}", async (string ticket, Signalling signalling, HttpContext context) =>
    {
        var answer = await Body(context) is { } body
            ? await signalling.Post(ticket, Tokens(context.Request.Headers), body, context.RequestAborted)
            : SignalAnswer.Bad;
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

    /// <summary>Whether a request may have a body: a signalling POST that says how long it is.</summary>
    public static bool MayHaveBody(HttpRequest request) =>
        HttpMethods.IsPost(request.Method)
        && Is(request.Path)
        && request.ContentLength is >= 0 and <= SignalMessage.BodyLengthMax
        && request.Headers.TransferEncoding.Count == 0;

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

    /// <summary>All of it, or null when it isn't JSON, has no length, or does not come in time.</summary>
    private static async Task<byte[]?> Body(HttpContext context)
    {
        if (context.Request.ContentType?.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase) != true
            || context.Request.ContentLength is not > 0)
        {
            return null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = SignalMessage.BodyLengthMax;
        }

        var body = new byte[(int)context.Request.ContentLength.Value];
        using var late = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        late.CancelAfter(BodyWithin);
        try
        {
            await context.Request.Body.ReadExactlyAsync(body, late.Token);
            return body;
        }
        catch (Exception partial) when (partial is IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
