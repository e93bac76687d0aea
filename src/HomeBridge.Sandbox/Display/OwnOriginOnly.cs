namespace HomeBridge.Sandbox.Display;

/// <summary>
/// For what is only read, by our own page, in an address bar or with curl: a stranger's page gets nothing. Browsers say
/// where a request comes from, and the address itself is checked for all.
/// </summary>
internal sealed class OwnOriginOnly : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var site = context.HttpContext.Request.Headers["Sec-Fetch-Site"];
        return site.Count == 0 || site == "same-origin" || site == "none"
            ? next(context)
            : ValueTask.FromResult<object?>(Results.StatusCode(StatusCodes.Status403Forbidden));
    }
}
