using HomeBridge.Sandbox.Faults;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>Sends an answer, as fast and as completely as it is to be sent.</summary>
internal static class UnitDelivery
{
    /// <summary>A poor network: noticed, but well within what a viewer waits.</summary>
    private static readonly TimeSpan LateBy = TimeSpan.FromMilliseconds(250);

    private const int SlowParts = 20;
    private static readonly TimeSpan BetweenSlowParts = TimeSpan.FromMilliseconds(500);

    public static async Task SendAsync(
        HttpContext http, UnitAnswer answer, MediaContainer container, FaultBoard faults, TimeProvider time)
    {
        if (answer.Delivery == Delivery.Never)
        {
            await faults.UntilClearedAsync(http.RequestAborted);
            http.Abort();
            return;
        }

        if (answer.Delivery == Delivery.Late)
            await Task.Delay(LateBy, time, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var response = http.Response;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
            response.Headers.Append(name, value);
        if (answer.Status != StatusCodes.Status200OK)
            return;
        response.ContentType = container is MediaContainer.Fmp4 ? "video/mp4" : "video/mp2t";
        response.ContentLength = answer.Body.Length;
        switch (answer.Delivery)
        {
            case Delivery.ResetMidway:
                var half = answer.Body.AsMemory(0, answer.Body.Length / 2);
                await response.Body.WriteAsync(half, http.RequestAborted);
                await response.Body.FlushAsync(http.RequestAborted);
                http.Abort();
                break;
            case Delivery.Slow:
                await SendSlowlyAsync(http, answer.Body, time);
                break;
            default:
                await response.Body.WriteAsync(answer.Body, http.RequestAborted);
                break;
        }
    }

    private static async Task SendSlowlyAsync(HttpContext http, byte[] body, TimeProvider time)
    {
        var part = (body.Length / SlowParts) + 1;
        try
        {
            for (var sent = 0; sent < body.Length; sent += part)
            {
                var bytes = body.AsMemory(sent, Math.Min(part, body.Length - sent));
                await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await Task.Delay(BetweenSlowParts, time, http.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The reader gave up, as it should.
        }
    }
}
