using HomeBridge.Simulation.Switch;

namespace HomeBridge.Simulation.Mutants;

/// <summary>
/// What is called in a mutant's own copy of the assemblies. Only types of the framework go in and out: the copy has types of
/// its own.
/// </summary>
internal static class Trial
{
    private const int ActionsOfASwitch = 100;

    /// <summary>Lives worlds by the schedules in turn until one is violated or there were enough sessions.</summary>
    public static (string? Violation, string? Schedule, int Worlds, long Sessions) Run(string[] schedules, ulong seed, int worldsMax, long sessionsMax)
    {
        if (schedules is [SwitchWorld.Schedule])
        {
            // A world of the switch counts as ten sessions an action, about as many as its viewers open.
            for (var number = 0; number * ActionsOfASwitch * 10 < Math.Min(sessionsMax, 50_000); number++)
            {
                if (SwitchWorld.Live(Simulator.SeedOf(seed, number), ActionsOfASwitch).Violation is { } violation)
                {
                    return (violation, SwitchWorld.Schedule, number + 1, (number + 1) * ActionsOfASwitch * 10);
                }
            }

            return (null, null, worldsMax, sessionsMax);
        }

        long sessions = 0;
        for (var number = 0; number < worldsMax && sessions < sessionsMax; number++)
        {
            var schedule = Schedule.Named(schedules[number % schedules.Length]);
            var world = World.Live(number, schedule, Simulator.SeedOf(seed, number));
            sessions += world.Counts.Sessions;
            if (world.Violation is not null)
            {
                return (world.Violation, schedule.Name, number + 1, sessions);
            }
        }

        return (null, null, worldsMax, sessions);
    }
}
