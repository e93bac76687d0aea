using System.Text.Json;
using HomeBridge.Sandbox.HomeGraph;

namespace HomeBridge.Sandbox.Display;

/// <summary>
/// Server-sent events for one page that looks at one home: the list of devices with their states, then whatever changes.
/// A page that comes back gets the whole of it first, so nothing that it missed stays wrong.
/// </summary>
internal static class HomeStream
{
    /// <summary>Pages at one time, of all browsers.</summary>
    private const int StreamsMax = 200;

    /// <summary>The page takes twice and a half of it without a word for a broken connection.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>What changes together is told together.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    public static async Task Answer(
        string home, HttpContext context, DisplaySessions sessions, Graph graph, StreamCount streams, TimeProvider time,
        IHostApplicationLifetime lifetime)
    {
        if (!sessions.TryFind(context, out var session) || session.Home(home) is not { } linked)
        {
            await Results.Json(new { home, problem = "notLinked" }, statusCode: StatusCodes.Status404NotFound).ExecuteAsync(context);
            return;
        }

        if (!streams.TryEnter(StreamsMax))
        {
            await Results.Json(new { home, problem = "deviceBusy" }, statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
            return;
        }

        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var watch = graph.Watch(linked);
        try
        {
            context.Response.ContentType = "text/event-stream";
            await Tell(context.Response, session, watch, graph, time, until.Token);
        }
        catch (OperationCanceledException)
        {
            // The page is gone, or the display stops.
        }
        finally
        {
            graph.Unwatch(watch);
            streams.Leave();
        }
    }

    private static async Task Tell(HttpResponse response, DisplaySession session, GraphWatch watch, Graph graph, TimeProvider time, CancellationToken cancel)
    {
        while (true)
        {
            if (!await watch.Wait(Heartbeat, cancel))
            {
                session.LastUsed = time.GetUtcNow();
                await response.WriteAsync(":\n\n", cancel);
                continue;
            }

            await Task.Delay(Gather, cancel);
            var changes = graph.Changes(watch);
            if (changes.Over)
            {
                await Write(response, "over", new { home = watch.Home.Id }, cancel);
                return;
            }

            if (changes.List && graph.Shown(watch.Home) is { } devices)
            {
                await Write(response, "devices", new { home = watch.Home.Id, devices }, cancel);
            }
            else if (changes.Devices.Count > 0)
            {
                await Write(response, "states", new { home = watch.Home.Id, states = graph.States(watch.Home, changes.Devices) }, cancel);
            }

            foreach (var notice in changes.Notices)
            {
                await Write(response, "notice", new { home = watch.Home.Id, notice }, cancel);
            }
        }
    }

    private static Task Write(HttpResponse response, string name, object data, CancellationToken cancel) =>
        response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data, JsonSerializerOptions.Web)}\n\n", cancel);
}

/// <summary>How many streams there are.</summary>
internal sealed class StreamCount
{
    private int _open;

    public bool TryEnter(int max)
    {
        if (Interlocked.Increment(ref _open) <= max)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
