using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HomeBridge.Tests.House;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Deploy;

/// <summary>The nginx of the deployment, as it stands there, before a real bridge and its gateway.</summary>
public sealed class FrontTests : IAsyncLifetime, IDisposable
{
    private const string BridgeName = "home.maker.example", GatewayName = "media.maker.example";

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-test-").FullName;
    private readonly int _port = SandboxProcess.FreePorts(1)[0];
    private HttpClient _http = null!;
    private SandboxProcess _sandbox = null!;
    private Process? _nginx;

    public async Task InitializeAsync()
    {
        _sandbox = await SandboxProcess.Start();
        await Tool.Run("chmod", ["755", _folder]);
        using var key = RSA.Create(2048);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(BridgeName);
        names.AddDnsName(GatewayName);
        var request = new CertificateRequest("CN=front", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(_folder, "front.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(_folder, "front.key"), key.ExportPkcs8PrivateKeyPem());

        var shownHash = certificate.GetCertHashString();

        // One bridge that is away beside the one that is there: what could not be handed over goes on to the next.
        var away = SandboxProcess.FreePorts(1)[0];
        var configuration = Repository.Read("deploy/nginx/nginx.conf")
            .Replace("@RUN@", _folder, StringComparison.Ordinal).Replace("@LOG@", _folder, StringComparison.Ordinal)
            .Replace("@CERTIFICATE@", Path.Combine(_folder, "front.pem"), StringComparison.Ordinal).Replace("@KEY@", Path.Combine(_folder, "front.key"), StringComparison.Ordinal)
            .Replace("@LISTEN@", $"127.0.0.1:{_port}", StringComparison.Ordinal)
            .Replace("@BRIDGE_NAME@", BridgeName, StringComparison.Ordinal).Replace("@GATEWAY_NAME@", GatewayName, StringComparison.Ordinal)
            .Replace("@BRIDGES@", $"server 127.0.0.1:{away} max_fails=1 fail_timeout=2s; server {_sandbox.Bridge.Authority} max_fails=1 fail_timeout=2s;", StringComparison.Ordinal)
            .Replace("@GATEWAYS@", $"server {_sandbox.Gateway.Authority};", StringComparison.Ordinal);
        Assert.DoesNotContain('@', configuration.Split('\n', 2)[1]);
        var file = Path.Combine(_folder, "nginx.conf");
        await File.WriteAllTextAsync(file, configuration);
        var nginx = File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
        var tested = await Tool.Run(nginx, ["-t", "-p", _folder, "-c", file, "-e", Path.Combine(_folder, "start.log")]);
        Assert.True(tested.Code == 0, tested.Output);
        _nginx = Process.Start(new ProcessStartInfo(nginx, ["-p", _folder, "-c", file, "-e", Path.Combine(_folder, "start.log"), "-g", "daemon off;"]) { UseShellExecute = false });
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, _port, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == shownHash },
        });
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var answer = await _http.GetAsync(new Uri($"https://{GatewayName}/"));
                return;
            }
            catch (HttpRequestException) when (attempt < 199)
            {
                await Task.Delay(50);
            }
        }
    }

    public async Task DisposeAsync()
    {
        if (_nginx is { HasExited: false })
        {
            using var quit = Process.Start("kill", ["-TERM", _nginx.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await quit.WaitForExitAsync();
            await _nginx.WaitForExitAsync();
        }

        await _sandbox.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose()
    {
        _nginx?.Dispose();
        _http?.Dispose();
    }

    [Fact]
    public async Task Requests_and_units_go_through_as_they_are_and_nothing_is_kept_or_written_down()
    {
        using var direct = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
        var home = await LinkedHome.Link(_sandbox, direct, "maple", "google-home", _ => true);

        // The webhook: half of the bridges are away, and no call fails.
        for (var call = 0; call < 12; call++)
        {
            using var answer = await BridgeProcess.Sync(_http, new Uri($"https://{BridgeName}"), home.AccessToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("no-store, private", answer.Headers.CacheControl!.ToString());
            Assert.True(answer.Headers.Contains("Strict-Transport-Security"));
            Assert.Equal("nginx", Assert.Single(answer.Headers.Server).Product!.Name);
            Assert.Null(Assert.Single(answer.Headers.Server).Product!.Version);
        }

        // A stream: the same bytes with the same headers, none of them compressed or validated.
        var camera = await home.Device("Front door camera");
        var viewer = await Watching(home, camera);
        var (status, bytes) = await viewer.Fetch(viewer.Units[0]);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(bytes.Length > 1000);
        using (var asked = new HttpRequestMessage(HttpMethod.Get, viewer.PlaylistUrl))
        {
            asked.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
            using var playlist = await _http.SendAsync(asked);
            Assert.Equal("no-store, private", playlist.Headers.CacheControl!.ToString());
            Assert.Empty(playlist.Content.Headers.ContentEncoding);
            Assert.Null(playlist.Headers.ETag);
            Assert.Null(playlist.Content.Headers.LastModified);
            Assert.False(playlist.Headers.Contains("X-Cache"));
        }

        // Two polls are two answers.
        var first = viewer.PlaylistText;
        for (var poll = 0; poll < 20 && viewer.PlaylistText == first; poll++)
        {
            await Task.Delay(500);
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        }

        Assert.NotEqual(first, viewer.PlaylistText);

        // Nothing private is reachable, and another name gets no answer at all.
        Assert.Equal(HttpStatusCode.NotFound, await Status($"https://{GatewayName}/health/ready"));
        Assert.Equal(HttpStatusCode.NotFound, await Status($"https://{BridgeName}/health/ready"));
        Assert.Equal(HttpStatusCode.NotFound, await Status($"https://{BridgeName}/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await Status($"https://{BridgeName}/ops/v1/suspensions"));
        await Assert.ThrowsAsync<HttpRequestException>(() => Status("https://other.example/"));

        // Its log has names and numbers, no path.
        var log = await File.ReadAllTextAsync(Path.Combine(_folder, "access.log")) + await File.ReadAllTextAsync(Path.Combine(_folder, "error.log"));
        Assert.Contains(GatewayName, log, StringComparison.Ordinal);
        Assert.DoesNotContain("/v1/", log, StringComparison.Ordinal);
        Assert.DoesNotContain("/fulfillment", log, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "proxy"), "*", SearchOption.AllDirectories));
    }

    /// <summary>A viewer who is served: on a machine that is busy a maker may be late, and a viewer comes again.</summary>
    private async Task<Viewer> Watching(LinkedHome home, string camera)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await home.TryWatch(camera) is { } direct)
            {
                var viewer = new Viewer(_http, new Uri($"https://{GatewayName}{direct.Entry.PathAndQuery}"));
                if (await viewer.Enter() == HttpStatusCode.OK && await viewer.Poll() == HttpStatusCode.OK)
                {
                    return viewer;
                }
            }

            Assert.True(attempt < 4, "The camera is not served.");
            await Task.Delay(250);
        }
    }

    private async Task<HttpStatusCode> Status(string url)
    {
        using var answer = await _http.GetAsync(new Uri(url));
        return answer.StatusCode;
    }
}
