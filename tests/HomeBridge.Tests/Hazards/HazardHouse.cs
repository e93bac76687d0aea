using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.StreamGateway;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Hazards;

/// <summary>A gateway between a bridge of few words and a maker on bare sockets: any number of cameras, one session each.</summary>
internal sealed class HazardHouse : IAsyncDisposable
{
    private readonly WebApplication _bridge;
    private readonly ConcurrentDictionary<string, DeviceRef> _grants = new(StringComparer.Ordinal);
    private readonly TicketSigner _signer;
    private WebApplication _gateway = null!;
    private long _beat;

    private HazardHouse()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _signer = new TicketSigner(key.ExportECPrivateKeyPem());
        var ports = SandboxProcess.FreePorts(2);
        (BridgeUrl, Gateway) = ($"http://127.0.0.1:{ports[0]}", new Uri($"http://127.0.0.1:{ports[1]}"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(BridgeUrl);
        _bridge = builder.Build();
        _bridge.MapGet(GatewayPaths.Feed, Feed);
        _bridge.MapPost(GatewayPaths.Redeem, (RedeemRequest request) => Redeemed(request.Grant));
        _bridge.MapPost(GatewayPaths.Renew, () => Results.NoContent());
        _bridge.MapPost(GatewayPaths.Ended, (SessionEnded ended) => { Ended.Add(ended); });
        _bridge.MapPost(GatewayPaths.Beat, (GatewayBeat beat) => { Interlocked.Exchange(ref _beat, beat.Beat); });
        _bridge.MapPost(SelfProbeReport.Path, (SelfProbeReport found) => { Probes.Enqueue(found); });
        _bridge.MapPost("/internal/v1/{other}", () => Results.NoContent());
    }

    public RawMaker Maker { get; } = new();

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    public string BridgeUrl { get; }

    public Uri Gateway { get; }

    public SuspensionSnapshot Suspensions { get; set; } = new(1, []);

    public ConcurrentBag<SessionEnded> Ended { get; } = [];

    public ConcurrentQueue<SelfProbeReport> Probes { get; } = new();

    /// <summary>What the gateway logged.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    public static async Task<HazardHouse> Start(Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var house = new HazardHouse();
        await house._bridge.StartAsync();
        var options = new GatewayOptions
        {
            Name = "gateway-1",
            ListenUrl = house.Gateway.GetLeftPart(UriPartial.Authority),
            BridgeUrl = house.BridgeUrl,
            Key = "key",
            SnapshotKey = SnapshotSigning.Signer.PublicKeyPem,
        };
        house._gateway = GatewayApplication.Build(change?.Invoke(options) ?? options, TimeProvider.System);
#pragma warning disable CA2000 // The factory owns it.
        house._gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(new Listening(house.Log));
#pragma warning restore CA2000
        await house._gateway.StartAsync();
        await house.Until(async () => !(await house.Ready()).Text.StartsWith("no contact", StringComparison.Ordinal));
        return house;
    }

    public Uri NewEntry(DeviceRef camera)
    {
        var grant = new GrantId(Guid.NewGuid());
        _grants[grant.ToString()] = camera;
        return new Uri(Gateway, $"/v1/e/{_signer.Sign(grant, TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1))}/live.m3u8");
    }

    /// <summary>Where a display signals for this camera, with which token, and how the platform calls the camera.</summary>
    public (Uri Url, string Token, string Device) NewSignalling(DeviceRef camera)
    {
        var (grant, token, device) = (new GrantId(Guid.NewGuid()), Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), "dev_" + camera.VendorDeviceId);
        _grants[grant.ToString()] = camera;
        return (new Uri(Gateway, $"/v1/w/{_signer.SignSignalling(grant, TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1), SignallingBinding.Of(token, device))}"), token, device);
    }

    /// <summary>A viewer of this camera with a playlist.</summary>
    public async Task<Viewer> Watch(DeviceRef camera)
    {
        var viewer = new Viewer(Http, NewEntry(camera));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    public async Task<(int Status, string Text)> Ready()
    {
        using var answer = await Http.GetAsync(new Uri(Gateway, "/health/ready"));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends bytes as they are; everything that came back, and whether the gateway closed the connection.</summary>
    public static async Task<(string Text, bool Closed)> Raw(Uri to, string request, TimeSpan patience)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to.Host, to.Port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        var text = new StringBuilder();
        var bytes = new byte[64 * 1024];
        using var patient = new CancellationTokenSource(patience);
        try
        {
            while (await stream.ReadAsync(bytes, patient.Token) is > 0 and var read)
            {
                text.Append(Encoding.Latin1.GetString(bytes, 0, read));
            }

            return (text.ToString(), true);
        }
        catch (OperationCanceledException)
        {
            return (text.ToString(), false);
        }
        catch (IOException)
        {
            return (text.ToString(), true);
        }
    }

    public async Task Until(Func<Task<bool>> happened, int seconds = 20)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await happened())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), "It did not happen.\n" + string.Join('\n', Log));
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _bridge.DisposeAsync();
        await Maker.DisposeAsync();
        Http.Dispose();
        _signer.Dispose();
    }

    private async Task Feed(HttpContext context, long beat)
    {
        Interlocked.Exchange(ref _beat, beat);
        var line = new FeedMessage
        {
            Version = Suspensions.Version,
            Cursor = 0,
            Suspensions = Suspensions.Signed(),
            TicketKeys = [new TicketKeyMessage(Convert.ToBase64String(_signer.PublicKey.SubjectPublicKeyInfo))],
        };
        var told = Suspensions;
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, line with { Echo = Interlocked.Read(ref _beat) }, GatewayJson.Default.FeedMessage);
            await context.Response.WriteAsync("\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(50);
            var now = Suspensions;
            line = new FeedMessage { Version = now.Version, Cursor = 0, Suspensions = ReferenceEquals(now, told) ? null : now.Signed() };
            told = now;
        }
    }

    private IResult Redeemed(string grant)
    {
        if (!_grants.TryGetValue(grant, out var camera))
        {
            return Results.NotFound();
        }

        var keys = RawMaker.Keys(camera);
        return Results.Json(new
        {
            grant,
            accountLink = "lnk_" + camera.VendorDeviceId,
            platform = "google",
            device = "dev_" + camera.VendorDeviceId,
            vendor = camera.Vendor,
            vendorDeviceId = camera.VendorDeviceId,
            mediaUrl = Maker.MediaUrl(camera).AbsoluteUri,
            mediaToken = "token-" + camera.VendorDeviceId,
            grade = "G2",
            ingestKey = Convert.ToBase64String(keys.Ingest),
            freshKey = Convert.ToBase64String(keys.Fresh),
        });
    }

    /// <summary>Everything that is logged, at any level, with its scopes' state as text.</summary>
    private sealed class Listening(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
