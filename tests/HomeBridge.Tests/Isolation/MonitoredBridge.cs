using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Isolation;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HomeBridge.Tests.Isolation;

/// <summary>
/// The real bridge with its database, not listening, and what gateways would tell it. Homes are <c>home1</c>, <c>home2</c>
/// and so on, each with one camera, <c>camera-0000000000001</c> and so on, that is watched through links of its own.
/// </summary>
internal sealed class MonitoredBridge : IAsyncDisposable
{
    public const string Gateway = "gateway-1";

    private readonly string _folder;
    private readonly Dictionary<string, string?> _keys;
    private readonly WebApplication _app;
    private readonly byte[] _makerKey;

    private MonitoredBridge(string folder, Dictionary<string, string?> keys, SetClock clock)
    {
        (_folder, _keys, Clock) = (folder, keys, clock);
        _makerKey = Convert.FromBase64String(keys["DeviceCloud:EvidenceKey"]!);
        _app = BridgeApplication.Build(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), BridgeApplication.SandboxEnvironment, clock, Maker);
    }

    public SetClock Clock { get; }

    public DescribingMaker Maker { get; } = new();

    public IsolationMonitor Monitor => Of<IsolationMonitor>();

    public SuspensionBoard Board => Of<SuspensionBoard>();

    /// <summary>The scopes in force, each as its maker or its camera's number.</summary>
    public IReadOnlyList<string> InForce => [.. Board.Current.InForce.Select(entry => Name(entry.Scope)).Order(StringComparer.Ordinal)];

    public static MonitoredBridge Start(params (string Key, string Value)[] more)
    {
        var folder = Directory.CreateTempSubdirectory("homebridge-test-").FullName;
        var keys = BridgeOnMaker.Keys("http://127.0.0.1:9", [9, 9, 10, 11], folder);
        foreach (var (key, value) in more)
        {
            keys[key] = value;
        }

        return new MonitoredBridge(folder, keys, new SetClock());
    }

    /// <summary>Another process on the same database.</summary>
    public async Task<MonitoredBridge> Restart()
    {
        await _app.DisposeAsync();
        return new MonitoredBridge(_folder, _keys, Clock);
    }

    public T Of<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static string MakersId(int camera) => string.Create(CultureInfo.InvariantCulture, $"camera-{camera:0000000000000}");

    public DeviceId Camera(int camera) => Of<DeviceRegister>().Identify("acme", [Maker.Describe(camera)])[0].Id;

    /// <summary>Somebody watches a camera.</summary>
    public string Watch(int camera, string? link = null, string? home = null, string protocol = StreamProtocols.Hls)
    {
        var device = Camera(camera);
        var account = new AccountLink(new AccountLinkId(link ?? $"lnk_{camera}"), "google", "google-home", "acme", home ?? $"home{camera}", "user");
        var grant = Of<StreamGrants>().Record(account, device, Of<CameraStreamOptions>() with { GrantsPerMinuteMax = int.MaxValue }, int.MaxValue, protocol)!.Value;
        var grants = Of<StreamGrants>();
        Assert.True(grants.Redeem(grants.Find(grant)!, Of<DeviceRegister>().Find(device.Value)!, Gateway, "stream", EvidenceGrade.G2, int.MaxValue));
        return grant.ToString();
    }

    /// <summary>A unit of another camera came, with everything that a maker's own mix-up would bring.</summary>
    public EvidenceFinding Delivered(string grant, int camera, string? nonce = null, byte[]? makerKey = null, ECDsa? deviceKey = null)
    {
        var asked = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        return new EvidenceFinding
        {
            Id = Guid.NewGuid().ToString("N"),
            Grant = grant,
            Verdict = nameof(EvidenceVerdict.OtherDevice),
            Unit = "segment",
            Sequence = 7,
            Nonce = asked,
            Headers = Headers(camera, nonce ?? asked, makerKey ?? _makerKey, deviceKey),
        };
    }

    public static EvidenceFinding Finding(string grant, string verdict) => new()
    {
        Id = Guid.NewGuid().ToString("N"),
        Grant = grant,
        Verdict = verdict,
        Unit = "segment",
        Sequence = 7,
        Nonce = "nonce",
        Headers = new EvidenceHeaders(null, null, null, null, CameFromCache: false),
    };

    public Task Hear(EvidenceFinding finding) => Monitor.Heard(Gateway, finding);

    /// <summary>Told in as many tallies as it takes.</summary>
    public async Task Prove(string grant, int units, string? init = null, string? parameterSets = null)
    {
        for (var left = units; left > 0; left -= UnitTally.UnitsMax)
        {
            await Monitor.Counted(Gateway, new UnitTally([new SessionTally(grant, Math.Min(left, UnitTally.UnitsMax), init, parameterSets)]));
        }
    }

    /// <summary>A person lifts everything that stands, now.</summary>
    public void LiftAll()
    {
        foreach (var entry in Board.Current.InForce)
        {
            Assert.Equal(LiftVerdict.Lifted, Board.LiftByForce(entry.Id, "looked at", "approver").Verdict);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        TestDatabase.LetGo();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private EvidenceHeaders Headers(int camera, string nonce, byte[] makerKey, ECDsa? deviceKey)
    {
        var keys = DeviceEvidenceKeys.Derive(makerKey, new DeviceRef("acme", MakersId(camera)));
        var body = Encoding.ASCII.GetBytes("pictures");
        var now = Clock.GetUtcNow();
        var stated = new MediaUnit(MakersId(camera), UnitKind.Segment, 7, now.ToUnixTimeMilliseconds(), body.Length).ToHeader();
        var digest = EvidenceSigner.ContentDigest(body);
        var ingest = deviceKey is null
            ? EvidenceSigner.SignIngest(keys.Ingest, "acme-1", stated, digest, now.ToUnixTimeSeconds())
            : EvidenceSigner.SignIngest(deviceKey, "acme-1", stated, digest, now.ToUnixTimeSeconds());
        var fresh = EvidenceSigner.SignFresh(keys.Fresh, "acme-1", 200, stated, digest, ingest, nonce, now.ToUnixTimeSeconds());
        return new EvidenceHeaders(stated, digest, $"{ingest.Input}, {fresh.Input}", $"{ingest.Value}, {fresh.Value}", CameFromCache: false);
    }

    private string Name(SuspensionScope scope)
    {
        Assert.Equal("CameraStream", scope.Trait);
        Assert.Null(scope.Platform ?? scope.AccountLink ?? scope.DeviceModel ?? scope.Firmware);
        return scope.Vendor ?? int.Parse(Of<DeviceRegister>().Find(scope.Device!)!.Ref.VendorDeviceId.AsSpan(7), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>A maker that lists each home's one camera, with the firmware that a test gives it.</summary>
internal sealed class DescribingMaker : IDeviceCloud
{
    public string Firmware { get; set; } = "1.0";

    /// <summary>Cameras that sign by themselves.</summary>
    public Dictionary<int, ECDsa> Keys { get; } = [];

    public bool IsDown { get; set; }

    public DeviceDescription Describe(int camera) => new()
    {
        VendorDeviceId = MonitoredBridge.MakersId(camera),
        Type = "CAMERA",
        Name = "Camera",
        Model = "C1",
        Firmware = Firmware,
        Traits = ["CameraStream"],
        EvidenceKey = Keys.TryGetValue(camera, out var key) && DevicePublicKey.TryRead(Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), out var enrolled) ? enrolled : null,
    };

    public ValueTask<DeviceListing> ListDevices(string account, TimeSpan patience, CancellationToken cancel) => IsDown
        ? throw new DeviceCloudUnavailableException(CallFate.NeverSent, "down")
        : ValueTask.FromResult(new DeviceListing([Describe(int.Parse(account.AsSpan(4), CultureInfo.InvariantCulture))], []));

    public ValueTask<IReadOnlyList<DeviceState?>> QueryStates(string account, IReadOnlyList<string> vendorDeviceIds, TimeSpan patience, CancellationToken cancel) =>
        throw new NotSupportedException();

    /// <summary>What becomes of a command.</summary>
    public Func<DeviceCommand, CommandOutcome> Executes { get; set; } = _ => throw new NotSupportedException();

    public ValueTask<CommandOutcome> Execute(DeviceCommand command, TimeSpan patience, CancellationToken cancel) => ValueTask.FromResult(Executes(command));

    public ValueTask<DeviceOwner?> Owner(string vendorDeviceId, TimeSpan patience, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<StreamOpening> OpenStream(string vendorDeviceId, string account, string session, StreamWish wanted, TimeSpan patience, CancellationToken cancel) =>
        throw new NotSupportedException();

    public ValueTask CloseStream(string vendorDeviceId, string streamId, TimeSpan patience, CancellationToken cancel) => ValueTask.CompletedTask;
}
