using System.Globalization;
using HomeBridge.Simulation;
using HomeBridge.Simulation.Switch;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Simulation;

/// <summary>
/// Flips, lifts, restarts and losses of the feed, at random, against a model. A failure names its seed. That the model can
/// fail is shown by mutants: those of the schedule "the switch" in <c>mutants.json</c>.
/// </summary>
public sealed class SwitchSimulationTests(ITestOutputHelper output)
{
    private const ulong Seed = 20_261_122;
    private const int ActionsOfAWorld = 500;

    private static int Actions => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 100_000 : 10_000;

    [Fact]
    public void No_stream_is_served_while_a_suspension_is_acknowledged_and_no_suspension_is_lost()
    {
        var (actions, flips, lifts, restarts, losses, looks, served) = (0, 0, 0, 0, 0, 0L, 0L);
        for (var world = 0; actions < Actions; world++)
        {
            var result = SwitchWorld.Live(Simulator.SeedOf(Seed, world), ActionsOfAWorld);
            Assert.True(result.Violation is null, $"World {world} of seed {Seed}: {result.Violation}");
            (actions, flips, lifts, restarts, losses) = (actions + result.Actions, flips + result.Flips, lifts + result.Lifts, restarts + result.Restarts, losses + result.FeedLosses);
            (looks, served) = (looks + result.Looks, served + result.Served);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{actions} actions: {flips} flips, {lifts} lifts, {restarts} restarts, {losses} feeds lost; {looks:N0} looks at sessions, {served:N0} of them served"));
        Assert.True(served > looks / 20, "Hardly anything was served: nothing was shown.");
    }
}
