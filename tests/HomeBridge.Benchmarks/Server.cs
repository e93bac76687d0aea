using System.Diagnostics;
using System.Globalization;

namespace HomeBridge.Benchmarks;

/// <summary>A server in a process of its own, on one core of its own.</summary>
internal sealed class Server : IAsyncDisposable
{
    /// <summary>Kernel ticks in a second, as /proc counts processor time on Linux.</summary>
    private const double TicksPerSecond = 100;

    private readonly Process _process;

    private Server(string name, int port, Process process) => (Name, Port, _process) = (name, port, process);

    public string Name { get; }

    public int Port { get; }

    /// <summary>Starts on core 0 and waits for the line <c>ready</c>.</summary>
    public static async Task<Server> Start(string name, int port, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("taskset", ["-c", "0", program, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["NODE_ENV"] = "production";
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "ready")
            {
                // Whatever it logs is read away, as an operator's log collector would.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return new Server(name, port, process);
            }
        }

        throw new InvalidOperationException($"{name} did not start.");
    }

    /// <summary>Processor time it used so far, threads and all.</summary>
    public TimeSpan ProcessorTime()
    {
        var fields = File.ReadAllText($"/proc/{_process.Id}/stat").Split(") ")[1].Split(' ');
        return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
