using System.Diagnostics;

namespace HomeBridge.Hosting;

/// <summary>
/// The last net: a throw becomes a short 500 with a trace id, a caller's broken request the 4xx that it deserves. No
/// stack trace leaves.
/// </summary>
internal sealed class BrokenRequests(RequestDelegate next, ILogger<BrokenRequests> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException broken) when (!context.Response.HasStarted)
        {
            await Answer(context, broken.StatusCode, broken.StatusCode == StatusCodes.Status413PayloadTooLarge ? "too large\n" : "bad request\n");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went away.
        }
        catch (Exception busy) when (BatchWriter.IsOverload(busy) && !context.Response.HasStarted)
        {
            await Answer(context, StatusCodes.Status503ServiceUnavailable, "busy, try again in a moment\n", BatchWriter.RetryAfter);
        }
        catch (Exception bug) when (!context.Response.HasStarted)
        {
            var trace = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
            log.LogError(bug, "A request failed, trace {Trace}", trace);
            await Answer(context, StatusCodes.Status500InternalServerError, $"something went wrong here, trace {trace}\n");
        }
    }

    private static Task Answer(HttpContext context, int status, string text, string? retryAfter = null)
    {
        context.Response.Clear();
        context.Response.Headers.RetryAfter = retryAfter;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text);
    }
}
