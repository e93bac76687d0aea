namespace HomeBridge.Simulation;

/// <summary>The faults that are on at one time, by kind.</summary>
internal sealed class Weather
{
    private static readonly int Kinds = Enum.GetValues<FaultKind>().Length;

    private readonly Fault?[] _byKind = new Fault?[Kinds];

    private Weather(TimeSpan until, IEnumerable<Fault> faults)
    {
        Until = until;
        foreach (var fault in faults)
        {
            _byKind[(int)fault.Kind] = fault;
        }

        OfAnswers = [.. _byKind.OfType<Fault>().Where(fault => ChangesAnswers(fault.Kind))];
    }

    /// <summary>When it changes.</summary>
    public TimeSpan Until { get; }

    /// <summary>Those that change what a maker answers.</summary>
    public Fault[] OfAnswers { get; }

    public Fault? Of(FaultKind kind) => _byKind[(int)kind];

    public static Weather At(Schedule schedule, TimeSpan now)
    {
        var seconds = now.TotalSeconds;
        var next = schedule.Phases.SelectMany(phase => (double[])[phase.From, phase.To]).Where(edge => edge > seconds).DefaultIfEmpty(1e6).Min();
        return new Weather(
            TimeSpan.FromSeconds(next),
            schedule.Phases.Where(phase => seconds >= phase.From && seconds < phase.To).SelectMany(phase => phase.Faults));
    }

    private static bool ChangesAnswers(FaultKind kind) => kind is FaultKind.Truncated or FaultKind.Lengthened or FaultKind.Corrupted or FaultKind.Torn
        or FaultKind.Duplicated or FaultKind.Reordered or FaultKind.Swapped or (>= FaultKind.CacheByPath and <= FaultKind.Status206)
        or (>= FaultKind.MissingHeaders and <= FaultKind.AgeMark);
}
