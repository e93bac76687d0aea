using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Start;

/// <summary>Starting, stopping, and refusing to start: each time as its user would.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Ctrl_c_stops_the_sandbox_cleanly()
    {
        await using var sandbox = await SandboxProcess.Start();

        Assert.Equal(0, await sandbox.Stop());
        Assert.DoesNotContain("fail:", sandbox.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", sandbox.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_and_a_suspension_survive_a_machine_that_fails()
    {
        var first = await SandboxProcess.Start();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var home = await LinkedHome.Link(first, http, "maple", "google-home", _ => true);
        var camera = await home.Device("Front door camera");
        using var raise = new HttpRequestMessage(HttpMethod.Post, new Uri(first.Ops, "/ops/v1/suspensions?wait=5s"));
        raise.Headers.Authorization = new("Bearer", "sandbox-operator");
        raise.Content = new StringContent("""{"preset":"camera-leak","incident":"INC-1"}""", System.Text.Encoding.UTF8, "application/json");
        using var raised = await http.SendAsync(raise);
        Assert.Equal(HttpStatusCode.Created, raised.StatusCode);
        await first.Kill();

        await using var second = await SandboxProcess.Start(first.DataFolder, first.Ports);
        await first.DisposeAsync();
        var opened = await home.OpenCamera(camera);

        Assert.Equal("streamUnavailable", opened.GetProperty("errorCode").GetString());
        Assert.Equal(8, (await home.Sync()).GetProperty("devices").GetArrayLength());
        await home.Refresh();
    }

    [Fact]
    public async Task A_stream_that_a_failing_machine_left_open_is_over_and_in_the_trail_after_the_restart()
    {
        var first = await SandboxProcess.Start();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var home = await LinkedHome.Link(first, http, "maple", "google-home", _ => true);
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        await first.Kill();

        await using var second = await SandboxProcess.Start(first.DataFolder, first.Ports);
        await first.DisposeAsync();

        Assert.Equal(HttpStatusCode.NotFound, await viewer.Enter());
        using var trail = new HttpRequestMessage(HttpMethod.Get, new Uri(second.Ops, "/ops/v1/audit"));
        trail.Headers.Authorization = new("Bearer", "sandbox-operator");
        using var rows = await http.SendAsync(trail);
        Assert.Contains("Restart", await rows.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lifetimes_are_what_the_options_say()
    {
        await using var sandbox = await SandboxProcess.Start(null, null, "--code-lifetime", "1", "--access-token-lifetime=1");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var browser = new Browser();
        var home = await LinkedHome.Link(sandbox, http, "maple", "google-home", _ => true);
        var back = await LinkedHome.Consent(browser, sandbox, "maple", "google-home", _ => true);

        await Task.Delay(1_200);
        using var expired = await home.Post("""{"requestId":"1","inputs":[{"intent":"action.devices.SYNC"}]}""");
        var (status, error) = await LinkedHome.Token(sandbox, http, "google-home", new()
        {
            ["grant_type"] = "authorization_code",
            ["code"] = back.Query("code")!,
            ["redirect_uri"] = LinkedHome.Clients["google-home"].Redirect,
        });

        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (status, error.GetProperty("error").GetString()));
        await home.Refresh();
        Assert.True((await home.Sync()).TryGetProperty("devices", out _));
    }

    [Theory]
    [InlineData("--bridge-url", "ftp://127.0.0.1:1")]
    [InlineData("--bridge-url", "http://192.0.2.1:8080")]
    [InlineData("--code-lifetime", "0")]
    [InlineData("--seed", "x")]
    [InlineData("--nonsense", "1")]
    public async Task A_wrong_option_is_told_and_nothing_starts(string option, string value)
    {
        var (code, output) = await Run("HomeBridge.Sandbox.dll", [option, value]);

        Assert.NotEqual(0, code);
        Assert.Contains(option, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        var (code, output) = await Run("HomeBridge.Sandbox.dll", ["--help"]);

        Assert.Equal(0, code);
        foreach (var option in (string[])["--bridge-url", "--ops-url", "--gateway-url", "--cloud-url", "--display-url", "--data", "--seed", "--code-lifetime", "--access-token-lifetime"])
        {
            Assert.Contains(option, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told_in_a_sentence()
    {
        await using var first = await SandboxProcess.Start();
        var (code, output) = await Run("HomeBridge.Sandbox.dll", ["--bridge-url", first.Bridge.AbsoluteUri, "--cloud-url", "http://127.0.0.1:0"]);

        Assert.NotEqual(0, code);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bridge_alone_refuses_to_start_and_names_every_key_that_is_missing()
    {
        var (code, output) = await Run("HomeBridge.dll", []);

        Assert.Equal(2, code);
        foreach (var key in (string[])["Bridge:PublicUrl", "Bridge:ListenUrl", "Ops:ListenUrl", "Database:Path", "DeviceCloud:BaseUrl", "SignIn:Issuer", "CameraStreams:TicketKey", "CameraStreams:GatewayUrl", "AccountLinking:Clients:0:ClientId", "AzureAd:TenantId"])
        {
            Assert.Contains(key, output, StringComparison.Ordinal);
        }

        Assert.Contains("Example:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Bridge:PublicUrl=http://bridge.example", "Bridge:PublicUrl", "https")]
    [InlineData("--Bridge:ListenUrl=here", "Bridge:ListenUrl", "not an absolute")]
    [InlineData("--DeviceCloud:EvidenceKey=short", "DeviceCloud:EvidenceKey", "32 random bytes")]
    [InlineData("--CameraStreams:TicketKey=none", "CameraStreams:TicketKey", "P-256")]
    [InlineData("--CameraStreams:HlsContainer=webm", "CameraStreams:HlsContainer", "neither fmp4 nor mpegts")]
    [InlineData("--CameraStreams:ReceiverAppId=a1b2c3d4", "CameraStreams:ReceiverAppId", "eight capital letters or digits")]
    [InlineData("--CameraStreams:TicketLifetime=1.00:00:00", "CameraStreams:TicketLifetime", "not a duration")]
    [InlineData("--Operators:Sandbox:0:Name=sandbox-operator", "Operators:Sandbox", "refused outside the sandbox")]
    [InlineData("--DeviceCloud:ApiKeyFile=/does/not/exist", "DeviceCloud:ApiKeyFile", "can't be read")]
    [InlineData("--Gateways:Embedded=perhaps", "Gateways:Embedded", "neither true nor false")]
    public async Task Wrong_configuration_is_told_with_the_key_and_what_is_wrong(string argument, string key, string wrong)
    {
        var (code, output) = await Run("HomeBridge.dll", [argument]);

        Assert.Equal(2, code);
        Assert.Contains(output.Split('\n'), line => line.Contains(key, StringComparison.Ordinal) && line.Contains(wrong, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bridge_and_gateway_as_processes_of_their_own_find_each_other_and_a_revoked_gateway_does_not()
    {
        var folder = Directory.CreateTempSubdirectory("homebridge-alone-").FullName;
        var ports = SandboxProcess.FreePorts(4);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(folder, "ticket.pem"), key.ExportECPrivateKeyPem());
        using var snapshots = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(folder, "snapshot.pem"), snapshots.ExportECPrivateKeyPem());
        await File.WriteAllTextAsync(Path.Combine(folder, "snapshot-public.pem"), snapshots.ExportSubjectPublicKeyInfoPem());
        using var rsa = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var sealing = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=homebridge", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, "sealing.pem"), $"{sealing.ExportCertificatePem()}\n{rsa.ExportPkcs8PrivateKeyPem()}\n");
        string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), $$"""
            {
              "DataProtection": { "CertificateFile": "{{folder}}/sealing.pem" },
              "Bridge": { "PublicUrl": "https://bridge.example", "ListenUrl": "http://127.0.0.1:{{ports[0]}}" },
              "Ops": { "ListenUrl": "http://127.0.0.1:{{ports[1]}}" },
              "Database": { "Path": "{{folder}}/data/bridge.db" },
              "DeviceCloud": {
                "Vendor": "acme", "Name": "Acme Home", "BaseUrl": "https://api.acme.example", "ApiKey": "key",
                "EvidenceKeyId": "acme-1", "EvidenceKey": "{{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}}"
              },
              "SignIn": { "Issuer": "https://login.acme.example", "ClientId": "homebridge", "ClientSecret": "secret" },
              "CameraStreams": { "GatewayUrl": "https://media.example", "TicketKeyFile": "{{folder}}/ticket.pem" },
              "Suspensions": { "SnapshotKeyFile": "{{folder}}/snapshot.pem" },
              "Gateways": { "Embedded": false, "Enrolled": [{ "Name": "gateway-1", "KeyHash": "{{Hash("gateway key")}}" }] },
              "AccountLinking": {
                "Clients": [{
                  "ClientId": "google-home", "Platform": "google", "Name": "Google", "SecretHashes": ["{{Hash("secret")}}"],
                  "RedirectUris": ["https://oauth-redirect.googleusercontent.com/r/project"]
                }]
              },
              "AzureAd": { "TenantId": "72f988bf-86f1-41af-91ab-2d7cd011db47", "Audience": "api://homebridge" },
              "Gateway": {
                "Name": "gateway-1", "ListenUrl": "http://127.0.0.1:{{ports[2]}}", "BridgeUrl": "http://127.0.0.1:{{ports[1]}}", "Key": "gateway key",
                "PublicUrl": "http://127.0.0.1:{{ports[2]}}", "SnapshotKeyFile": "{{folder}}/snapshot-public.pem"
              }
            }
            """);
        using var bridge = StartIn(folder, "HomeBridge.dll");
        using var gateway = StartIn(folder, "HomeBridge.StreamGateway.dll");
        using var stranger = StartIn(folder, "HomeBridge.StreamGateway.dll", "--Gateway:Key=another key", $"--Gateway:ListenUrl=http://127.0.0.1:{ports[3]}");
        try
        {
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            Assert.Equal(HttpStatusCode.OK, await Answer(http, ports[0]));
            Assert.Equal(HttpStatusCode.OK, await Answer(http, ports[2]));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await Answer(http, ports[3]));

            using var page = await http.GetAsync(new Uri(
                $"http://127.0.0.1:{ports[0]}/oauth/authorize?client_id=google-home&response_type=code&redirect_uri=https://oauth-redirect.googleusercontent.com/r/project"));
            Assert.Contains("__Host-", page.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
            Assert.Contains("secure", page.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);

            // A gateway that knows more revocations than the database does ends everything.
            foreach (var (after, reset) in ((int, bool)[])[(0, false), (999, true)])
            {
                using var follow = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{ports[1]}/internal/v1/feed?after={after}"));
                follow.Headers.Authorization = new("Bearer", "gateway-1.gateway key");
                using var feed = await http.SendAsync(follow, HttpCompletionOption.ResponseHeadersRead);
                using var lines = new StreamReader(await feed.Content.ReadAsStreamAsync());
                Assert.Equal(reset, (await lines.ReadLineAsync())!.Contains("\"reset\":true", StringComparison.Ordinal));
            }

            using var ops = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{ports[1]}/ops/v1/replicas"));
            ops.Headers.Authorization = new("Bearer", "sandbox-operator");
            using var refused = await http.SendAsync(ops);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
        finally
        {
            foreach (var process in (Process[])[stranger, gateway, bridge])
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The readiness of a process, as soon as it listens; a gateway has two seconds to hear its bridge.</summary>
    private static async Task<HttpStatusCode> Answer(HttpClient http, int port)
    {
        var started = Stopwatch.GetTimestamp();
        HttpStatusCode? last = null;
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(last is null ? 20 : 5))
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
                last = answer.StatusCode;
                if (last is HttpStatusCode.OK)
                {
                    break;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100);
        }

        return last ?? throw new InvalidOperationException("It never listened.");
    }

    private static Process StartIn(string folder, string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, WorkingDirectory = folder };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static async Task<(int Code, string Output)> Run(string assembly, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        return (process.ExitCode, await output + await errors);
    }
}
