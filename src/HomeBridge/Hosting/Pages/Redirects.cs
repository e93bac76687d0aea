namespace HomeBridge.Hosting.Pages;

/// <summary>303, so that what follows a form is a GET (RFC 9700 section 4.12), and never stored.</summary>
internal sealed class Redirects(string location) : IResult
{
    public static IResult SeeOther(string location) => new Redirects(location);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        PageHeaders.Set(httpContext.Response.Headers);
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = location;
        return Task.CompletedTask;
    }
}
