using HomeBridge.Streaming.Feed;

namespace HomeBridge.Gateways;

/// <summary>One process that confirms versions, a gateway mostly. What is written together is read together, under its own lock.</summary>
internal sealed class FollowedGateway(string name)
{
    /// <summary>Versions whose confirmation is remembered as it was.</summary>
    private const int ConfirmationsMax = 64;

    private readonly List<(long Version, long At, int Cut)> _confirmations = [];

    public string Name { get; } = name;

    public int Feeds;

    public long Beat;

    public volatile SelfProbeReport? SelfProbe;

    public long HeardAt { get; set; }

    public long Version => _confirmations.Count == 0 ? 0 : _confirmations[^1].Version;

    public int StreamsLeft { get; set; }

    public long EscapedLast { get; set; }

    public long EscapedInAll { get; set; }

    public bool WentBack { get; set; }

    public bool Refused { get; set; }

    public string? BreakGlass { get; set; }

    public Guid LastReport { get; set; }

    private (long Epoch, long Floor) Numbering { get; set; }

    public bool HasApplied(long version, (long Epoch, long Floor) numbering)
    {
        lock (this)
        {
            return Numbering == numbering && Version >= version;
        }
    }

    public void Confirm(FeedAcknowledgement acknowledgement, (long Epoch, long Floor) numbering, long at)
    {
        if (Numbering != numbering)
        {
            Numbering = numbering;
            _confirmations.Clear();
        }

        StreamsLeft = acknowledgement.StreamsLeft;
        if (acknowledgement.Version > Version)
        {
            _confirmations.Add((acknowledgement.Version, at, acknowledgement.StreamsCut));
            if (_confirmations.Count > ConfirmationsMax)
            {
                _confirmations.RemoveAt(0);
            }
        }
    }

    /// <summary>The latest, oldest first.</summary>
    public IReadOnlyList<VersionConfirmed> Confirmed((long Epoch, long Floor) numbering)
    {
        lock (this)
        {
            return Numbering == numbering ? [.. _confirmations.TakeLast(BridgeNews.ConfirmationsMax).Select(one => new VersionConfirmed(one.Version, one.Cut, StreamsLeft))] : [];
        }
    }

    public ReplicaConfirmation Of(long version, long raisedAt, (long Epoch, long Floor) numbering, bool fenced, TimeProvider time)
    {
        lock (this)
        {
            // A later version is told with all that was before it.
            var index = Numbering == numbering ? _confirmations.FindIndex(one => one.Version >= version) : -1;
            return index < 0
                ? new ReplicaConfirmation(Name, null, null, null, fenced)
                : new ReplicaConfirmation(
                    Name, Math.Round(Math.Max(0, time.GetElapsedTime(raisedAt, _confirmations[index].At).TotalMilliseconds), 1), _confirmations[index].Cut, StreamsLeft, fenced);
        }
    }

    public ReplicaStatus Status(bool fenced, TimeProvider time, int running)
    {
        lock (this)
        {
            return new ReplicaStatus(
                Name, "gateway", Version, Feeds > 0, fenced, (long)time.GetElapsedTime(HeardAt).TotalMilliseconds, running, StreamsLeft, EscapedInAll, WentBack, Refused,
                BreakGlass, SelfProbe);
        }
    }
}
