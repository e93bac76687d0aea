using System.Collections.Concurrent;
using System.Net;
using HomeBridge.Tests.StreamGateway;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Deploy;

/// <summary>A bridge that goes, under load.</summary>
public sealed class DrainTests : IDisposable
{
    private const int SendersMax = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task From_sigterm_on_it_is_not_ready_and_no_request_fails_until_nobody_sends_any_more()
    {
        await using var bridge = await BridgeProcess.Start(_folder, new() { ["Bridge:DrainFor"] = "00:00:04" });
        var token = await bridge.Link("acct1");
        var (answers, sentWhileDraining, wasReady) = (new ConcurrentBag<HttpStatusCode>(), 0, true);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

        // A load balancer: it sends as long as it believes that the bridge is ready, and finds out a second late.
        var isReady = true;
        async Task Send()
        {
            while (Volatile.Read(ref isReady))
            {
                var isLate = !Volatile.Read(ref wasReady);
                using var answer = await BridgeProcess.Sync(http, bridge.Bridge, token);
                answers.Add(answer.StatusCode);
                if (isLate)
                {
                    Interlocked.Increment(ref sentWhileDraining);
                    Assert.True(answer.Headers.ConnectionClose, "A connection that is kept would carry the next request.");
                }
            }
        }

        var senders = Enumerable.Range(0, SendersMax).Select(_ => Task.Run(Send)).ToArray();
        while (answers.Count < 50)
        {
            await Task.Delay(10);
        }

        // What is under way when the time is over is finished, too: the maker takes his time for this one.
        bridge.Maker.Takes = _ => TimeSpan.FromMilliseconds(300);
        await bridge.Terminate();
        while (await bridge.Ready() is HttpStatusCode.OK)
        {
            await Task.Delay(10);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await bridge.Ready());
        Volatile.Write(ref wasReady, false);
        await Task.Delay(1000);
        Volatile.Write(ref isReady, false);
        await Task.WhenAll(senders);

        Assert.Equal(0, await bridge.Exited());
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.True(sentWhileDraining > SendersMax, $"{sentWhileDraining}");
        Assert.Contains("Draining for 00:00:04", bridge.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_goes_is_not_ready_and_its_streams_go_on_for_a_while()
    {
        await using var bridge = await StubBridge.Start(options => options with { DrainFor = TimeSpan.FromSeconds(3) });
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var viewer = new Viewer(http, bridge.NewEntry());
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());

        var stopping = bridge.StopGateway();
        using var ready = await http.GetAsync(new Uri(bridge.Gateway, "/health/ready"));
        using var live = await http.GetAsync(new Uri(bridge.Gateway, "/health/live"));
        var unit = await viewer.Fetch(viewer.Units[^1]);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.OK), (ready.StatusCode, live.StatusCode, unit.Status));
        Assert.Contains("going", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(stopping.IsCompleted);
        await stopping.WaitAsync(TimeSpan.FromSeconds(40));
        await Assert.ThrowsAsync<HttpRequestException>(() => viewer.Poll());
    }
}
