using HomeBridge.Simulation.Clock;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Simulation.Authority;

/// <summary>
/// The feed between the bridge and the gateway: a line when something changed or a heartbeat is due, in order, late, and
/// at times not at all. A gateway that hears nothing for a second connects again where it was.
/// </summary>
internal sealed class SimFeed(World world)
{
    /// <summary>As the feed's reader has it.</summary>
    private static readonly TimeSpan SilenceMax = 4 * GatewayTiming.Heartbeat;

    /// <summary>One for all worlds: a signature tells nothing of what a world does.</summary>
    public static SnapshotSigner Signer { get; } = SnapshotSigner.New();

    private TaskCompletionSource _changed = new();
    private long _silentUntil;
    private bool _lost = true;
    private bool _reset;
    private long _cursor;
    private int _keysTold;
    private SuspensionSnapshot? _told;

    private Clockwork Clock => world.Clock;

    public void Changed() => _changed.TrySetResult();

    /// <summary>Nothing comes through for a while.</summary>
    public void Silence(TimeSpan time)
    {
        _silentUntil = Clock.GetTimestamp() + time.Ticks;
        _lost = true;
        world.Log.Add(Happening.FeedLost, time.Ticks);
    }

    /// <summary>The bridge can't say what ended: the next line says so.</summary>
    public void Reset()
    {
        _reset = true;
        Changed();
    }

    public async Task Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (_lost)
            {
                // The gateway notices the silence, then the network has to be there.
                if (world.Gateway.Cursor is not null)
                {
                    await Clock.Wait(SilenceMax, stop);
                }

                while (Clock.GetTimestamp() < _silentUntil && !stop.IsCancellationRequested)
                {
                    await Clock.Wait(TimeSpan.FromMilliseconds(100), stop);
                }

                _lost = false;
                _cursor = world.Gateway.Cursor ?? world.Bridge.Revocations.Count;
                _told = null;
                _keysTold = 0;
            }

            _changed = new TaskCompletionSource();
            var message = Compose();
            await Clock.Wait(world.Dice.Seconds(0.001, 0.03), stop);
            if (!_lost && !stop.IsCancellationRequested)
            {
                world.Gateway.Hear(message);
                world.Oracle.Heard(message);
                world.Log.Add(Happening.FeedHeard, message.Version, message.Cursor);
                var heartbeat = Clock.Wait(GatewayTiming.Heartbeat, stop);
                await Task.WhenAny(_changed.Task, heartbeat);
            }
            else
            {
                _reset |= message.Reset;
            }
        }
    }

    private FeedMessage Compose()
    {
        var bridge = world.Bridge;
        var revocations = bridge.Revocations[(int)_cursor..];
        _cursor = bridge.Revocations.Count;
        var suspensions = _told is null || _told.Version != bridge.Version ? bridge.Suspensions : null;
        _told = suspensions ?? _told;
        world.Oracle.Composed(suspensions);
        var ring = bridge.Keys[0].PublicKey.Id.GetHashCode() + bridge.Keys.Count;
        var keys = ring != _keysTold;
        _keysTold = ring;
        var reset = _reset;
        _reset = false;
        return new FeedMessage
        {
            Version = bridge.Version,
            Cursor = _cursor,
            Suspensions = suspensions is null ? null : Signer.Sign(new NumberedSnapshot(1, suspensions)),
            Echo = world.Gateway.Beat(),
            TicketKeys = keys ? [.. bridge.Keys.Select(key => new TicketKeyMessage(Convert.ToBase64String(key.PublicKey.SubjectPublicKeyInfo)))] : null,
            Revocations = revocations.Count == 0 ? null : [.. revocations],
            Reset = reset,
        };
    }
}
