using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.StreamGateway;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Attack;

/// <summary>A maker's media origin that answers nonsense: the viewer gets 503, never a bug of the gateway.</summary>
public sealed class HostileMakerTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new();
    private readonly TicketSigner _signer;
    private readonly WebApplication _maker;
    private readonly WebApplication _gateway;
    private readonly Uri _gatewayUrl;
    private readonly string _url;
    private string _mediaToken = "token";
    private string _type = "application/vnd.apple.mpegurl";
    private string _duration = "2.000";
    private Func<Task>? _whileRedeeming;
    private FeedMessage? _line;
    private long _beat;

    public HostileMakerTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _signer = new TicketSigner(key.ExportECPrivateKeyPem());
        var ports = SandboxProcess.FreePorts(2);
        _url = $"http://127.0.0.1:{ports[0]}";
        _gatewayUrl = new Uri($"http://127.0.0.1:{ports[1]}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(_url);
        _maker = builder.Build();
        _maker.MapGet(GatewayPaths.Feed, Feed);
        _maker.MapPost(GatewayPaths.Redeem, Redeemed);
        _maker.MapPost(GatewayPaths.Beat, (GatewayBeat beat) => { Interlocked.Exchange(ref _beat, beat.Beat); });
        _maker.MapPost(GatewayPaths.Renew, () => Results.NoContent());
        _maker.MapPost(GatewayPaths.Ended, () => Results.NoContent());
        _maker.MapPost(GatewayPaths.Acknowledge, () => Results.NoContent());
        _maker.MapGet("/media/live.m3u8", (HttpResponse response) =>
        {
            response.Headers.ContentType = _type;
            return response.WriteAsync($"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:{_duration},\n1.m4s\n");
        });
        _gateway = GatewayApplication.Build(
            new GatewayOptions { Name = "gateway-1", ListenUrl = _gatewayUrl.GetLeftPart(UriPartial.Authority), BridgeUrl = _url, Key = "key", SnapshotKey = SnapshotSigning.Signer.PublicKeyPem }, TimeProvider.System);
    }

    public async Task InitializeAsync()
    {
        await _maker.StartAsync();
        await _gateway.StartAsync();
        for (var attempt = 0; attempt < 50; attempt++)
        {
            using var ready = await _http.GetAsync(new Uri(_gatewayUrl, "/health/ready"));
            if (ready.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(100);
        }
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _maker.DisposeAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _signer.Dispose();
    }

    [Theory]
    [InlineData("79228162514264337593543950335")]
    [InlineData("9999999999999999999999999999")]
    public async Task A_duration_that_no_number_can_hold_is_unavailable(string duration)
    {
        _duration = duration;
        var viewer = await Entered();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await viewer.Poll());
    }

    [Fact]
    public async Task A_playlist_is_utf_8_whatever_its_header_says()
    {
        _type = "application/vnd.apple.mpegurl; charset=nonsense";
        var viewer = await Entered();

        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
    }

    [Fact]
    public async Task A_media_token_with_a_line_break_is_unavailable()
    {
        _mediaToken = "token\r\nX-Other: 1";

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await new Viewer(_http, NewEntry()).Enter());
    }

    [Fact]
    public async Task A_revocation_that_came_while_its_grant_was_redeemed_is_not_lost()
    {
        _whileRedeeming = async () =>
        {
            _line = new FeedMessage { Version = 1, Cursor = 1, Revocations = [new Revocation("lnk_1", null)] };
            await Task.Delay(500);
        };
        var viewer = new Viewer(_http, NewEntry());

        if (await viewer.Enter() == HttpStatusCode.OK)
        {
            Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        }
    }

    private async Task<Viewer> Entered()
    {
        var viewer = new Viewer(_http, NewEntry());
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        return viewer;
    }

    private Uri NewEntry() => new(
        _gatewayUrl, $"/v1/e/{_signer.Sign(new GrantId(Guid.NewGuid()), TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1))}/live.m3u8");

    private async Task Feed(HttpContext context, long beat)
    {
        Interlocked.Exchange(ref _beat, beat);
        var line = new FeedMessage
        {
            Version = 1,
            Cursor = 0,
            Suspensions = new SuspensionSnapshot(1, []).Signed(),
            TicketKeys = [new TicketKeyMessage(Convert.ToBase64String(_signer.PublicKey.SubjectPublicKeyInfo))],
        };
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, line with { Echo = Interlocked.Read(ref _beat) }, GatewayJson.Default.FeedMessage);
            await context.Response.WriteAsync("\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(50);
            line = Interlocked.Exchange(ref _line, null) ?? new FeedMessage { Version = 1, Cursor = 0 };
        }
    }

    private async Task<IResult> Redeemed(RedeemRequest request)
    {
        if (_whileRedeeming is { } meanwhile)
        {
            await meanwhile();
        }

        return Results.Json(
            new RedeemedGrant
            {
                Grant = request.Grant,
                AccountLink = "lnk_1",
                Platform = "google",
                Device = "dev_1",
                Vendor = "acme",
                VendorDeviceId = "camera-0000000000001",
                MediaUrl = _url + "/media/",
                MediaToken = _mediaToken,
                Grade = HomeBridge.Streaming.Evidence.EvidenceGrade.G2,
                IngestKey = Convert.ToBase64String(new byte[32]),
                FreshKey = Convert.ToBase64String(new byte[32]),
            },
            GatewayJson.Default.RedeemedGrant);
    }
}
