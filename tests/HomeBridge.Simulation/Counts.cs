namespace HomeBridge.Simulation;

/// <summary>What a world, or many, came to.</summary>
internal sealed class Counts
{
    public long Viewers { get; set; }

    public long Sessions { get; set; }

    public long Deliveries { get; set; }

    public long UnitsAsked { get; set; }

    public long UnitsReleased { get; set; }

    public long BytesReleased { get; set; }

    public long Polls { get; set; }

    public long PollsAnswered { get; set; }

    /// <summary>Attacks that the gateway had to refuse, and did.</summary>
    public long AttacksRefused { get; set; }

    /// <summary>Requests that the gateway stopped by an exception: a defence that found the one before it broken.</summary>
    public long Stopped { get; set; }

    public SortedDictionary<string, long> Ends { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> Faults { get; } = new(StringComparer.Ordinal);

    /// <summary>What the gateway told the bridge that it refused, by verdict.</summary>
    public SortedDictionary<string, long> Findings { get; } = new(StringComparer.Ordinal);

    public void Found(string verdict) => Findings[verdict] = Findings.GetValueOrDefault(verdict) + 1;

    public void End(string why) => Ends[why] = Ends.GetValueOrDefault(why) + 1;

    public void Fault(FaultKind kind, long times = 1) => Faults[kind.ToString()] = Faults.GetValueOrDefault(kind.ToString()) + times;

    public void Add(Counts other)
    {
        Viewers += other.Viewers;
        Sessions += other.Sessions;
        Deliveries += other.Deliveries;
        UnitsAsked += other.UnitsAsked;
        UnitsReleased += other.UnitsReleased;
        BytesReleased += other.BytesReleased;
        Polls += other.Polls;
        PollsAnswered += other.PollsAnswered;
        AttacksRefused += other.AttacksRefused;
        Stopped += other.Stopped;
        foreach (var (why, times) in other.Ends)
        {
            Ends[why] = Ends.GetValueOrDefault(why) + times;
        }

        foreach (var (verdict, times) in other.Findings)
        {
            Findings[verdict] = Findings.GetValueOrDefault(verdict) + times;
        }

        foreach (var (kind, times) in other.Faults)
        {
            Faults[kind] = Faults.GetValueOrDefault(kind) + times;
        }
    }
}
