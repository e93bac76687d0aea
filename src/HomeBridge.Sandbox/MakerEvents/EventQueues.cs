using System.Text.Json.Nodes;
using System.Threading.Channels;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.MakerEvents;

/// <summary>
/// What the maker has to tell, in order for each home. A device keeps to the queue of its first home, so that its story
/// stays in order when it moves.
/// </summary>
internal sealed class EventQueues(SandboxCloudOptions options, TimeProvider time)
{
    /// <summary>Events that wait while the bridge is away; beyond it the oldest ones are lost.</summary>
    public const int WaitingMax = 20_000;

    /// <summary>Events that <c>GET /sandbox/events</c> looks back on.</summary>
    private const int ToldMax = 500;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _sequences = new(StringComparer.Ordinal);
    private readonly Queue<ToldEvent> _told = new();
    private readonly Dictionary<string, Channel<EventMessage>> _queues = SandboxHomes.Accounts.Concat(SandboxHomes.CanaryAccounts).ToDictionary(
        account => account,
        _ => Channel.CreateBounded<EventMessage>(new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropOldest }),
        StringComparer.Ordinal);

    public IEnumerable<(string Account, ChannelReader<EventMessage> Events)> All =>
        _queues.Select(queue => (queue.Key, queue.Value.Reader));

    public int Waiting => _queues.Values.Sum(queue => queue.Reader.Count);

    public IReadOnlyList<ToldEvent> Told
    {
        get
        {
            lock (_gate)
                return [.. _told];
        }
    }

    /// <summary>The caller holds the device's gate, so that states and numbers go together.</summary>
    public void StateChanged(SandboxDevice device)
    {
        var state = device.Read();
        Add(device, "stateChanged", told => told with { Online = state.Online, States = state.States });
    }

    public void Moved(SandboxDevice device, string from, string to) =>
        Add(device, "deviceMoved", told => told with { AccountId = from, ToAccountId = to });

    public void Pressed(SandboxDevice device, JsonObject? objects) =>
        Add(device, "cameraPressed", told => told with { Objects = objects });

    public void Notified(SandboxDevice device, JsonObject notifications) =>
        Add(device, "notification", told => told with { Notifications = notifications });

    public void FollowedUp(SandboxDevice device, FollowUp followUp) => Notified(device, new()
    {
        [followUp.Trait] = new JsonObject { ["priority"] = 0, ["followUpResponse"] = followUp.Payload },
    });

    /// <summary><c>deviceAdded</c>, <c>deviceRemoved</c> or <c>deviceChanged</c>: the bridge asks for the rest.</summary>
    public void Listed(SandboxDevice device, string kind) => Add(device, kind, told => told);

    public void Closed(string account)
    {
        if (options.Events is not null)
            _queues[account].Writer.TryWrite(New("accountClosed", account));
    }

    public void Sent(IEnumerable<ToldEvent> events)
    {
        lock (_gate)
        {
            foreach (var told in events)
                _told.Enqueue(told);
            while (_told.Count > ToldMax)
                _told.Dequeue();
        }
    }

    private void Add(SandboxDevice device, string kind, Func<EventMessage, EventMessage> more)
    {
        if (options.Events is null)
            return;
        lock (_gate)
        {
            // Grows over a restart too: a clock is behind it.
            var sequence = Math.Max(
                _sequences.GetValueOrDefault(device.Id) + 1, time.GetUtcNow().ToUnixTimeMilliseconds());
            _sequences[device.Id] = sequence;
            var told = New(kind, device.Home) with { DeviceId = device.Id, Sequence = sequence, Subject = device };
            _queues[device.FirstHome].Writer.TryWrite(more(told));
        }
    }

    private EventMessage New(string kind, string account) => new()
    {
        EventId = Guid.NewGuid().ToString("N"),
        Kind = kind,
        AccountId = account,
        OccurredAt = time.GetUtcNow().UtcDateTime,
    };
}
