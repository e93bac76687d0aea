using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HomeBridge.Tests.World;

/// <summary>The sandbox as its user starts it: a process of its own on free ports, with its output kept.</summary>
public sealed class SandboxProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SandboxProcess(string dataFolder, int[] ports, IEnumerable<string> more)
    {
        DataFolder = dataFolder;
        (Bridge, Ops, Gateway, Cloud, Display) = (Url(ports[0]), Url(ports[1]), Url(ports[2]), Url(ports[3]), Url(ports[4]));
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "HomeBridge.Sandbox.dll"),
            "--bridge-url", Text(Bridge), "--ops-url", Text(Ops), "--gateway-url", Text(Gateway),
            "--cloud-url", Text(Cloud), "--display-url", Text(Display), "--data", dataFolder, .. TestDatabase.Arguments(dataFolder), .. more,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("The sandbox stopped:\n" + Output));
    }

    public Uri Bridge { get; }

    public Uri Ops { get; }

    public Uri Gateway { get; }

    public Uri Cloud { get; }

    public Uri Display { get; }

    public string DataFolder { get; }

    /// <summary>What the machine calls it.</summary>
    public int Id => _process.Id;

    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Everything that it printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static async Task<SandboxProcess> Start(string? dataFolder = null, int[]? ports = null, params string[] more)
    {
        var sandbox = new SandboxProcess(
            dataFolder ?? Directory.CreateTempSubdirectory("homebridge-test-").FullName, ports ?? FreePorts(5), more);
        var started = Stopwatch.GetTimestamp();
        sandbox._process.Start();
        sandbox._process.BeginOutputReadLine();
        sandbox._process.BeginErrorReadLine();
        await sandbox._ready.Task.WaitAsync(ReadyWithin);
        sandbox.ReadyAfter = Stopwatch.GetElapsedTime(started);
        return sandbox;
    }

    /// <summary>The ports it listens on, to start another one in its place.</summary>
    public int[] Ports => [Bridge.Port, Ops.Port, Gateway.Port, Cloud.Port, Display.Port];

    /// <summary>Ctrl-C; answers with the exit code.</summary>
    public async Task<int> Stop()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        }

        return _process.ExitCode;
    }

    /// <summary>No goodbye, as when a machine fails.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (line == "ready")
        {
            _ready.TrySetResult();
        }
    }

    private static Uri Url(int port) => new($"http://127.0.0.1:{port}");

    private static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
