namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>What became of a device's last commands. The caller holds the device's gate.</summary>
internal sealed class RecentCommands
{
    /// <summary>A bridge retries within seconds; by then a device has not had this many others.</summary>
    private const int Remembered = 64;

    private readonly Dictionary<string, CommandOutcomeMessage> _outcomes = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public CommandOutcomeMessage? Find(string commandId) => _outcomes.GetValueOrDefault(commandId);

    public void Remember(string commandId, CommandOutcomeMessage outcome)
    {
        if (_order.Count == Remembered)
            _outcomes.Remove(_order.Dequeue());
        _outcomes.Add(commandId, outcome);
        _order.Enqueue(commandId);
    }
}
