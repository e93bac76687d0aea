using System.Collections.Immutable;
using System.Text.Json;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Gateways;

/// <summary>
/// The other bridges on this database and the gateways that follow them, as they tell it themselves. A bridge of which nothing
/// is heard is fenced, and its word about its gateways counts no more.
/// </summary>
internal sealed class OtherBridges(ReplicaRoll roll, TimeProvider time, ILogger<OtherBridges> log)
{
    private ImmutableDictionary<string, Known> _known = ImmutableDictionary<string, Known>.Empty;

    /// <summary>As of the last look, by name.</summary>
    public IReadOnlyList<ReplicaStatus> Bridges =>
        [.. InOrder.Select(one => one.News.Bridge with { Live = !IsFenced(one), SelfFenced = IsFenced(one) || one.News.Bridge.SelfFenced, HeardMs = (long)one.Row.Silent.TotalMilliseconds })];

    private IEnumerable<Known> InOrder => _known.Values.OrderBy(one => one.Row.Name, StringComparer.Ordinal);

    /// <summary>Takes in what the roll says now.</summary>
    public void Look()
    {
        var (before, now) = (_known, time.GetTimestamp());
        var after = ImmutableDictionary.CreateBuilder<string, Known>(StringComparer.Ordinal);
        foreach (var row in roll.Others)
        {
            if (before.GetValueOrDefault(row.Run) is { } known && known.Row.Says == row.Says)
            {
                after[row.Run] = known with { Row = row };
                continue;
            }

            try
            {
                after[row.Run] = Take(row, JsonSerializer.Deserialize<BridgeNews>(row.Says)!, before.GetValueOrDefault(row.Run), now);
            }
            catch (JsonException unreadable)
            {
                // One that is newer than this.
                log.LogWarning("What the bridge {Name} says of itself can't be read here ({Reason})", row.Name, unreadable.Message);
            }
        }

        _known = after.ToImmutable();
    }

    /// <summary>
    /// Gateways that follow this bridge, and those that follow others. Of one that is known at several, which it left, the word of
    /// the bridge counts that it follows now.
    /// </summary>
    public IEnumerable<ReplicaStatus> With(IReadOnlyList<ReplicaStatus> here) =>
        here.Concat(InOrder.SelectMany(bridge => bridge.News.Gateways.Select(gateway => gateway.Status with
        {
            Name = NameOf(bridge, gateway.Status.Name),
            Live = gateway.Status.Live && !IsFenced(bridge),
            SelfFenced = gateway.Status.SelfFenced || IsFenced(bridge),
            HeardMs = gateway.Status.HeardMs + (long)bridge.Row.Silent.TotalMilliseconds,
        })))
        .GroupBy(gateway => gateway.Name, StringComparer.Ordinal)
        .Select(same => same.OrderBy(gateway => gateway.SelfFenced).ThenByDescending(gateway => gateway.Live).ThenBy(gateway => gateway.HeardMs).First())
        .OrderBy(gateway => gateway.Name, StringComparer.Ordinal);

    /// <summary>The same of their confirmations: whoever confirmed counts, wherever that was heard.</summary>
    public IEnumerable<ReplicaConfirmation> With(
        IReadOnlyList<ReplicaConfirmation> here, long version, long raisedAt, (long Epoch, long Floor) numbering) =>
        here.Concat(InOrder.SelectMany(bridge => bridge.Gateways.Values.Select(gateway =>
            gateway.Of(version, raisedAt, numbering, IsFenced(bridge) || bridge.IsFencedThere(gateway.Name), time) with { Name = NameOf(bridge, gateway.Name) })))
        .GroupBy(one => one.Name, StringComparer.Ordinal)
        .Select(same => same.OrderBy(one => one.AppliedMs is null).ThenBy(one => one.SelfFenced).First())
        .OrderBy(one => one.Name, StringComparer.Ordinal);

    public IEnumerable<ReplicaConfirmation> ConfirmationsOfBridges(long version, long raisedAt, (long Epoch, long Floor) numbering) =>
        InOrder.Select(bridge => bridge.Self.Of(version, raisedAt, numbering, IsFenced(bridge) || bridge.News.Bridge.SelfFenced, time));

    /// <summary>Whether every bridge that is heard of, and every gateway that follows it, has applied a version.</summary>
    public bool HaveApplied(long version, (long Epoch, long Floor) numbering)
    {
        var bridges = _known.Values.Where(bridge => !IsFenced(bridge)).ToList();
        return bridges.TrueForAll(bridge => bridge.News.Bridge.SelfFenced || bridge.Self.HasApplied(version, numbering))
            && bridges.SelectMany(bridge => bridge.Gateways.Values.Where(gateway => !bridge.IsFencedThere(gateway.Name)))
                .All(gateway => gateway.HasApplied(version, numbering) || HasApplied(gateway.Name, version, numbering));
    }

    /// <summary>Whether a gateway was heard to have applied a version, at any other bridge.</summary>
    public bool HasApplied(string gateway, long version, (long Epoch, long Floor) numbering) =>
        gateway != GatewaysOptions.EmbeddedName && _known.Values.Any(bridge => bridge.Gateways.GetValueOrDefault(gateway)?.HasApplied(version, numbering) == true);

    private static bool IsFenced(Known bridge) => bridge.Row.Silent >= ReplicaRoll.FencedAfter;

    /// <summary>Every bridge may have a gateway inside, and all of those have one name.</summary>
    private static string NameOf(Known bridge, string gateway) => gateway == GatewaysOptions.EmbeddedName ? $"{gateway}@{bridge.Row.Name}" : gateway;

    private static Known Take(OtherReplica row, BridgeNews news, Known? before, long now)
    {
        var numbering = (news.Epoch, news.Floor);
        var self = before?.Self ?? new FollowedGateway(row.Name);
        self.Confirm(new FeedAcknowledgement(news.Bridge.Version, 0, 0, 0), numbering, now);
        var gateways = news.Gateways.ToDictionary(
            told => told.Status.Name,
            told =>
            {
                var gateway = before?.Gateways.GetValueOrDefault(told.Status.Name) ?? new FollowedGateway(told.Status.Name);
                foreach (var confirmed in told.Confirmed)
                {
                    gateway.Confirm(new FeedAcknowledgement(confirmed.Version, confirmed.Cut, confirmed.Left, 0), numbering, now);
                }

                return gateway;
            },
            StringComparer.Ordinal);
        return new Known(row, news, self, gateways);
    }

    private sealed record Known(OtherReplica Row, BridgeNews News, FollowedGateway Self, Dictionary<string, FollowedGateway> Gateways)
    {
        public bool IsFencedThere(string gateway) => News.Gateways.FirstOrDefault(one => one.Status.Name == gateway)?.Status.SelfFenced != false;
    }
}
