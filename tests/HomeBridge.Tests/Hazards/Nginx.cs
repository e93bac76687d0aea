using System.Diagnostics;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Hazards;

/// <summary>A real nginx before a gateway, in a folder of its own. Its rules for /v1/ can be changed while it runs.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-nginx-").FullName;
    private readonly Uri _gateway;
    private Process? _process;

    private Nginx(Uri gateway)
    {
        (_gateway, Url) = (gateway, new Uri($"http://127.0.0.1:{SandboxProcess.FreePorts(1)[0]}"));

        // Started by root, its workers are somebody else.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    public Uri Url { get; }

    public string PublicUrl => Url.GetLeftPart(UriPartial.Authority);

    /// <summary>What an operator writes who wants segments "faster": nothing that the gateway says is respected.</summary>
    public const string Caching = "proxy_cache media; proxy_cache_valid any 10s; proxy_ignore_headers Cache-Control Expires Vary;";

    /// <summary>Not started yet: its URL can be told to a gateway first.</summary>
    public static Nginx Before(Uri gateway) => new(gateway);

    public static async Task<Nginx> Start(Uri gateway, string rules = "")
    {
        var nginx = new Nginx(gateway);
        await nginx.Run(rules);
        return nginx;
    }

    /// <param name="rules">Directives for everything that is passed on.</param>
    /// <param name="more">Locations of their own; <c>{pass}</c> stands for passing on.</param>
    public async Task Run(string rules, string more = "")
    {
        await Write(rules, more);
        var start = new ProcessStartInfo(File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-p", _folder, "-c", Path.Combine(_folder, "nginx.conf"), "-e", Path.Combine(_folder, "error.log"), "-g", "daemon off;"])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        using var http = new HttpClient();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Url, "/nginx"));
                return;
            }
            catch (HttpRequestException)
            {
                Assert.False(_process.HasExited, "nginx stopped: " + (_process.HasExited ? await _process.StandardError.ReadToEndAsync() : ""));
                Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "nginx does not listen.");
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Other rules, taken up by the running process.</summary>
    public async Task Reload(string rules, string more = "")
    {
        await Write(rules, more);
        using var hup = Process.Start("kill", ["-HUP", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await hup.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            // The master takes its workers along.
            using var quit = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await quit.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task Write(string rules, string more)
    {
        const string pass = "proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $http_host;";
        return File.WriteAllTextAsync(Path.Combine(_folder, "nginx.conf"), $$"""
            worker_processes 1;
            pid {{_folder}}/nginx.pid;
            events { worker_connections 512; }
            http {
              access_log off;
              client_body_temp_path {{_folder}}/body;
              proxy_temp_path {{_folder}}/proxy;
              fastcgi_temp_path {{_folder}}/fastcgi;
              uwsgi_temp_path {{_folder}}/uwsgi;
              scgi_temp_path {{_folder}}/scgi;
              proxy_cache_path {{_folder}}/cache keys_zone=media:1m;
              upstream gateway { server {{_gateway.Authority}}; keepalive 8; }
              server {
                listen 127.0.0.1:{{Url.Port}};
                location = /nginx { return 204; }
                location / { {{pass}} {{rules}} }
                {{more.Replace("{pass}", pass, StringComparison.Ordinal)}}
              }
            }
            """);
    }
}
