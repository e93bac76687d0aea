using System.Text;

namespace HomeBridge.Hosting.Pages;

/// <summary>
/// A whole page with the headers that every page of ours has: not stored, not framed, no referrer, and no script unless the
/// page says so, then only from a file of ours.
/// </summary>
internal sealed class Page(string title, Html body, int status = StatusCodes.Status200OK) : IResult
{
    /// <summary>The style sheet of all pages.</summary>
    public const string StylePath = "/assets/homebridge.css";

    /// <summary>
    /// Origins that a form may end up at besides ours. Browsers hold redirects after a form to this list too.
    /// </summary>
    public IReadOnlyList<string> FormTargets { get; init; } = [];

    /// <summary>What it is written in; English unless said.</summary>
    public Languages.Language Language { get; init; } = Languages.Languages.English;

    /// <summary>What stands in its head besides.</summary>
    public Html Head { get; init; } = Html.Empty;

    /// <summary>Whether script files of ours may run, and ask us.</summary>
    public bool HasScript { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        PageHeaders.Set(response.Headers);
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; style-src 'self'; img-src 'self' data:; {(HasScript ? "script-src 'self'; connect-src 'self'; " : "")}base-uri 'none'; "
            + $"frame-ancestors 'none'; form-action 'self' {string.Join(' ', FormTargets)}";

        var html = Html.Of($"""
            <!doctype html>
            <html lang="{Language.Name}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <link rel="stylesheet" href="{StylePath}">
            <link rel="icon" href="data:,">
            {Head}
            </head>
            <body>
            {body}
            </body>
            </html>

            """);
        return response.WriteAsync(html.Text, Encoding.UTF8, httpContext.RequestAborted);
    }

    public static void MapStyle(IEndpointRouteBuilder endpoints)
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("HomeBridge.Hosting.Pages.homebridge.css")!);
        var css = reader.ReadToEnd();
        endpoints.MapGet(StylePath, (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "public, max-age=300";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return Results.Text(css, "text/css");
        });
    }
}

/// <summary>The headers of answers that are for one person only.</summary>
internal static class PageHeaders
{
    public static void Set(IHeaderDictionary headers)
    {
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
    }
}
