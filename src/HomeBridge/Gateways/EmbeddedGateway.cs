using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.StreamGateway;
using HomeBridge.Streaming.Feed;
using HomeBridge.Suspensions;

namespace HomeBridge.Gateways;

/// <summary>
/// On one machine the stream gateway runs inside the bridge's process: the same application, over the same HTTP, with a
/// key of its own. It shares nothing with the bridge but the process.
/// </summary>
internal sealed class EmbeddedGateway(
    GatewaysOptions options, CameraStreamOptions streams, SuspensionOptions suspensions, SnapshotSigner signer, StreamGrants grants, OpsListener ops, TimeProvider time)
    : IHostedLifecycleService, IAsyncDisposable
{
    private WebApplication? _app;

    /// <summary>After the bridge listens: the gateway follows its feed.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.EmbeddedListenUrl is not { } listenUrl)
        {
            return;
        }

        grants.EndLeftOpen(GatewaysOptions.EmbeddedName);
        _app = GatewayApplication.Build(
            new GatewayOptions
            {
                Name = GatewaysOptions.EmbeddedName,
                ListenUrl = listenUrl,
                BridgeUrl = ops.LoopbackUrl,
                Key = options.EmbeddedKey,
                PublicUrl = streams.GatewayUrl,
                SelfProbe = options.EmbeddedSelfProbe,
                SnapshotKey = signer.PublicKeyPem,
                CameraLease = suspensions.CameraLease,
                BreakGlassFile = suspensions.BreakGlassFile,
                SuspensionsFile = suspensions.EmbeddedCopyFile,
                RelayAddress = options.EmbeddedRelayAddress,
                RelayPorts = options.EmbeddedRelayPorts,
                Candidates = options.EmbeddedCandidates,
                SignallingOrigins = streams.SignallingOrigins,
            },
            time);
        await _app.StartAsync(cancellationToken);
    }

    /// <summary>Before the bridge stops listening: sessions end and are reported.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
        {
            await _app.StopAsync(cancellationToken);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }
}
