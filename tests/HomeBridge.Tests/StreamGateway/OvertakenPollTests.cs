using System.Net;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>
/// Two polls of one session at a time (a player and its probe, a retry): the maker's answers may overtake each other
/// on a poor network, and that is no sign of another camera.
/// </summary>
public sealed class OvertakenPollTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private StubBridge _bridge = null!;

    public async Task InitializeAsync() => _bridge = await StubBridge.Start();

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_playlist_that_was_overtaken_does_not_end_the_session()
    {
        var viewer = new Viewer(_http, _bridge.NewEntry());
        for (var attempt = 0; await viewer.Enter() != HttpStatusCode.OK; attempt++)
        {
            Assert.InRange(attempt, 0, 50);
            await Task.Delay(50);
        }

        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());

        // Just before a new unit appears: the first poll is answered with the older playlist, held back for a while; the
        // second is answered at once with the newer one.
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var wait = 2000 - (now % 2000) - 150;
        await Task.Delay((int)(wait < 450 ? wait + 2000 : wait));
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _bridge.HoldNextPlaylist = release.Task;
        var overtaken = viewer.Poll();
        await Task.Delay(400);
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        release.SetResult();

        Assert.Equal(HttpStatusCode.OK, await overtaken);
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        Assert.Empty(_bridge.Ended);
    }
}
