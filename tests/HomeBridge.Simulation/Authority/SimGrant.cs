using HomeBridge.Simulation.Makers;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Simulation.Authority;

/// <summary>A resident's link of one platform. A new one after an unlink is another link.</summary>
internal sealed record SimLink(string Id, int Home, string Platform)
{
    public bool Active { get; set; } = true;

    /// <summary>Devices that the resident ticked.</summary>
    public HashSet<int> Bound { get; } = [];
}

/// <summary>What one viewer may see, as the bridge recorded it.</summary>
internal sealed class SimGrant(int number, GrantId id, SimLink link, SimCamera camera, TimeSpan expiresAt, uint key)
{
    public int Number { get; } = number;

    public GrantId Id { get; } = id;

    public SimLink Link { get; } = link;

    public SimCamera Camera { get; } = camera;

    /// <summary>Its ticket's end, in the world's time.</summary>
    public TimeSpan ExpiresAt { get; } = expiresAt;

    /// <summary>Which key signed its ticket.</summary>
    public uint Key { get; } = key;

    public TimeSpan? RedeemedAt { get; set; }

    /// <summary>Where the revocation log stood at the bridge's last look.</summary>
    public int SeenRevocations { get; set; }

    public bool Ended { get; set; }

    /// <summary>What the oracle found out by watching.</summary>
    public Observed Seen { get; } = new();

    internal sealed class Observed
    {
        public bool Opened { get; set; }

        /// <summary>Why nothing may be released any more, if so.</summary>
        public string? Cut { get; set; }

        public string? Session { get; set; }

        public int Entries { get; set; }

        public TimeSpan FirstEntry { get; set; }

        public TimeSpan RenewedAt { get; set; }

        public Dictionary<long, int> Deliveries { get; } = [];
    }
}
