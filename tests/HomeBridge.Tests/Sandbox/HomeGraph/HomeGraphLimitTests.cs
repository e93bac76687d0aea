using System.Diagnostics;
using System.Net;

namespace HomeBridge.Tests.Sandbox.HomeGraph;

/// <summary>The quota, and the faults that a test switches on at the maker's knobs.</summary>
public sealed class HomeGraphLimitTests
{
    [Fact]
    public async Task The_calls_of_a_minute_are_limited()
    {
        await using var platform = await RunningPlatform.Start(callsPerMinute: 3);
        platform.Bridge.Add("lamp", "Lamp", "LIGHT", ["OnOff"]);
        await platform.Link();
        var statuses = new List<int>();
        for (var calls = 0; calls < 4; calls++)
        {
            statuses.Add((await platform.Report(new { lamp = new { on = true } })).Status);
        }

        Assert.Equal([200, 200, 200, 429], statuses);
        Assert.Equal(200, (await platform.Call("devices:requestSync", new { agentUserId = "user-1" })).Status);
        Assert.Equal(429, (await platform.Call("devices:requestSync", new { agentUserId = "user-1", async = true })).Status);
        platform.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await platform.Report(new { lamp = new { on = true } })).Status);
    }

    [Fact]
    public async Task Faults_bend_every_call_until_they_are_cleared()
    {
        await using var platform = await RunningPlatform.Start();
        platform.Bridge.Add("lamp", "Lamp", "LIGHT", ["OnOff"]);
        await platform.Link();
        foreach (var (kind, expected) in ((string, int)[])[("homegraph-unavailable", 503), ("homegraph-quota", 429), ("homegraph-forgets", 404), ("homegraph-token-refused", 401)])
        {
            await platform.Token();
            await platform.Fault(kind);
            Assert.Equal(expected, (await platform.Report(new { lamp = new { on = true } })).Status);
            await platform.NoFaults();
            Assert.Equal(200, (await platform.Report(new { lamp = new { on = true } })).Status);
        }

        await platform.Fault("homegraph-token-refused");
        using var refused = await platform.Exchange(platform.Assertion());
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await platform.NoFaults();

        await platform.Fault("homegraph-slow");
        var asked = Stopwatch.GetTimestamp();
        Assert.Equal(200, (await platform.Report(new { lamp = new { on = true } })).Status);
        Assert.True(Stopwatch.GetElapsedTime(asked) > TimeSpan.FromSeconds(2));
    }
}
