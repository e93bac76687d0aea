using HomeBridge.Sandbox.Incidents;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>One replay of an incident.</summary>
internal sealed class Play(PublishedIncident incident) : IAsyncDisposable
{
    public string Id { get; } = Secrets.New();

    public PublishedIncident Incident => incident;

    /// <summary>When the fault came, by the monotonic clock.</summary>
    public long? BrokenAt { get; set; }

    public DateTimeOffset? BrokenSince { get; set; }

    public Seat Naive { get; set; } = new(null, null);

    public Seat Ours { get; set; } = new(null, null);

    /// <summary>When the bridge gave no seat.</summary>
    public long? OursRefusedAt { get; set; }

    public Witness? NaiveWitness { get; set; }

    public Witness? OursWitness { get; set; }

    /// <summary>The stranger, who watches their own camera.</summary>
    public Witness? Neighbour { get; set; }

    public async Task EndViewing()
    {
        foreach (var witness in (Witness?[])[NaiveWitness, OursWitness])
        {
            if (witness is not null)
            {
                await witness.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndViewing();
        if (Neighbour is not null)
        {
            await Neighbour.DisposeAsync();
        }
    }
}
