namespace HomeBridge.Hosting;

/// <summary>How long a bridge that was told to stop goes on, so that whoever sends it requests finds out first.</summary>
/// <param name="For">Longer than a load balancer takes to see that it is not ready any more; zero where there is none.</param>
internal sealed record DrainOptions(TimeSpan For)
{
    private static readonly TimeSpan ForMax = TimeSpan.FromMinutes(5);

    /// <summary>For requests that are under way when the listener closes, and for what is told at the end.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(30);

    /// <summary>After this nobody is waited for.</summary>
    public TimeSpan StopsWithin => For + Afterwards;

    public static DrainOptions Read(ConfigurationReader read) => new(read.Duration("Bridge:DrainFor", TimeSpan.Zero, TimeSpan.Zero, ForMax));
}

/// <summary>
/// The order in which a bridge goes: not ready, then quiet, then gone. From SIGTERM on readiness is 503 and each answer closes
/// its connection; requests are served as before until the time is over, and those under way are finished after it.
/// </summary>
internal sealed class Drain(DrainOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Drain> log) : IHostedLifecycleService
{
    private volatile bool _told;

    public bool HasBegun => _told || lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>A connection that a load balancer keeps would carry the next request, too.</summary>
    public void LetGo(HttpContext context)
    {
        if (HasBegun && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _told = true;
        if (options.For > TimeSpan.Zero)
        {
            log.LogInformation("Draining for {DrainFor}: not ready, and still serving", options.For);
            await Task.Delay(options.For, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
