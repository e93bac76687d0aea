using System.Globalization;
using System.Text;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// The session's view of what is live: the last units of the maker's playlist, each with the one URL that it has in this
/// session. The viewer's playlist is written from here; no byte of the maker's text is in it.
/// </summary>
internal sealed class LiveWindow(UnitTokenKey key, MediaContainer container, TimeProvider time)
{
    /// <summary>Units in a playlist: 6 s. What a player has buffered can't be recalled, so the window is short.</summary>
    public const int UnitsMax = 3;

    /// <summary>Fetches of one unit: players retry, sharers don't get far.</summary>
    public const int DeliveriesMax = 4;

    /// <summary>Fetches of the init unit: also after a discontinuity and when a player is rebuilt.</summary>
    public const int InitDeliveriesMax = 16;

    /// <summary>A unit leaves the window after 6 s; a slow player gets one target duration and a little more.</summary>
    public static readonly TimeSpan UnitFor = TimeSpan.FromSeconds(12);

    private readonly Lock _lock = new();
    private readonly List<ListedUnit> _units = [];
    private readonly Dictionary<long, int> _initDeliveries = [];
    private int _discontinuities;
    private long? _init;
    private long _newest = -1;
    private long _polls;
    private long _lastPoll;
    private string? _text;

    /// <summary>The playlist as last written; null before the first. Ours, and text only.</summary>
    public string? Text => Volatile.Read(ref _text);

    /// <summary>When it was last written.</summary>
    public long WrittenAt { get; private set; }

    /// <summary>Numbers a look at the maker's playlist, and says what was the newest unit then. Take it before asking.</summary>
    public (long Number, long Newest) NextPoll()
    {
        lock (_lock)
        {
            return (++_polls, _newest);
        }
    }

    /// <summary>
    /// Moves the window on. False when the maker's playlist goes back behind what was known when it was asked for: a sign that
    /// it is another camera's. An answer that another overtook on the way is older by nature, and says nothing.
    /// </summary>
    public bool Advance(MakerPlaylist playlist, (long Number, long Newest) poll)
    {
        lock (_lock)
        {
            if (poll.Number < _lastPoll)
            {
                return true;
            }

            _lastPoll = poll.Number;
            var last = playlist.Units[^1].Sequence;
            if (last < _newest)
            {
                return last >= poll.Newest;
            }

            var now = time.GetUtcNow();
            var first = Math.Max(playlist.Units[0].Sequence, last - UnitsMax + 1);
            _units.RemoveAll(unit => unit.ExpiresAt <= now);
            foreach (var unit in playlist.Units)
            {
                if (unit.Sequence > _newest && unit.Sequence >= first)
                {
                    var token = new UnitToken(UnitTokenPurpose.Segment, unit.Sequence, (now + UnitFor).ToUnixTimeSeconds());

                    // The maker's mark may have stood on a unit that we never saw.
                    var discontinuity = unit.Discontinuity || (_init is { } before && before != unit.Init);
                    _discontinuities += discontinuity ? 1 : 0;
                    _init = unit.Init;
                    _units.Add(new ListedUnit(
                        unit.Sequence, unit.DurationMs, unit.StartsAt, discontinuity, _discontinuities, unit.Init, now + UnitFor, token.Seal(key)));
                }
            }

            _newest = last;
            Volatile.Write(ref _text, Write(playlist, first));
            WrittenAt = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Counts one delivery of a listed unit; false when it is not listed or was delivered often enough.</summary>
    public bool TryDeliver(long sequence)
    {
        lock (_lock)
        {
            var unit = _units.Find(listed => listed.Sequence == sequence);
            return unit is not null && unit.Deliveries++ < DeliveriesMax;
        }
    }

    /// <summary>Counts one delivery of an init unit; false when no listed unit needs it or it was delivered often enough.</summary>
    public bool TryDeliverInit(long version)
    {
        lock (_lock)
        {
            return _units.Exists(listed => listed.Init == version)
                && (_initDeliveries[version] = _initDeliveries.GetValueOrDefault(version) + 1) <= InitDeliveriesMax;
        }
    }

    /// <summary>The units behind one that was had, and the init unit that each needs: for who reads no playlist.</summary>
    public IReadOnlyList<(long Sequence, long Init)> After(long sequence)
    {
        lock (_lock)
        {
            return [.. _units.Where(listed => listed.Sequence > sequence).Select(listed => (listed.Sequence, listed.Init))];
        }
    }

    /// <summary>Null when every unit has expired: a maker that stands still has nothing live.</summary>
    private string? Write(MakerPlaylist playlist, long first)
    {
        var listed = _units.Where(unit => unit.Sequence >= first).ToList();
        if (listed.Count == 0)
        {
            return null;
        }

        var text = new StringBuilder(1024);
        text.Append("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{playlist.TargetDurationSeconds}\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{listed[0].Sequence}\n");
        if (_discontinuities > 0)
        {
            // Those that left the window: RFC 8216 section 4.3.3.3.
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-DISCONTINUITY-SEQUENCE:{listed[0].Discontinuities - (listed[0].Discontinuity ? 1 : 0)}\n");
        }

        long? init = null;
        foreach (var unit in listed)
        {
            if (unit.Discontinuity)
            {
                text.Append("#EXT-X-DISCONTINUITY\n");
            }

            if (container is MediaContainer.Fmp4 && unit.Init != init)
            {
                init = unit.Init;
                var token = new UnitToken(UnitTokenPurpose.Init, unit.Init, uint.MaxValue).Seal(key);
                text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{token}{MediaUrls.InitSuffix}\"\n");
            }

            if (unit.StartsAt is { } startsAt)
            {
                text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{startsAt.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{unit.DurationMs / 1000m:0.000},\n{unit.Token}{MediaUrls.SegmentSuffixOf(container)}\n");
        }

        return text.ToString();
    }

    private sealed record ListedUnit(
        long Sequence, int DurationMs, DateTimeOffset? StartsAt, bool Discontinuity, int Discontinuities, long Init, DateTimeOffset ExpiresAt,
        string Token)
    {
        public int Deliveries { get; set; }
    }
}
