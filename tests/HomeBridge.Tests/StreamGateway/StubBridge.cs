using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.StreamGateway;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>
/// A bridge and a maker's media origin in one small server, for tests of the gateway alone: it can go silent, go back in
/// time, and write one feed line after another as the test says.
/// </summary>
internal sealed class StubBridge : IAsyncDisposable
{
    private static readonly DeviceRef Camera = new("acme", "camera-0000000000001");
    private static readonly byte[] MakerKey = RandomNumberGenerator.GetBytes(32);

    private readonly WebApplication _bridge;
    private readonly TicketSigner _signer = NewSigner();
    private readonly TicketSigner _next = NewSigner();
    private readonly ConcurrentQueue<FeedMessage> _lines = new();
    private WebApplication? _gateway;
    private readonly SemaphoreSlim _told = new(0);
    private long _beat;

    private StubBridge()
    {
        var port = SandboxProcess.FreePorts(2);
        (Url, Gateway) = ($"http://127.0.0.1:{port[0]}", new Uri($"http://127.0.0.1:{port[1]}"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        _bridge = builder.Build();
        Granted = OwnCamera;
        _bridge.MapGet(GatewayPaths.Feed, Feed);
        _bridge.MapPost(GatewayPaths.Redeem, async (RedeemRequest request) =>
        {
            Interlocked.Increment(ref Redemptions);
            await RedeemingTakes;
            return Results.Json(Granted(request.Grant), GatewayJson.Default.RedeemedGrant);
        });
        _bridge.MapPost(GatewayPaths.Beat, (GatewayBeat beat) =>
        {
            if (!Silent)
            {
                Beats.Enqueue(beat);
                Interlocked.Exchange(ref _beat, beat.Beat);
            }
        });
        _bridge.MapPost(GatewayPaths.BreakGlass, (BreakGlassReport report) => { Reports.Add(report); });
        _bridge.MapPost(GatewayPaths.Renew, () => Results.NoContent());
        _bridge.MapPost(GatewayPaths.Ended, (SessionEnded ended) => { Ended.Add(ended); });
        _bridge.MapPost(GatewayPaths.Findings, (EvidenceFinding finding) => { Findings.Add(finding); });
        _bridge.MapPost(GatewayPaths.Tally, (UnitTally tally) => { Tallies.Add(tally); });
        _bridge.MapPost(GatewayPaths.Acknowledge, (FeedAcknowledgement acknowledged) => { Acknowledged.Add(acknowledged); });
        _bridge.MapPost(UnitsReleased.Path, (UnitsReleased released) =>
        {
            Told.Enqueue(released);
            return RecordsReleases ? Results.NoContent() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        });
        _bridge.MapGet("/media/live.m3u8", Playlist);
        _bridge.MapGet("/media/{unit}", Unit);
    }

    public string Url { get; }

    public Uri Gateway { get; }

    /// <summary>No heartbeat and no line, as if the network were cut.</summary>
    public bool Silent { get; set; }

    /// <summary>Whether the ledger can be written.</summary>
    public bool RecordsReleases { get; set; } = true;

    /// <summary>Every batch of releases that came, in order, repeats too.</summary>
    public ConcurrentQueue<UnitsReleased> Told { get; } = [];

    /// <summary>Bytes of a unit: enough to take several writes.</summary>
    public int UnitLength { get; set; } = 300_000;

    /// <summary>How often a gateway asked to redeem.</summary>
    public int Redemptions;

    /// <summary>A redemption is answered when this is done.</summary>
    public Task RedeemingTakes { get; set; } = Task.CompletedTask;

    /// <summary>Set: the next playlist is written, then held back until this completes, as on a poor network.</summary>
    public Task? HoldNextPlaylist { get; set; }

    /// <summary>What the init unit is filled with.</summary>
    public byte InitFilling { get; set; }

    /// <summary>By how much the camera's clock is wrong.</summary>
    public TimeSpan CaptureShift { get; set; }

    /// <summary>How far the playlist is behind.</summary>
    public int UnitsBehind { get; set; }

    /// <summary>A header that comes with each unit.</summary>
    public (string Name, string Value)? UnitHeader { get; set; }

    /// <summary>Set: what the maker serves instead of empty units.</summary>
    public RecordedMedia? Recorded { get; set; }

    public SuspensionSnapshot Suspensions { get; set; } = new(5, []);

    /// <summary>What a redeemed grant says; by default the stub's own camera and media.</summary>
    public Func<string, RedeemedGrant> Granted { get; set; }

    public ConcurrentBag<SessionEnded> Ended { get; } = [];

    public ConcurrentBag<FeedAcknowledgement> Acknowledged { get; } = [];

    public ConcurrentQueue<GatewayBeat> Beats { get; } = [];

    public ConcurrentBag<BreakGlassReport> Reports { get; } = [];

    public ConcurrentBag<EvidenceFinding> Findings { get; } = [];

    public ConcurrentBag<UnitTally> Tallies { get; } = [];

    /// <summary>Who signs its snapshots; the gateway pins the first.</summary>
    public SnapshotSigner Signer { get; set; } = SnapshotSigning.Signer;

    /// <summary>The numbering of its versions.</summary>
    public long Epoch { get; set; } = 1;

    /// <summary>What is inside the gateway.</summary>
    public IServiceProvider GatewayServices => _gateway!.Services;

    private Func<GatewayOptions, GatewayOptions> Change { get; init; } = options => options;

    public SignedSnapshot Signed() => Signer.Sign(new NumberedSnapshot(Epoch, Suspensions));

    /// <summary>With its gateway; where that is a process of its own, somebody else starts it.</summary>
    public static async Task<StubBridge> Start(Func<GatewayOptions, GatewayOptions>? change = null, bool external = false)
    {
        var stub = new StubBridge { Change = change ?? (options => options) };
        await stub._bridge.StartAsync();
        if (!external)
        {
            await stub.StartGateway();
            await stub.UntilReady();
        }

        return stub;
    }

    /// <summary>The gateway has found its bridge.</summary>
    public async Task UntilReady()
    {
        using var http = new HttpClient();
        for (var attempt = 0; attempt < 400; attempt++)
        {
            try
            {
                using var ready = await http.GetAsync(new Uri(Gateway, "/health/ready"));
                if (ready.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("The gateway did not find its bridge.");
    }

    public void Tell(FeedMessage line)
    {
        _lines.Enqueue(line);
        _told.Release();
    }

    /// <summary>The ring of ticket keys: two, or only the one that follows.</summary>
    public TicketKeyMessage[] Ring(bool both) => [.. (both ? (TicketSigner[])[_signer, _next] : [_next]).Select(key =>
        new TicketKeyMessage(Convert.ToBase64String(key.PublicKey.SubjectPublicKeyInfo)))];

    public Uri NewEntry(TimeSpan? lifetime = null, DateTimeOffset? issuedAt = null, bool byNextKey = false, GrantId? grant = null, bool isProgressive = false) => new(
        Gateway, $"/v1/e/{(byNextKey ? _next : _signer).Sign(grant ?? new GrantId(Guid.NewGuid()), issuedAt ?? TimeProvider.System.GetUtcNow(), lifetime ?? TimeSpan.FromMinutes(1), isProgressive ? TicketPurpose.Progressive : TicketPurpose.Hls)}/{(isProgressive ? "live.mp4" : "live.m3u8")}");

    /// <summary>Where a display signals for the stub's own camera.</summary>
    public Uri NewSignalling(string token) => new(
        Gateway, $"/v1/w/{_signer.SignSignalling(new GrantId(Guid.NewGuid()), TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1), SignallingBinding.Of(token, "dev_1"))}");

    /// <summary>The gateway's process ends and another one begins.</summary>
    public async Task RestartGateway()
    {
        await _gateway!.DisposeAsync();
        await StartGateway();
    }

    private async Task StartGateway()
    {
        _gateway = GatewayApplication.Build(
            Change(new GatewayOptions { Name = "gateway-1", ListenUrl = Gateway.GetLeftPart(UriPartial.Authority), BridgeUrl = Url, Key = "key", SnapshotKey = SnapshotSigning.Signer.PublicKeyPem }),
            TimeProvider.System);
        await _gateway.StartAsync();
    }

    /// <summary>The gateway stops as on Ctrl-C; the bridge goes on.</summary>
    public Task StopGateway() => _gateway!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await _bridge.DisposeAsync();
        _told.Dispose();
        _signer.Dispose();
        _next.Dispose();
    }

    private static TicketSigner NewSigner()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TicketSigner(key.ExportECPrivateKeyPem());
    }

    private async Task Feed(HttpContext context, long beat)
    {
        Interlocked.Exchange(ref _beat, beat);
        await Write(context, new FeedMessage
        {
            Version = Suspensions.Version,
            Cursor = 0,
            Suspensions = Signed(),
            TicketKeys = Ring(both: true),
        });
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await _told.WaitAsync(TimeSpan.FromMilliseconds(100));
            if (!Silent)
            {
                await Write(context, _lines.TryDequeue(out var line) ? line : new FeedMessage { Version = Suspensions.Version, Cursor = 0 });
            }
        }
    }

    private async Task Write(HttpContext context, FeedMessage message)
    {
        while (Silent)
        {
            await Task.Delay(50, context.RequestAborted);
        }

        await JsonSerializer.SerializeAsync(context.Response.Body, message with { Echo = Interlocked.Read(ref _beat) }, GatewayJson.Default.FeedMessage);
        await context.Response.WriteAsync("\n");
        await context.Response.Body.FlushAsync();
    }

    private RedeemedGrant OwnCamera(string grant)
    {
        var keys = DeviceEvidenceKeys.Derive(MakerKey, Camera);
        return new RedeemedGrant
        {
            Grant = grant,
            AccountLink = "lnk_1",
            Platform = "google",
            Device = "dev_1",
            Vendor = Camera.Vendor,
            VendorDeviceId = Camera.VendorDeviceId,
            MediaUrl = Url + "/media/",
            MediaToken = "token",
            Container = Recorded?.Container ?? MediaContainer.Fmp4,
            Grade = EvidenceGrade.G2,
            IngestKey = Convert.ToBase64String(keys.Ingest),
            FreshKey = Convert.ToBase64String(keys.Fresh),
        };
    }

    public static long NewestUnit => (TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 2000) - 1;

    private async Task<string> Playlist()
    {
        var text = Recorded?.Playlist(NewestUnit) ?? PlaylistNow();
        if (HoldNextPlaylist is { } held)
        {
            HoldNextPlaylist = null;
            await held;
        }

        return text;
    }

    private string PlaylistNow()
    {
        var first = NewestUnit - 2 - UnitsBehind;
        return $"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-MAP:URI=\"init.mp4\"\n"
            + string.Concat(Enumerable.Range(0, 3).Select(offset => $"#EXTINF:2.000,\n{first + offset}.m4s\n"));
    }

    private byte[] Filled(bool isInit)
    {
        var body = new byte[UnitLength];
        body.AsSpan().Fill(isInit ? InitFilling : (byte)0);
        return body;
    }

    private IResult Unit(string unit, HttpContext context)
    {
        var isInit = unit.StartsWith("init", StringComparison.Ordinal);
        var file = unit.Split('.')[0];
        var sequence = isInit ? (file == "init" ? 0 : long.Parse(file[5..], CultureInfo.InvariantCulture)) : long.Parse(file, CultureInfo.InvariantCulture);
        var body = Recorded?.Unit(isInit, sequence) ?? Filled(isInit);
        if (UnitHeader is var (name, value))
        {
            context.Response.Headers.Append(name, value);
        }

        var keys = DeviceEvidenceKeys.Derive(MakerKey, Camera);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var stated = new MediaUnit(Camera.VendorDeviceId, isInit ? UnitKind.Init : UnitKind.Segment, sequence, (sequence * 2000) + (long)CaptureShift.TotalMilliseconds, body.Length).ToHeader();
        var digest = EvidenceSigner.ContentDigest(body);
        var ingest = EvidenceSigner.SignIngest(keys.Ingest, "acme-1", stated, digest, now);
        var fresh = EvidenceSigner.SignFresh(keys.Fresh, "acme-1", 200, stated, digest, ingest, context.Request.Headers["Media-Nonce"].ToString(), now);
        var headers = context.Response.Headers;
        headers["Media-Unit"] = stated;
        headers["Content-Digest"] = digest;
        headers["Signature-Input"] = $"{ingest.Input}, {fresh.Input}";
        headers["Signature"] = $"{ingest.Value}, {fresh.Value}";
        return Results.Bytes(body, "video/mp4");
    }
}
