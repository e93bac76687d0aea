namespace HomeBridge.Sandbox.Display;

/// <summary>
/// Our own page and no other. A stranger's page can make a browser send our cookie, but not this header without asking
/// first, and nobody here says yes; browsers that tell where a request comes from are held to it.
/// </summary>
internal sealed class OwnPageOnly : IEndpointFilter
{
    private const string Header = "X-Display";

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Request.Headers;
        var site = headers["Sec-Fetch-Site"];
        return headers[Header] == "1" && (site.Count == 0 || site == "same-origin")
            ? next(context)
            : ValueTask.FromResult<object?>(Results.StatusCode(StatusCodes.Status403Forbidden));
    }
}
