using HomeBridge.Sandbox.Display;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>One user of the integration: the linked homes that SYNC under this id, and the union of their devices.</summary>
internal sealed class AgentUser(string id)
{
    /// <summary>Events that are remembered, so that one that is sent again is told once.</summary>
    private const int EventsMax = 1000;

    private readonly Queue<string> _eventOrder = [];
    private readonly HashSet<string> _events = new(StringComparer.Ordinal);

    public string Id => id;

    /// <summary>Each home's devices, in the order of its last SYNC.</summary>
    public Dictionary<LinkedHome, IReadOnlyList<string>> Homes { get; } = [];

    public Dictionary<string, GraphDevice> Devices { get; } = new(StringComparer.Ordinal);

    /// <summary>A synchronous requestSync is under way; there may be one at a time.</summary>
    public bool Syncing { get; set; }

    /// <summary>What no home has any more is gone, with its states.</summary>
    public void DropUnlisted()
    {
        var listed = Homes.Values.SelectMany(ids => ids).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in Devices.Keys.Where(device => !listed.Contains(device)).ToList())
        {
            Devices.Remove(gone);
        }
    }

    /// <summary>True the first time.</summary>
    public bool IsNew(string eventId)
    {
        if (!_events.Add(eventId))
        {
            return false;
        }

        _eventOrder.Enqueue(eventId);
        if (_eventOrder.Count > EventsMax)
        {
            _events.Remove(_eventOrder.Dequeue());
        }

        return true;
    }
}
