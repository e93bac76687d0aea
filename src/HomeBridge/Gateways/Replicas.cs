using System.Collections.Concurrent;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Feed;
using HomeBridge.Suspensions;

namespace HomeBridge.Gateways;

/// <summary>What one process has applied.</summary>
/// <param name="Name">The bridge's or gateway's name.</param>
/// <param name="Kind"><c>bridge</c> or <c>gateway</c>.</param>
/// <param name="Version">The suspension version that it has applied.</param>
/// <param name="Live">Its feed is open. One that lost it has closed its cameras by itself, 3 s later at the latest.</param>
/// <param name="StreamsRunning">Streams that it redeemed and whose end it did not report.</param>
/// <param name="SelfProbe">A gateway's last look at itself through its public URL; null for a bridge, and until it told.</param>
internal sealed record ReplicaStatus(
    string Name, string Kind, long Version, bool Live, int StreamsRunning, SelfProbeReport? SelfProbe);

/// <summary>How one process confirmed one version.</summary>
/// <param name="Name">The bridge's or gateway's name.</param>
/// <param name="AppliedMs">Milliseconds from the raise to the confirmation; null when it did not confirm in time.</param>
/// <param name="StreamsCut">Sessions that it ended; null until it confirmed.</param>
/// <param name="StreamsLeft">Sessions that the suspension covers and that still run; null until it confirmed.</param>
internal sealed record ReplicaConfirmation(string Name, double? AppliedMs, int? StreamsCut, int? StreamsLeft);

/// <summary>
/// Who follows the switch, and what each has confirmed. A switch that is sent is not a switch that is applied: raising
/// answers with these.
/// </summary>
internal sealed class Replicas(SuspensionBoard board, StreamGrants grants, BridgeIdentity identity, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Gateway> _gateways = new(StringComparer.Ordinal);
    private readonly Signal _confirmed = new();

    public IReadOnlyList<ReplicaStatus> All
    {
        get
        {
            var running = grants.RunningByGateway();
            return
            [
                new ReplicaStatus(identity.Name, "bridge", board.Current.Version, Live: true, StreamsRunning: 0, SelfProbe: null),
                .. _gateways.Values.OrderBy(gateway => gateway.Name, StringComparer.Ordinal).Select(gateway => new ReplicaStatus(
                    gateway.Name, "gateway", gateway.Version, gateway.Feeds > 0, running.GetValueOrDefault(gateway.Name), gateway.SelfProbe)),
            ];
        }
    }

    public void Connected(string name) => Interlocked.Increment(ref For(name).Feeds);

    public void Disconnected(string name) => Interlocked.Decrement(ref For(name).Feeds);

    public void Probed(string name, SelfProbeReport found) => For(name).SelfProbe = found;

    public void Acknowledged(string name, FeedAcknowledgement acknowledgement)
    {
        var gateway = For(name);
        lock (gateway)
        {
            gateway.StreamsLeft = acknowledgement.StreamsLeft;
            if (acknowledgement.Version > gateway.Version)
            {
                gateway.Version = acknowledgement.Version;
                gateway.StreamsCut = acknowledgement.StreamsCut;
                gateway.At = time.GetTimestamp();
            }
        }

        _confirmed.Raise();
    }

    /// <summary>Waits until every live process has applied a version, or for the given time.</summary>
    public async Task<IReadOnlyList<ReplicaConfirmation>> WaitFor(long version, long raisedAt, TimeSpan atMost, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(atMost);
        while (true)
        {
            var next = _confirmed.Next;
            if (_gateways.Values.All(gateway => gateway.Feeds == 0 || gateway.Version >= version))
            {
                break;
            }

            await next.WaitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (deadline.IsCancellationRequested)
            {
                break;
            }
        }

        // The board of this process was published before the raise returned.
        return
        [
            new ReplicaConfirmation(identity.Name, 0, 0, 0),
            .. _gateways.Values.OrderBy(gateway => gateway.Name, StringComparer.Ordinal).Select(gateway => Confirmation(gateway, version, raisedAt)),
        ];
    }

    private ReplicaConfirmation Confirmation(Gateway gateway, long version, long raisedAt)
    {
        lock (gateway)
        {
            return gateway.Version < version
                ? new ReplicaConfirmation(gateway.Name, null, null, null)
                : new ReplicaConfirmation(
                    gateway.Name, Math.Round(time.GetElapsedTime(raisedAt, gateway.At).TotalMilliseconds, 1), gateway.StreamsCut, gateway.StreamsLeft);
        }
    }

    private Gateway For(string name) => _gateways.GetOrAdd(name, static name => new Gateway(name));

    private sealed class Gateway(string name)
    {
        public string Name { get; } = name;

        public int Feeds;

        public volatile SelfProbeReport? SelfProbe;

        public long Version { get; set; }

        public long At { get; set; }

        public int StreamsCut { get; set; }

        public int StreamsLeft { get; set; }
    }
}
