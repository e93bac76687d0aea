using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Replicas;

/// <summary>Many bridges on one database, as processes: nobody's word is lost, whoever is asked and whoever is missing.</summary>
public sealed class ReplicaTests(ReplicaWorld world, ITestOutputHelper output) : IClassFixture<ReplicaWorld>
{
    private static readonly string[] Everybody = ["bridge-1", "bridge-2", "bridge-3", "gateway-1", "gateway-2"];

    [Fact]
    public async Task A_flip_at_any_bridge_is_confirmed_by_all_of_them_and_by_both_gateways()
    {
        await world.AllAreHere();
        var times = Everybody.ToDictionary(name => name, _ => new List<double>(), StringComparer.Ordinal);
        for (var flip = 0; flip < 12; flip++)
        {
            var at = (flip % ReplicaWorld.Bridges) + 1;
            var raised = await world.Suspend(at);
            var confirmed = raised.GetProperty("replicas").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!, StringComparer.Ordinal);

            Assert.Equal(Everybody, confirmed.Keys.Order(StringComparer.Ordinal));
            Assert.All(confirmed.Values, one => Assert.Equal(JsonValueKind.Number, one.GetProperty("applied_ms").ValueKind));
            foreach (var (name, one) in confirmed.Where(one => one.Key != $"bridge-{at}"))
            {
                times[name].Add(one.GetProperty("applied_ms").GetDouble());
            }

            await world.Lift((at % ReplicaWorld.Bridges) + 1, raised);
        }

        // The third one hears no ring: it looks twice a second, and that is enough.
        foreach (var (name, all) in times)
        {
            all.Sort();
            output.WriteLine($"{name}: confirmed after {all[all.Count / 2]:0.0} ms (median), {all[^1]:0.0} ms (slowest of {all.Count})");
        }
    }

    [Fact]
    public async Task A_bridge_that_no_ring_reaches_says_so()
    {
        await world.Until("the third bridge is known to be deaf", async () => Listening(await world.Replicas(1), ReplicaWorld.DeafBridge) == "deaf");

        Assert.Equal("listening", Listening(await world.Replicas(2), "bridge-1"));
        Assert.Contains("Notifications don't arrive", world.Output(ReplicaWorld.DeafBridge), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bridge_that_is_killed_is_fenced_its_gateways_go_over_and_no_webhook_fails()
    {
        await world.AllAreHere();
        using var over = new CancellationTokenSource();
        var calls = Call(over.Token);
        await world.Kill("bridge-2");

        // The others wait for nobody who is not heard of, and say so.
        await world.Until("bridge-2 is fenced and both gateways follow another", async () =>
        {
            var seen = await world.Replicas(1);
            return seen.Any(one => Name(one) == "bridge-2" && one.GetProperty("self_fenced").GetBoolean())
                && seen.Count(one => one.GetProperty("kind").GetString() == "gateway" && !one.GetProperty("self_fenced").GetBoolean()) == 2;
        });
        var raised = await world.Suspend(3);
        Assert.All(
            raised.GetProperty("replicas").EnumerateArray().Where(one => Name(one) != "bridge-2"), one => Assert.Equal(JsonValueKind.Number, one.GetProperty("applied_ms").ValueKind));

        world.Start("bridge-2");
        await world.AllAreHere();
        var (_, effective) = await world.Ops(2, HttpMethod.Get, "/ops/v1/suspensions");
        Assert.Contains(effective.GetProperty("suspensions").EnumerateArray(), one => Is(one, raised) && one.GetProperty("state").GetString() == "active");
        await world.Lift(2, raised);
        await over.CancelAsync();
        var answers = await calls;
        output.WriteLine($"{answers.Count} calls at the front meanwhile");
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer));
    }

    [Fact]
    public async Task A_bridge_that_is_stopped_leaves_the_roll_and_no_webhook_fails()
    {
        await world.AllAreHere();
        using var over = new CancellationTokenSource();
        var calls = Call(over.Token);
        Assert.Equal(0, await world.Stop("bridge-1"));

        await world.Until("nobody counts on bridge-1", async () => await world.Replicas(2) is { Count: > 0 } seen && !seen.Any(one => Name(one) == "bridge-1"));
        world.Start("bridge-1");
        await world.AllAreHere();
        await over.CancelAsync();
        Assert.All(await calls, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer));
    }

    [Fact]
    public async Task While_the_database_is_away_cameras_are_closed_and_afterwards_no_suspension_is_lost()
    {
        await world.AllAreHere();
        var raised = await world.Suspend(1);
        world.Database.Stop();

        await world.Until("both gateways have closed their cameras", async () =>
            await world.Ready(world.Gateway(1)) == HttpStatusCode.ServiceUnavailable && await world.Ready(world.Gateway(2)) == HttpStatusCode.ServiceUnavailable);
        Assert.NotEqual(HttpStatusCode.OK, (await world.Ops(1, HttpMethod.Get, "/ops/v1/suspensions")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await world.Ready(world.Public(1)));

        world.Database.Start();
        var since = Stopwatch.GetTimestamp();
        await world.AllAreHere();
        output.WriteLine($"everybody back {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s after the database");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await world.Ready(world.Gateway(1)), await world.Ready(world.Gateway(2))));
        for (var bridge = 1; bridge <= ReplicaWorld.Bridges; bridge++)
        {
            var (_, effective) = await world.Ops(bridge, HttpMethod.Get, "/ops/v1/suspensions");
            Assert.Contains(effective.GetProperty("suspensions").EnumerateArray(), one => Is(one, raised) && one.GetProperty("state").GetString() == "active");
        }

        await world.Lift(2, raised);
        var again = await world.Suspend(2);
        Assert.All(again.GetProperty("replicas").EnumerateArray(), one => Assert.Equal(JsonValueKind.Number, one.GetProperty("applied_ms").ValueKind));
        await world.Lift(3, again);
    }

    private static string Name(JsonElement replica) => replica.GetProperty("name").GetString()!;

    private static string? Listening(IReadOnlyList<JsonElement> replicas, string name) =>
        replicas.Where(one => Name(one) == name).Select(one => one.TryGetProperty("listening", out var said) ? said.GetString() : null).FirstOrDefault();

    private static bool Is(JsonElement one, JsonElement other) => one.GetProperty("id").GetString() == other.GetProperty("id").GetString();

    /// <summary>A platform that calls all the time.</summary>
    private async Task<IReadOnlyList<HttpStatusCode?>> Call(CancellationToken until)
    {
        var answers = new List<HttpStatusCode?>();
        while (!until.IsCancellationRequested)
        {
            answers.Add(await world.Webhook());
            await Task.Delay(20, CancellationToken.None);
        }

        return answers;
    }
}
