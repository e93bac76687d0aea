using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Sandbox.NaiveGateway;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>
/// The one stage: home maple watches its first camera through both gateways, home harbor watches its own beside it, and an
/// incident comes over the maker. Faults are the whole sandbox's, so there is one play at a time.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Home = "maple";
    private const string Strangers = "harbor";

    /// <summary>The camera's place in its home's list.</summary>
    private const int Place = 0;

    /// <summary>A play that nobody clears is cleared, so that a forgotten page leaves no broken maker.</summary>
    private static readonly TimeSpan PlayMax = TimeSpan.FromMinutes(3);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
    };

    private readonly Viewers _viewers;
    private readonly NaiveProxy _naive;
    private readonly MakerDesk _maker;
    private readonly OpsDesk _ops;
    private readonly Oracle _oracle;
    private readonly TimeProvider _time;
    private readonly ILogger<Stage> _log;
    private readonly ITimer _forgotten;
    private volatile Play? _play;

    public Stage(Viewers viewers, NaiveProxy naive, MakerDesk maker, OpsDesk ops, TimeProvider time, ILogger<Stage> log)
    {
        (_viewers, _naive, _maker, _ops, _time, _log) = (viewers, naive, maker, ops, time, log);
        _oracle = new Oracle(maker.Homes);
        _forgotten = time.CreateTimer(_ => _ = ClearForgotten(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public SandboxDevice Camera => _maker.CameraOf(Home, Place);

    /// <summary>Everything is well, and both viewers watch.</summary>
    public async Task<Play> Open(PublishedIncident incident, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await ClearInTurn(cancel);
            _forgotten.Change(PlayMax, Timeout.InfiniteTimeSpan);
            var play = new Play(incident);
            if (!await _viewers.Link(Home, Camera.Name, cancel) || !await _viewers.Link(Strangers, _maker.CameraOf(Strangers, 1).Name, cancel))
            {
                throw new HttpRequestException("The theatre's homes could not be linked.");
            }

            await Seat(play, cancel);
            var neighbour = await _viewers.Ours(Strangers, cancel);
            play.Neighbour = neighbour.Url is { } url ? Watch(Strangers, url) : null;
            _play = play;
            return play;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The incident comes. Null when nobody watches.</summary>
    public async Task<Play?> Break(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_play is not { BrokenAt: null } play)
            {
                return null;
            }

            (play.BrokenAt, play.BrokenSince) = (_time.GetTimestamp(), _time.GetUtcNow());
            _maker.Break(play.Incident, Camera);
            if (play.Incident.Staging is Staging.AfterSignIn)
            {
                await Seat(play, cancel);
            }

            return play;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task Clear(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await ClearInTurn(cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>How it stands; null when nothing is played.</summary>
    public async Task<PlayReport?> Read(CancellationToken cancel) =>
        _play is { } play ? await PlayReport.Of(play, _maker, _ops, _time, cancel) : null;

    public async ValueTask DisposeAsync()
    {
        await _forgotten.DisposeAsync();
        if (_play is { } play)
        {
            await play.DisposeAsync();
        }

        _http.Dispose();
        _turn.Dispose();
    }

    /// <summary>Two seats and a witness beside each. A witness before our gateway has a seat of its own: a ticket is one viewer's.</summary>
    private async Task Seat(Play play, CancellationToken cancel)
    {
        await play.EndViewing();
        play.Naive = await _viewers.Naive(Home, Place, cancel);
        play.Ours = await _viewers.Ours(Home, cancel);
        var besides = play.Ours.Url is null ? play.Ours : await _viewers.Ours(Home, cancel);
        play.OursRefusedAt = besides.Url is null ? _time.GetTimestamp() : null;
        play.NaiveWitness = play.Naive.Url is { } naive ? Watch(Home, naive) : null;
        play.OursWitness = besides.Url is { } ours ? Watch(Home, ours) : null;
    }

    private Witness Watch(string home, string url) => new(_http, _oracle, _time, home, new Uri(url));

    private async Task ClearInTurn(CancellationToken cancel)
    {
        _forgotten.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (_play is { } play)
        {
            _play = null;
            await play.DisposeAsync();
        }

        await _maker.Undo();
        await _naive.EndAll(cancel);
        await _ops.LiftAutomatic(cancel);
    }

    private async Task ClearForgotten()
    {
        try
        {
            await Clear(CancellationToken.None);
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            _log.LogWarning(failed, "A play that nobody cleared could not be cleared");
        }
    }
}
