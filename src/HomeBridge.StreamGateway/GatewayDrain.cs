namespace HomeBridge.StreamGateway;

/// <summary>
/// A gateway that was told to stop is not ready from then on, and streams go on for a while: new viewers are sent elsewhere,
/// and those that are left ask for a new stream when it is gone.
/// </summary>
internal sealed class GatewayDrain(GatewayOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<GatewayDrain> log) : IHostedLifecycleService
{
    private volatile bool _told;

    public bool HasBegun => _told || lifetime.ApplicationStopping.IsCancellationRequested;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _told = true;
        if (options.DrainFor > TimeSpan.Zero)
        {
            log.LogInformation("Draining for {DrainFor}: not ready, and still streaming", options.DrainFor);
            await Task.Delay(options.DrainFor, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
