namespace HomeBridge.Canaries;

/// <summary>How one direction of a probe went.</summary>
internal enum ProbeOutcome
{
    /// <summary>As it must be: own pictures seen, or everything foreign refused.</summary>
    Clean,

    /// <summary>Own bytes by their name, but nobody can decode pictures on this machine.</summary>
    PixelsUnread,

    /// <summary>Bytes came, but no picture with a code in them.</summary>
    DecodeFailure,

    /// <summary>No bytes came.</summary>
    Unavailable,

    /// <summary>A suspension covers it: nothing to see, and nothing wrong.</summary>
    Suspended,

    /// <summary>A picture of another camera, or something foreign that was not refused.</summary>
    Wrong,
}

/// <summary>The last probe of one direction of one canary.</summary>
internal sealed record ProbeResult(ProbeOutcome Outcome, string Detail, int FramesRead, int WrongFrames, TimeSpan Latency)
{
    public DateTimeOffset At { get; init; }

    /// <summary>Probes in a row that could not tell.</summary>
    public int FailuresInARow { get; init; }

    /// <summary>Nobody knows any more whether pictures are right.</summary>
    public bool IsAlarm => FailuresInARow >= AlarmAfter;

    /// <summary>One probe may fail by chance, three in a row don't.</summary>
    public const int AlarmAfter = 3;

    public bool CouldNotTell => Outcome is ProbeOutcome.DecodeFailure or ProbeOutcome.Unavailable;
}

/// <summary>The two directions of a canary.</summary>
internal enum ProbeDirection
{
    /// <summary>Its own camera shows its own number.</summary>
    Own,

    /// <summary>The next home's camera, token and spent entry are refused.</summary>
    Other,
}

/// <summary>What the canaries said last. For operators and metrics.</summary>
internal sealed class CanaryBoard(CanaryOptions options, TimeProvider time, CanaryInstruments instruments, ILogger<CanaryBoard> log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Device, ProbeDirection Direction), ProbeResult> _last = [];

    public IReadOnlyList<(Canary Canary, ProbeResult? Own, ProbeResult? Other)> All
    {
        get
        {
            lock (_gate)
            {
                return [.. options.All.Select(canary => (
                    canary, _last.GetValueOrDefault((canary.Device, ProbeDirection.Own)), _last.GetValueOrDefault((canary.Device, ProbeDirection.Other))))];
            }
        }
    }

    /// <summary>From when on this replica looks, on the monotonic clock.</summary>
    public long Since { get; private set; } = time.GetTimestamp();

    /// <summary>Rounds that are over.</summary>
    public long Rounds { get; private set; }

    public void Record(Canary canary, ProbeDirection direction, ProbeResult result)
    {
        ProbeResult? before;
        ProbeResult now;
        lock (_gate)
        {
            before = _last.GetValueOrDefault((canary.Device, direction));
            now = result with { At = time.GetUtcNow(), FailuresInARow = result.CouldNotTell ? (before?.FailuresInARow ?? 0) + 1 : 0 };
            _last[(canary.Device, direction)] = now;
        }

        instruments.Probed(direction, now);
        var (was, isNow) = (before?.IsAlarm ?? false, now.IsAlarm);
        if (was != isNow)
        {
            instruments.Alarm(direction, isNow ? 1 : -1);
        }

        if (isNow && !was)
        {
            log.LogError("The canary of {Account} could not tell {Times} times in a row: {Outcome}, {Detail}", canary.Account, now.FailuresInARow, now.Outcome, now.Detail);
        }
    }

    public void RoundIsOver() => Rounds++;

    /// <summary>From now on nothing is known: another replica looked so far, or does.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            foreach (var ((_, direction), _) in _last.Where(one => one.Value.IsAlarm))
            {
                instruments.Alarm(direction, -1);
            }

            _last.Clear();
        }

        (Rounds, Since) = (0, time.GetTimestamp());
    }
}
