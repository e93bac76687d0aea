using System.Collections.Concurrent;
using HomeBridge.Sandbox.Display;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>requestSync: every home that is linked under the user is synced, at once or in the background.</summary>
internal sealed class RequestedSyncs(Graph graph, HomeSync sync, DisplaySessions sessions, IHostApplicationLifetime lifetime)
{
    /// <summary>Users whose turn has not come yet; asking again meanwhile changes nothing.</summary>
    private readonly ConcurrentDictionary<string, bool> _waiting = new(StringComparer.Ordinal);

    public async Task Run(string agentUserId, CancellationToken cancel)
    {
        var homes = graph.BeginSync(agentUserId);
        try
        {
            await SyncAll(homes, cancel);
        }
        finally
        {
            graph.EndSync(agentUserId);
        }
    }

    /// <summary>Whoever queues learns of no errors but that nobody is linked.</summary>
    public void Queue(string agentUserId)
    {
        graph.HomesOf(agentUserId);
        if (_waiting.TryAdd(agentUserId, true))
        {
            _ = RunQueued(agentUserId, lifetime.ApplicationStopping);
        }
    }

    private async Task RunQueued(string agentUserId, CancellationToken cancel)
    {
        await Task.Yield();
        _waiting.TryRemove(agentUserId, out _);
        try
        {
            await SyncAll(graph.HomesOf(agentUserId), cancel);
        }
        catch (Exception unheard) when (unheard is GraphException or OperationCanceledException)
        {
            // As at the platform: nobody is told.
        }
    }

    private async Task SyncAll(IReadOnlyList<LinkedHome> homes, CancellationToken cancel)
    {
        var failed = 0;
        foreach (var home in homes)
        {
            var outcome = await sync.Sync(home, cancel);
            if (outcome is IntentOutcome.LinkOver)
            {
                sessions.Forget(home);
            }

            failed += HomeSync.Listed(outcome) ? 0 : 1;
        }

        if (failed > 0)
        {
            throw GraphException.Internal("The fulfillment did not answer SYNC.");
        }
    }
}
