using System.Globalization;
using System.Text;

namespace HomeBridge.Simulation;

/// <summary>What a run came to, and what may be concluded from it.</summary>
internal sealed class RunReport(Sizes sizes)
{
    private readonly SortedDictionary<string, (int Worlds, Counts Counts)> _bySchedule = new(StringComparer.Ordinal);

    public Sizes Sizes { get; } = sizes;

    public Counts Counts { get; } = new();

    public int Worlds { get; private set; }

    public long Steps { get; private set; }

    public long ForeignBytes { get; private set; }

    public TimeSpan Took { get; set; }

    public string EventHash { get; set; } = "";

    /// <summary>The first world in which something was wrong.</summary>
    public WorldResult? Failed { get; private set; }

    /// <summary>Share of units that viewers got where nothing was wrong.</summary>
    public double CleanShare
    {
        get
        {
            var clean = _bySchedule.Where(pair => Schedule.Named(pair.Key).Clean).Select(pair => pair.Value.Counts).ToList();
            return (double)clean.Sum(counts => counts.UnitsReleased) / Math.Max(1, clean.Sum(counts => counts.UnitsAsked));
        }
    }

    public void Add(WorldResult world)
    {
        Worlds++;
        Steps += world.Steps;
        ForeignBytes += world.ForeignBytes;
        Counts.Add(world.Counts);
        var (worlds, counts) = _bySchedule.GetValueOrDefault(world.Schedule.Name, (0, new Counts()));
        counts.Add(world.Counts);
        _bySchedule[world.Schedule.Name] = (worlds + 1, counts);
        if (world.Violation is not null)
        {
            Failed ??= world;
        }
    }

    public string Failure()
    {
        var world = Failed ?? throw new InvalidOperationException("Nothing failed.");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Seed {Sizes.Seed}, world {world.Number} ("{world.Schedule.Name}"), step {world.Steps}: {world.Violation}
            Replay: dotnet run -c Release --project tests/HomeBridge.Simulation -- --seed {Sizes.Seed} --world {world.Number}
            The last events:
            {string.Join('\n', world.LastEvents)}
            """);
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        var seconds = Math.Max(0.001, Took.TotalSeconds);
        text.AppendLine("# Simulation report").AppendLine();
        Row(text, "seed", $"{Sizes.Seed}");
        Row(text, "event hash", EventHash);
        Row(text, "worlds, steps", $"{Worlds:N0}, {Steps:N0}");
        Row(text, "sessions", $"{Counts.Sessions:N0}");
        Row(text, "deliveries (a maker's answer for a unit reached the gateway)", $"{Counts.Deliveries:N0}");
        Row(text, "units released", $"{Counts.UnitsReleased:N0} of {Counts.UnitsAsked:N0} that players asked for");
        Row(text, "where nothing was wrong", $"{CleanShare:P3} released");
        Row(text, "attacks refused", $"{Counts.AttacksRefused:N0}");
        Row(text, "**foreign bytes**", $"**{ForeignBytes}**");
        Row(text, "other violations", Failed is null ? "0" : Failed.Violation!);
        Row(text, "time", $"{Took.TotalSeconds:0.0} s: {Counts.Sessions / seconds:N0} sessions/s, {Counts.Deliveries / seconds:N0} deliveries/s");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            No wrong delivery in {Counts.Deliveries:N0} means, by the rule of three, fewer than {3.0 / Math.Max(1, Counts.Deliveries):0.0e+0} per delivery at 95 %
            confidence. This holds for deliveries drawn as these schedules draw them. It says nothing of faults that nobody
            thought of, and the world is not one of these schedules.
            """);
        text.AppendLine().AppendLine("## Refused, by verdict").AppendLine();
        foreach (var (verdict, times) in Counts.Findings)
        {
            Row(text, verdict, $"{times:N0}");
        }

        text.AppendLine().AppendLine("## Why sessions ended").AppendLine();
        foreach (var (why, times) in Counts.Ends)
        {
            Row(text, why, $"{times:N0}");
        }

        text.AppendLine().AppendLine("## Faults injected").AppendLine();
        foreach (var (kind, times) in Counts.Faults)
        {
            Row(text, kind, $"{times:N0}");
        }

        text.AppendLine().AppendLine("## By schedule").AppendLine();
        text.AppendLine("| schedule | worlds | sessions | deliveries | released | asked |").AppendLine("| --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (name, (worlds, counts)) in _bySchedule)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {worlds} | {counts.Sessions:N0} | {counts.Deliveries:N0} | {counts.UnitsReleased:N0} | {counts.UnitsAsked:N0} |");
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, string name, FormattableString value) => Row(text, name, FormattableString.Invariant(value));

    private static void Row(StringBuilder text, string name, string value) => text.Append("* ").Append(name).Append(": ").AppendLine(value);
}
