using System.Text;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.Faults;

/// <summary>Stands around every call of the maker's API and bends its answer when a fault is on.</summary>
internal sealed class CloudFaultFilter(
    FaultBoard faults, SandboxHomes homes, PreviousReply previous, TimeProvider time) : IEndpointFilter
{
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromMilliseconds(1200);

    public async ValueTask<object?> InvokeAsync(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var subjects = SubjectsOf(http);
        if (faults.Hits(CloudFaults.Error, subjects))
            return new CloudReply(StatusCodes.Status503ServiceUnavailable, null);
        var result = await next(context);
        if (result is not CloudReply made)
            return result;

        var reply = made with { AnswerTo = http.Request.Headers["Request-Id"] };

        var earlier = previous.Exchange(reply);
        if (faults.Hits(CloudFaults.ReplyDesync, subjects))
            return earlier;
        if (faults.Hits(CloudFaults.Garbage, subjects))
            return Results.Text("<html><body>Bad gateway</body></html>", "text/html", Encoding.UTF8);
        if (faults.Hits(CloudFaults.Slow, subjects))
        {
            await Task.Delay(SlowAnswer, time, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (faults.Hits(CloudFaults.Hang, subjects))
        {
            await faults.UntilClearedAsync(http.RequestAborted);
            http.Abort();
            return Results.Empty;
        }

        return reply;
    }

    private IReadOnlyList<SandboxDevice> SubjectsOf(HttpContext http)
    {
        if (http.Request.RouteValues["deviceId"] is string deviceId)
            return homes.Find(deviceId) is { } device ? [device] : [];
        return http.Request.RouteValues["accountId"] is string accountId
            ? homes.DevicesOf(accountId) ?? []
            : [];
    }
}

/// <summary>
/// The reply that a connection which lost its place would give next. Before the first call it is a
/// stranger's.
/// </summary>
internal sealed class PreviousReply(SandboxHomes homes)
{
    private CloudReply _reply = CloudReply.Of(
        new DeviceListMessage([.. homes.DevicesOf("hill")!.Take(8).Select(device => device.Describe())]));

    public CloudReply Exchange(CloudReply reply) => Interlocked.Exchange(ref _reply, reply);
}
