using System.Text.Json;
using HomeBridge.Gateways;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>
/// How a suspension gets through, live, as server-sent events: <c>replica</c> for each process that has applied it or has
/// fenced itself, <c>streams</c> while some are left, <c>confirmed</c> at the end, or <c>timeout</c>.
/// </summary>
internal static class PropagationApi
{
    /// <summary>A switch that isn't confirmed by then is an incident, not a matter of waiting.</summary>
    private static readonly TimeSpan WatchedFor = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    /// <summary>So that something in between does not take the silence for the end.</summary>
    private static readonly TimeSpan SaidEvery = TimeSpan.FromSeconds(10);

    public static void MapPropagation(this IEndpointRouteBuilder api) =>
        api.MapGet("/suspensions/{id}/propagation", async (string id, HttpContext context, SuspensionStore store, Replicas replicas, TimeProvider time, IHostApplicationLifetime lifetime) =>
        {
            if (store.Find(id) is not { } suspension)
            {
                return Results.Problem($"There is no suspension '{id}'.", statusCode: StatusCodes.Status404NotFound);
            }

            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            try
            {
                await Follow(suspension, context.Response, replicas, time, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // Whoever looked has seen enough, or the bridge stops.
            }

            return Results.Empty;
        });

    private static async Task Follow(Suspension suspension, HttpResponse response, Replicas replicas, TimeProvider time, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var raisedAt = started - (long)((time.GetUtcNow() - suspension.RaisedAt).TotalSeconds * time.TimestampFrequency);
        var told = new Dictionary<string, ReplicaConfirmation>(StringComparer.Ordinal);
        int? leftBefore = null;
        var saidAt = started;
        while (true)
        {
            var next = replicas.Next;
            var all = replicas.Confirmations(suspension.Version, raisedAt);
            foreach (var one in all.Where(one => (one.AppliedMs is not null || one.SelfFenced) && !IsTold(told.GetValueOrDefault(one.Name), one)))
            {
                told[one.Name] = one;
                await Say(response, "replica", one, cancel);
                saidAt = time.GetTimestamp();
            }

            var waiting = all.Where(one => one.AppliedMs is null && !one.SelfFenced).Select(one => one.Name).ToArray();
            var left = all.Where(one => !one.SelfFenced).Sum(one => one.StreamsLeft ?? 0);
            if (left > 0 && left != leftBefore)
            {
                await Say(response, "streams", new { Left = left }, cancel);
                saidAt = time.GetTimestamp();
            }

            leftBefore = left;
            if (waiting.Length == 0 && left == 0)
            {
                await Say(response, "confirmed", End(all, left, waiting), cancel);
                return;
            }

            if (time.GetElapsedTime(started) > WatchedFor)
            {
                await Say(response, "timeout", End(all, left, waiting), cancel);
                return;
            }

            if (time.GetElapsedTime(saidAt) > SaidEvery)
            {
                await response.WriteAsync(": still waiting\n\n", cancel);
                await response.Body.FlushAsync(cancel);
                saidAt = time.GetTimestamp();
            }

            await next.WaitAsync(LookAgain, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private static bool IsTold(ReplicaConfirmation? before, ReplicaConfirmation now) =>
        before is not null && (before.AppliedMs is null) == (now.AppliedMs is null) && before.SelfFenced == now.SelfFenced;

    private static object End(IReadOnlyList<ReplicaConfirmation> all, int left, string[] waiting) => new
    {
        Confirmed = all.Count(one => one.AppliedMs is not null && !one.SelfFenced),
        Of = all.Count,
        SelfFenced = all.Where(one => one.SelfFenced).Select(one => one.Name),
        Waiting = waiting,
        StreamsCut = all.Sum(one => one.StreamsCut ?? 0),
        StreamsLeft = left,
        SlowestMs = all.Max(one => one.AppliedMs),
    };

    private static async Task Say<T>(HttpResponse response, string name, T data, CancellationToken cancel)
    {
        await response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data, OpsJson.Options)}\n\n", cancel);
        await response.Body.FlushAsync(cancel);
    }
}
