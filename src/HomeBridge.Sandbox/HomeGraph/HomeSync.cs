using System.Runtime.CompilerServices;
using System.Text.Json;
using HomeBridge.Sandbox.Display;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>
/// SYNC as the platform does it: the graph takes over the list, and a QUERY fills in the states of devices that it did
/// not know. From then on only reports change what is stored.
/// </summary>
internal sealed class HomeSync(Graph graph, BridgeFulfillment bridge, IHostApplicationLifetime lifetime)
{
    /// <summary>Devices in one QUERY: a large home answers in time.</summary>
    private const int QueryMax = 100;

    /// <summary>One SYNC of a home at a time: an older list must not come after a newer one.</summary>
    private readonly ConditionalWeakTable<LinkedHome, SemaphoreSlim> _turns = [];

    public async Task<IntentOutcome> Sync(LinkedHome home, CancellationToken cancel)
    {
        var turn = _turns.GetValue(home, static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancel);
        try
        {
            var outcome = await bridge.Sync(home, cancel);
            if (outcome is IntentOutcome.Answered { Payload: { } payload })
            {
                Take(home, JsonSerializer.SerializeToElement(payload));
            }

            return outcome;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Whether an answer to SYNC is one that a home can be taken over from.</summary>
    public static bool Listed(IntentOutcome outcome) => outcome is IntentOutcome.Answered { Payload: { } payload }
        && payload["errorCode"] is null && payload["agentUserId"] is not null;

    private void Take(LinkedHome home, JsonElement payload)
    {
        if (payload.ValueKind != JsonValueKind.Object
            || payload.TryGetProperty("errorCode", out _)
            || !payload.TryGetProperty("agentUserId", out var user) || user.ValueKind != JsonValueKind.String
            || !payload.TryGetProperty("devices", out var devices) || devices.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        var agentUserId = user.GetString()!;
        var unknown = graph.Take(home, agentUserId, [.. devices.EnumerateArray().Select(GraphDevice.Read).OfType<GraphDevice>()]);
        if (unknown.Count > 0)
        {
            // On its own: who asked for the list need not wait for the states.
            _ = Fill(home, agentUserId, unknown, lifetime.ApplicationStopping);
        }
    }

    private async Task Fill(LinkedHome home, string agentUserId, IReadOnlyList<UnknownStates> unknown, CancellationToken cancel)
    {
        try
        {
            foreach (var some in unknown.Chunk(QueryMax))
            {
                var outcome = await bridge.Query(home, some.Select(asked => asked.Device), cancel);
                var states = outcome is IntentOutcome.Answered { Payload: { } payload } ? payload["devices"] : null;
                foreach (var asked in some)
                {
                    graph.Fill(agentUserId, asked, JsonSerializer.SerializeToElement(states?[asked.Device]));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The display stops.
        }
    }
}
