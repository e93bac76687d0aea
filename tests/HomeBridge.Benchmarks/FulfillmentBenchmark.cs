using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Benchmarks;

/// <summary>
/// The bridge against Express with Google's library, in one run: the same bodies, one core for the server that is asked
/// and the other for the load, turn by turn so that a slow minute of the machine slows both.
/// </summary>
internal static class FulfillmentBenchmark
{
    private const int Connections = 32;

    /// <summary>
    /// Each server gets each body in such turns until two in a row bring no more than <see cref="Gain"/>: a compiler that shares
    /// its core with the load needs a while, and what it still watches costs twice of what it has finished.
    /// </summary>
    private static readonly TimeSpan WarmUpTurn = TimeSpan.FromSeconds(5);
    private const int WarmUpTurnsMax = 16;
    private const double Gain = 1.02;

    /// <summary>The goal beside Express: the worst of the rows must reach it.</summary>
    private const double OfExpressWanted = 3;

    private const string Head = "| body | Express, requests/s | bridge, requests/s | ratio | by processor time | web server alone, requests/s | ratio | wanted | µs of processor: bridge, web server alone |";

    public static async Task<int> Run(int rounds, TimeSpan turn)
    {
        var folder = Directory.CreateTempSubdirectory("homebridge-bench-").FullName;
        try
        {
            var peerFolder = await InstallPeer(folder);
            Console.WriteLine($"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Machine()}: {Connections} connections, {rounds} rounds of {turn.TotalSeconds:0.#} s each; server on core 0, load on core 1");
            Console.WriteLine();
            Console.WriteLine(Head);
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
            var (ofExpress, isShort) = await Home(20, folder, peerFolder, rounds, turn);
            var (ofExpressLarge, isShortLarge) = await Home(500, folder, peerFolder, rounds, turn);
            var worst = Math.Min(ofExpress, ofExpressLarge);
            Console.WriteLine();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Express: worst ratio {worst:0.00}, wanted {OfExpressWanted:0}. Web server alone: {(isShort || isShortLarge ? "short of what is wanted" : "all as wanted")}."));
            return worst >= OfExpressWanted ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>All rows of one home: the worst ratio beside Express, and whether one is short of what is wanted beside the web server alone.</summary>
    private static async Task<(double Worst, bool IsShort)> Home(int devices, string folder, string peerFolder, int rounds, TimeSpan turn)
    {
        var homeFile = Path.Combine(folder, $"home-{devices}.json");
        await using var bridge = await Server.Start("bridge", 0, "dotnet", typeof(FulfillmentBenchmark).Assembly.Location, "bridge", homeFile, devices.ToString(CultureInfo.InvariantCulture));
        var home = JsonSerializer.Deserialize<ServedHome>(await File.ReadAllTextAsync(homeFile))!;
        var peerHome = Path.Combine(folder, $"devices-{devices}.json");
        await File.WriteAllTextAsync(peerHome, home.Devices.GetRawText());
        var ports = SandboxProcess.FreePorts(2);
        await using var peer = await Server.Start("express", ports[0], "node", Path.Combine(peerFolder, "server.js"), ports[0].ToString(CultureInfo.InvariantCulture), peerHome);
        await using var bare = await Server.Start("web server", ports[1], "dotnet", typeof(FulfillmentBenchmark).Assembly.Location, "constant", ports[1].ToString(CultureInfo.InvariantCulture));
        StayOnTheOtherCore();
        var rows = Rows(home).ToList();
        foreach (var (load, _) in rows)
        {
            await WarmUp(peer.Port, load);
            await WarmUp(home.Port, load);
            await WarmUp(bare.Port, await OfTheSameSize(load, home));
        }

        var (worst, isShort) = (double.MaxValue, false);
        foreach (var (load, wanted) in rows)
        {
            var (ofPeer, ofBridge, ofBare) = (new List<(double Wall, double Processor)>(), new List<(double Wall, double Processor)>(), new List<(double Wall, double Processor)>());
            var constant = await OfTheSameSize(load, home);
            for (var round = 0; round < rounds; round++)
            {
                ofPeer.Add(await Measure(peer, peer.Port, load, turn));
                ofBridge.Add(await Measure(bridge, home.Port, load, turn));
                ofBare.Add(await Measure(bare, bare.Port, constant, turn));
            }

            var (express, ours, alone) = (Median(ofPeer), Median(ofBridge), Median(ofBare));
            worst = Math.Min(worst, ours.Wall / express.Wall);
            isShort |= ours.Wall / alone.Wall < wanted;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {load.Name} | {express.Wall:0} | {ours.Wall:0} | {ours.Wall / express.Wall:0.00} | {ours.Processor / express.Processor:0.00} | {alone.Wall:0} | {ours.Wall / alone.Wall:0.00} | {wanted:0.00} | {1e6 / ours.Processor:0.0}, {1e6 / alone.Processor:0.0} |"));
        }

        return (worst, isShort);
    }

    /// <summary>What is asked of a home, and the wanted share of what the web server alone answers.</summary>
    private static IEnumerable<(Load Load, double Wanted)> Rows(ServedHome home)
    {
        var ids = home.Devices.EnumerateArray().Where(device => device.GetProperty("type").GetString()!.EndsWith("LIGHT", StringComparison.Ordinal))
            .Select(device => device.GetProperty("id").GetString()!).ToList();
        (int Count, double Wanted)[] queries = ids.Count < 100 ? [(1, 0.55), (10, 0.45)] : [(100, 0.20)];
        foreach (var (count, wanted) in queries)
        {
            yield return (Load.Post($"QUERY of {count}", home.Token, Body("QUERY", new { devices = ids.Take(count).Select(id => new { id }) })), wanted);
        }

        foreach (var count in ids.Count < 100 ? new[] { 1, 10 } : [])
        {
            yield return (Load.Post($"EXECUTE of {count}", home.Token, Body("EXECUTE", new
            {
                commands = new[] { new { devices = ids.Take(count).Select(id => new { id }), execution = new[] { new { command = "action.devices.commands.OnOff", @params = new { on = true } } } } },
            })), 0.40);
        }

        var devices = home.Devices.GetArrayLength();
        yield return (Load.Post($"SYNC of {devices}", home.Token, Body("SYNC", null)), devices < 100 ? 0.40 : 0.20);
    }

    private static string Body(string intent, object? payload)
    {
        var input = new Dictionary<string, object>(StringComparer.Ordinal) { ["intent"] = "action.devices." + intent };
        if (payload is not null)
        {
            input["payload"] = payload;
        }

        return JsonSerializer.Serialize(new { requestId = Load.RequestId, inputs = new[] { input } });
    }

    /// <summary>The same body, and as many bytes back, from a web server with nothing behind it.</summary>
    private static async Task<Load> OfTheSameSize(Load load, ServedHome home) =>
        Load.Post(load.Name, home.Token, load.Body, ConstantServer.PathOf(await LoadGenerator.AnswerBytes(home.Port, load)));

    private static async Task WarmUp(int port, Load load)
    {
        var (best, level) = (0.0, 0);
        for (var turn = 0; turn < WarmUpTurnsMax && level < 2; turn++)
        {
            var rate = await LoadGenerator.RequestsPerSecond(port, load, Connections, WarmUpTurn);
            level = rate > best * Gain ? 0 : level + 1;
            best = Math.Max(best, rate);
        }
    }

    private static async Task<(double Wall, double Processor)> Measure(Server server, int port, Load load, TimeSpan turn)
    {
        var (used, startedAt) = (server.ProcessorTime(), Stopwatch.GetTimestamp());
        var rate = await LoadGenerator.RequestsPerSecond(port, load, Connections, turn);
        var count = rate * Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        return (rate, count / (server.ProcessorTime() - used).TotalSeconds);
    }

    private static string Machine() =>
        $"{Environment.ProcessorCount} cores of {File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "an unnamed processor"}, .NET {Environment.Version}";

    private static (double Wall, double Processor) Median(List<(double Wall, double Processor)> of) =>
        (of.Select(one => one.Wall).Order().ElementAt(of.Count / 2), of.Select(one => one.Processor).Order().ElementAt(of.Count / 2));

    /// <summary>From here on: threads that exist keep to the core as well as those that come.</summary>
    private static void StayOnTheOtherCore()
    {
        using var pin = Process.Start("taskset", ["-a", "-p", "-c", "1", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        pin.WaitForExit();
    }

    /// <summary>By lock file, from whatever registry the machine has.</summary>
    private static async Task<string> InstallPeer(string folder)
    {
        var peer = Path.Combine(folder, "express");
        Directory.CreateDirectory(peer);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "express")))
        {
            File.Copy(file, Path.Combine(peer, Path.GetFileName(file)));
        }

        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]) { WorkingDirectory = peer })!;
        await npm.WaitForExitAsync();
        return npm.ExitCode == 0 ? peer : throw new InvalidOperationException("npm ci failed.");
    }
}
