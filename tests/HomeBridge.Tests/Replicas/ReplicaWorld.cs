using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Replicas;

/// <summary>
/// Three bridges, two gateways, PostgreSQL and an nginx in front, each a process of its own. The third bridge listens in another
/// database: no ring ever reaches it, as behind a pooler that swallows LISTEN.
/// </summary>
public sealed class ReplicaWorld : IAsyncLifetime
{
    public const int Bridges = 3;
    public const string DeafBridge = "bridge-3";

    private const string GatewaySecret = "gateway key ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-replicas-").FullName;
    private readonly Dictionary<string, Process> _processes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StringBuilder> _output = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Program, Dictionary<string, string?> Keys)> _programs = new(StringComparer.Ordinal);
    private int[] _ports = [];

    private HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    internal PostgresServer Database { get; private set; } = null!;

    /// <summary>Where platforms and residents come in.</summary>
    public Uri Front => Url(_ports[0]);

    public async Task InitializeAsync()
    {
        // nginx's two, then public and private of each bridge, then the gateways'.
        _ports = SandboxProcess.FreePorts(2 + (2 * Bridges) + 2);
        Database = new PostgresServer();
        Database.Create("homebridge");
        await StartNginx();
        using var snapshots = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var shared = BridgeOnMaker.Keys("http://127.0.0.1:9", [9, _ports[0], 0, 0], _folder);
        for (var number = 1; number <= Bridges; number++)
        {
            var keys = new Dictionary<string, string?>(shared, StringComparer.Ordinal)
            {
                ["Bridge:Name"] = $"bridge-{number}",
                ["Bridge:PublicUrl"] = Text(Front),
                ["Bridge:ListenUrl"] = Text(Public(number)),
                ["Ops:ListenUrl"] = Text(Private(number)),
                ["Database:Path"] = null,
                ["Database:Postgres"] = Database.To("homebridge"),
                ["Database:PostgresListen"] = $"bridge-{number}" == DeafBridge ? Database.To("postgres") : null,
                ["Suspensions:CopyFile"] = Path.Combine(_folder, $"bridge-{number}.suspensions"),
                ["Suspensions:BreakGlassFile"] = Path.Combine(_folder, $"bridge-{number}.camera"),
                ["Suspensions:SnapshotKey"] = snapshots.ExportECPrivateKeyPem(),
                ["Gateways:Embedded"] = "false",
                ["Gateways:EmbeddedListenUrl"] = null,
                ["Gateways:Enrolled:0:Name"] = "gateway-1",
                ["Gateways:Enrolled:0:KeyHash"] = Hash(GatewaySecret + "1"),
                ["Gateways:Enrolled:1:Name"] = "gateway-2",
                ["Gateways:Enrolled:1:KeyHash"] = Hash(GatewaySecret + "2"),
                ["Operators:Sandbox:1:Name"] = "approver",
                ["Operators:Sandbox:1:TokenHash"] = Hash("approver"),
                ["Operators:Sandbox:1:Roles:0"] = "Operator",
                ["Operators:Sandbox:1:Roles:1"] = "Approver",
            };
            _programs[$"bridge-{number}"] = ("HomeBridge.dll", keys);
        }

        for (var number = 1; number <= 2; number++)
        {
            _programs[$"gateway-{number}"] = ("HomeBridge.StreamGateway.dll", new(StringComparer.Ordinal)
            {
                ["Gateway:Name"] = $"gateway-{number}",
                ["Gateway:ListenUrl"] = Text(Gateway(number)),
                ["Gateway:BridgeUrl"] = Text(Url(_ports[1])),
                ["Gateway:Key"] = GatewaySecret + number.ToString(CultureInfo.InvariantCulture),
                ["Gateway:PublicUrl"] = Text(Gateway(number)),
                ["Gateway:SelfProbe"] = "off",
                ["Gateway:SnapshotKey"] = snapshots.ExportSubjectPublicKeyInfoPem(),
                ["Gateway:SuspensionsFile"] = Path.Combine(_folder, $"gateway-{number}.suspensions"),
                ["Gateway:BreakGlassFile"] = Path.Combine(_folder, $"gateway-{number}.camera"),
            });
        }

        // All at once: on an empty database, one migrates and the others find it done.
        foreach (var name in _programs.Keys)
        {
            Start(name);
        }

        await AllAreHere();
    }

    public async Task DisposeAsync()
    {
        foreach (var process in _processes.Values)
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            process.Dispose();
        }

        Http.Dispose();
        Database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A bridge's private listener.</summary>
    public Uri Private(int bridge) => Url(_ports[2 + Bridges + bridge - 1]);

    public Uri Gateway(int number) => Url(_ports[2 + (2 * Bridges) + number - 1]);

    /// <summary>Everything that a process printed so far.</summary>
    public string Output(string name)
    {
        lock (_output[name])
        {
            return _output[name].ToString();
        }
    }

    /// <summary>kill -9.</summary>
    public async Task Kill(string name)
    {
        _processes[name].Kill();
        await _processes[name].WaitForExitAsync();
    }

    /// <summary>SIGTERM, as an orchestrator does; its exit code.</summary>
    public async Task<int> Stop(string name)
    {
        using var kill = Process.Start("kill", ["-TERM", _processes[name].Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _processes[name].WaitForExitAsync().WaitAsync(Patience);
        return _processes[name].ExitCode;
    }

    public void Start(string name)
    {
        var (program, keys) = _programs[name];
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Sandbox";
        foreach (var (key, value) in keys.Where(key => key.Value is not null))
        {
            start.Environment["HOMEBRIDGE_" + key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _output.TryAdd(name, new StringBuilder());
        Run(name, start);
    }

    /// <summary>Raises a suspension at one bridge and waits for everybody.</summary>
    public async Task<JsonElement> Suspend(int at)
    {
        var (status, body) = await Ops(at, HttpMethod.Post, "/ops/v1/suspensions?wait=5s", new { preset = "camera-leak", reason = "a test" });
        Assert.True(status == HttpStatusCode.Created, $"{status} {body}");
        return body;
    }

    public async Task Lift(int at, JsonElement suspension)
    {
        var (status, body) = await Ops(
            at, HttpMethod.Post, $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}/lift", new { reason = "the test is over", force = true }, "approver");
        Assert.True(status == HttpStatusCode.OK, $"{status} {body}");
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> Ops(int bridge, HttpMethod method, string path, object? body = null, string who = "operator")
    {
        using var request = new HttpRequestMessage(method, new Uri(Private(bridge), path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", who);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default);
    }

    /// <summary>Who is there, as one bridge sees it; empty while it can't tell.</summary>
    public async Task<IReadOnlyList<JsonElement>> Replicas(int bridge)
    {
        try
        {
            var (status, body) = await Ops(bridge, HttpMethod.Get, "/ops/v1/replicas");
            return status == HttpStatusCode.OK ? [.. body.GetProperty("replicas").EnumerateArray()] : [];
        }
        catch (HttpRequestException)
        {
            return [];
        }
    }

    /// <summary>What a platform's call comes to at the front; null when nothing answered.</summary>
    public async Task<HttpStatusCode?> Webhook()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Front, "/fulfillment/google")) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "nobody's");
        try
        {
            using var answer = await Http.SendAsync(request);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<HttpStatusCode?> Ready(Uri of)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(of, "/health/ready"));
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Every bridge sees every other, and both gateways are followed.</summary>
    public Task AllAreHere() => Until("everybody is there", async () =>
    {
        for (var bridge = 1; bridge <= Bridges; bridge++)
        {
            var live = (await Replicas(bridge)).Where(one => one.GetProperty("live").GetBoolean() && !one.GetProperty("self_fenced").GetBoolean()).ToList();
            if (live.Count != Bridges + 2)
            {
                return false;
            }
        }

        return true;
    });

    public async Task Until(string so, Func<Task<bool>> isSo)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                var seen = new StringBuilder();
                for (var bridge = 1; bridge <= Bridges; bridge++)
                {
                    seen.Append(CultureInfo.InvariantCulture, $"bridge-{bridge} sees\n").AppendJoin('\n', await Replicas(bridge)).AppendLine();
                }

                Assert.Fail($"It never came about that {so}.\n{seen}" + string.Join('\n', _output.Keys.Select(name => $"{name}\n{Output(name)}")));
            }

            await Task.Delay(50);
        }
    }

    /// <summary>A bridge's public listener, past nginx.</summary>
    public Uri Public(int bridge) => Url(_ports[2 + bridge - 1]);

    private void Run(string name, ProcessStartInfo start)
    {
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(name, line.Data);
        process.ErrorDataReceived += (_, line) => Take(name, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes[name] = process;
    }

    private void Take(string name, string? line)
    {
        lock (_output[name])
        {
            _output[name].AppendLine(line);
        }
    }

    /// <summary>Platforms go to any bridge. A gateway goes to one, by its key, and to the next when that is gone.</summary>
    private async Task StartNginx()
    {
        string Servers(int first) => string.Concat(Enumerable.Range(0, Bridges).Select(bridge => $"server 127.0.0.1:{_ports[first + bridge]} max_fails=1 fail_timeout=1s;\n"));
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        await File.WriteAllTextAsync(Path.Combine(_folder, "nginx.conf"), $$"""
            worker_processes 1;
            pid {{_folder}}/nginx.pid;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path {{_folder}}/body; proxy_temp_path {{_folder}}/proxy; fastcgi_temp_path {{_folder}}/fastcgi; uwsgi_temp_path {{_folder}}/uwsgi; scgi_temp_path {{_folder}}/scgi;
              upstream bridges { {{Servers(2)}} }
              upstream private { hash $http_authorization consistent; {{Servers(2 + Bridges)}} }
              server {
                listen 127.0.0.1:{{_ports[0]}};
                location / { proxy_pass http://bridges; proxy_set_header Host $http_host; proxy_connect_timeout 1s; proxy_next_upstream error timeout http_502 http_503 non_idempotent; }
              }
              server {
                listen 127.0.0.1:{{_ports[1]}};
                location / { proxy_pass http://private; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 1h; proxy_connect_timeout 1s; proxy_next_upstream error timeout non_idempotent; }
              }
            }
            """);
        var start = new ProcessStartInfo(
            File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx", ["-p", _folder, "-c", Path.Combine(_folder, "nginx.conf"), "-e", Path.Combine(_folder, "error.log"), "-g", "daemon off; master_process off;"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _output["nginx"] = new StringBuilder();
        Run("nginx", start);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static Uri Url(int port) => new($"http://127.0.0.1:{port}");

    private static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
