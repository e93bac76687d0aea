using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Clock;
using HomeBridge.Simulation.Gateways;
using HomeBridge.Simulation.Makers;
using HomeBridge.Simulation.Viewers;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Simulation;

/// <summary>
/// What became of one world. A violation is the oracle's first finding, or what went wrong in the simulation itself.
/// </summary>
internal sealed record WorldResult(
    int Number, Schedule Schedule, Counts Counts, byte[] Hash, long Steps, string? Violation, IReadOnlyDictionary<string, int> Violations, long ForeignBytes, IReadOnlyList<string> LastEvents);

/// <summary>
/// One small world: homes, cameras, makers, a bridge, one gateway, viewers, and a schedule of faults. Everything in it
/// follows from its seed.
/// </summary>
internal sealed class World : IDisposable
{
    private static readonly string[] Vendors = ["acme", "borealis"];
    private static readonly string[] Platforms = ["google", "second"];
    private static readonly byte[] MakerKey = SHA256.HashData("the makers' key"u8);

    private readonly Dictionary<string, SimCamera> _byName;
    private readonly Dice _nonces;
    private SimRequest? _asking;
    private Weather _weather;

    private World(Schedule schedule, ulong seed, bool naive)
    {
        (Schedule, IsNaive) = (schedule, naive);
        _weather = Simulation.Weather.At(schedule, TimeSpan.Zero);
        Clock = new Clockwork(Dice.For(seed, 1));
        Log = new EventLog(Clock);
        Dice = Dice.For(seed, 2);
        Secrets = new SeededGenerator(Dice.For(seed, 3));
        _nonces = Dice.For(seed, 4);
        Cameras = [.. MakeCameras(Dice.For(seed, 5))];
        _byName = Cameras.ToDictionary(camera => camera.VendorDeviceId);
        Maker = new SimMaker(this);
        Bridge = new SimBridge(this);
        Feed = new SimFeed(this);
        Oracle = new Oracle(this);
        Gateway = naive ? new NaiveGateway(this) : new RealGateway(this);
    }

    public Schedule Schedule { get; }

    public bool IsNaive { get; }

    public Clockwork Clock { get; }

    public EventLog Log { get; }

    public Dice Dice { get; }

    public RandomNumberGenerator Secrets { get; }

    public Counts Counts { get; } = new();

    public IReadOnlyList<SimCamera> Cameras { get; }

    public SimMaker Maker { get; }

    public SimBridge Bridge { get; }

    public SimFeed Feed { get; }

    public Oracle Oracle { get; }

    public IGateway Gateway { get; }

    /// <summary>Lives one world to its end.</summary>
    public static WorldResult Live(int number, Schedule schedule, ulong seed, bool naive = false)
    {
        using var world = new World(schedule, seed, naive);
        string? failure = null;
        try
        {
            world.Clock.Run(world.Life);
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            failure = $"the simulation failed: {bug}";
        }

        failure ??= naive ? null : world.Oracle.First;
        return new WorldResult(
            number, schedule, world.Counts, world.Log.Hash(), world.Clock.Steps, failure, world.Oracle.Violations, world.Oracle.ForeignBytes, [.. world.Log.Last()]);
    }

    public SimCamera Camera(string vendorDeviceId) => _byName[vendorDeviceId];

    /// <summary>The camera that was made with the same key.</summary>
    public SimCamera? Twin(SimCamera camera) => Cameras.FirstOrDefault(other => other != camera && other.Vendor == camera.Vendor && ReferenceEquals(other.Keys, camera.Keys));

    /// <summary>A nonce of somebody else's.</summary>
    public string Nonce()
    {
        Span<byte> nonce = stackalloc byte[18];
        new SeededGenerator(_nonces).GetBytes(nonce);
        return Base64Url.EncodeToString(nonce);
    }

    /// <summary>Whether a fault that is on just now happens here. Counted and logged if so.</summary>
    public bool Rolls(FaultKind kind, string? vendor = null)
    {
        var fault = Weather().Of(kind);
        if (fault is null || !Meets(fault, vendor) || !Dice.Hit(fault.Rate))
        {
            return false;
        }

        Injected(kind);
        return true;
    }

    /// <summary>One of the faults of a maker's answer, or none.</summary>
    public FaultKind? RollAny(string vendor)
    {
        foreach (var fault in Weather().OfAnswers)
        {
            if (Meets(fault, vendor) && Dice.Hit(fault.Rate))
            {
                Injected(fault.Kind);
                return fault.Kind;
            }
        }

        return null;
    }

    public double Rate(FaultKind kind) => Weather().Of(kind)?.Rate ?? 0;

    public void Injected(FaultKind kind)
    {
        Counts.Fault(kind);
        Log.Add(Happening.Fault, (long)kind);
    }

    /// <summary>An exchange begins: it belongs to the request that is being served.</summary>
    public Exchange Begin(Exchange exchange)
    {
        if (_asking is { } asking)
        {
            asking.Exchange = exchange;
        }

        return exchange;
    }

    /// <summary>Sends a request to the gateway and waits for its end.</summary>
    public async Task Get(SimRequest request, Func<CancellationToken, Task> send)
    {
        try
        {
            // The gateway asks the maker before it first waits, so whose exchange it is needs no thread-local.
            _asking = request;
            var serving = send(request.Gone.Token);
            _asking = null;
            await serving;
        }
        catch (OperationCanceledException)
        {
            request.Cut();
        }
        catch (InvalidOperationException) when (!IsNaive)
        {
            // The gateway's own last net: the viewer gets 503.
            Counts.Stopped++;
            request.Cut();
        }
        finally
        {
            _asking = null;
            request.Close();
        }

        Log.Add(
            request.What switch
            {
                Asking.Entry => request.Completed ? Happening.Entered : Happening.EntryRefused,
                Asking.Playlist => request.Completed ? Happening.Polled : Happening.PollRefused,
                _ => request.Completed ? Happening.Released : request.WasCut ? Happening.UnitCut : Happening.UnitRefused,
            },
            request.Grant.Number,
            request.What is Asking.Segment ? request.Sequence : request.Status);
    }

    public void Dispose()
    {
        Gateway.Dispose();
        Log.Dispose();
        Secrets.Dispose();
    }

    private static bool Meets(Fault fault, string? vendor) => fault.Vendor is null || vendor is null || fault.Vendor == vendor;

    private IEnumerable<SimCamera> MakeCameras(Dice dice)
    {
        DeviceEvidenceKeys? shared = null;
        for (var number = 0; number < Schedule.Homes * Schedule.CamerasPerHome; number++)
        {
            // Neighbours in the line of production go to different homes and, by pairs, to the same maker.
            var vendor = Vendors[number / 2 % Vendors.Length];
            var keys = Schedule.SharedKeys && number % 2 == 1
                ? shared!
                : DeviceEvidenceKeys.Derive(MakerKey, new DeviceRef(vendor, SimCamera.NameOf(number)));
            shared = keys;
            yield return new SimCamera(number, vendor, number % Schedule.Homes, keys, Schedule, Clock, dice);
        }
    }

    private Weather Weather()
    {
        if (Clock.Elapsed >= _weather.Until)
        {
            _weather = Simulation.Weather.At(Schedule, Clock.Elapsed);
        }

        return _weather;
    }

    private async Task Life()
    {
        for (var home = 0; home < Schedule.Homes; home++)
        {
            foreach (var platform in Platforms)
            {
                Bridge.Link(home, platform);
            }
        }

        using var end = new CancellationTokenSource();
        Task[] background = [Feed.Run(end.Token), Sweep(end.Token), new Troubles(this).Run(end.Token)];
        var viewers = Enumerable.Range(0, Schedule.Viewers).Select(number => new SimViewer(this, number).Live()).ToArray();
        await Task.WhenAll(viewers);

        // Not CancelAsync: it would leave the world's thread.
        end.Cancel();
        await Task.WhenAll(background);
        if (Schedule.Clean && !IsNaive && Oracle.First is null)
        {
            CheckThatItServes();
        }
    }

    /// <summary>A gateway that releases nothing leaks nothing. It must not pass.</summary>
    private void CheckThatItServes()
    {
        var share = (double)Counts.UnitsReleased / Math.Max(1, Counts.UnitsAsked);
        if (share < 0.999 || Counts.Sessions < 0.999 * Counts.Viewers || Counts.UnitsReleased < 0.4 * Schedule.WatchFrom * Counts.Viewers)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Nothing was wrong, but {Counts.Viewers} viewers got {Counts.Sessions} sessions and {Counts.UnitsReleased} of {Counts.UnitsAsked} units."));
        }
    }

    /// <summary>Half as often as the service does: it is there for what everything else let slip.</summary>
    private async Task Sweep(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Clock.Wait(TimeSpan.FromMilliseconds(500), stop);
            Gateway.Sweep();
        }
    }
}
