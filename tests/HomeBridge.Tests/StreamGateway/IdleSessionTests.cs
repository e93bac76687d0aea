using System.Net;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>What a session holds while its viewer only looks: no unit stays in memory, and nothing grows with what was served.</summary>
public sealed class IdleSessionTests(ITestOutputHelper output)
{
    private const int Sessions = 400;
    private const int BytesEachMax = 64 * 1024;

    [Fact]
    public async Task An_idle_live_session_holds_less_than_64_KB()
    {
        await using var bridge = await StubBridge.Start();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
        await Open(bridge, http, 40);
        var before = Held();
        var viewers = await Open(bridge, http, Sessions);
        var after = Held();

        output.WriteLine($"{(after - before) / Sessions} bytes for each of {Sessions} sessions, bridge, maker and viewer in the same process included");
        foreach (var viewer in viewers)
        {
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        }

        Assert.InRange((after - before) / Sessions, 1, BytesEachMax);
    }

    /// <summary>Each has its playlist, its init unit and a unit, and waits for the next.</summary>
    private static async Task<Viewer[]> Open(StubBridge bridge, HttpClient http, int count)
    {
        var viewers = Enumerable.Range(0, count).Select(_ => new Viewer(http, bridge.NewEntry())).ToArray();
        await Parallel.ForEachAsync(viewers, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (viewer, _) =>
        {
            Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Init)).Status);
            Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[^1])).Status);
        });
        return viewers;
    }

    private static long Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
