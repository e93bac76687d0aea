namespace HomeBridge.OpsConsole;

/// <summary>
/// What may stand behind the <c>?</c> of an ops call that acts, or that answers for a part: a misspelt <c>dry_run</c> would act, and
/// a misspelt <c>device</c> would answer for all. A call that acts and has none of these takes no parameters.
/// </summary>
internal sealed record KnownParameters(params string[] Names)
{
    public static async ValueTask<object?> Refuse(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var request = call.HttpContext.Request;
        var known = call.HttpContext.GetEndpoint()?.Metadata.GetMetadata<KnownParameters>();
        if (known is null && HttpMethods.IsGet(request.Method))
        {
            return await next(call);
        }

        string[] names = known?.Names ?? [];
        return request.Query.Keys.FirstOrDefault(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown
            ? OpsApi.Wrong($"Nothing was done: there is no parameter '{unknown}' here. {(names.Length == 0 ? "What this call takes stands in its body." : $"There is: {string.Join(", ", names)}.")}")
            : await next(call);
    }
}
