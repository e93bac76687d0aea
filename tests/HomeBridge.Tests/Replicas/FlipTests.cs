using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Replicas;

/// <summary>One bridge flips, eight others follow: whole bridges, each with its own pool, line and poll.</summary>
public sealed class FlipTests(ITestOutputHelper output) : IDisposable
{
    private const int Followers = 8;
    private const int Flips = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-flips-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_followers_apply_each_flip_by_the_bell_or_without_it(bool isHeard)
    {
        var database = "flips" + Guid.NewGuid().ToString("N");
        PostgresServer.OfTheRun.Create(database);
        var ports = SandboxProcess.FreePorts(2 * (Followers + 1));
        using var snapshots = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bridges = new List<WebApplication>();
        try
        {
            for (var number = 0; number <= Followers; number++)
            {
                var keys = BridgeOnMaker.Keys("http://127.0.0.1:9", [9, ports[2 * number], ports[(2 * number) + 1], 0], _folder);
                keys.Remove("Database:Path");
                keys.Remove("Gateways:EmbeddedListenUrl");
                keys["Bridge:Name"] = string.Create(CultureInfo.InvariantCulture, $"bridge-{number}");
                keys["Database:Postgres"] = PostgresServer.OfTheRun.To(database);

                // Who listens in another database hears nothing, as behind a pooler that swallows LISTEN.
                keys["Database:PostgresListen"] = PostgresServer.OfTheRun.To(isHeard ? database : "postgres");
                keys["Suspensions:CopyFile"] = Path.Combine(_folder, keys["Bridge:Name"] + ".suspensions");
                keys["Suspensions:BreakGlassFile"] = Path.Combine(_folder, keys["Bridge:Name"] + ".camera");
                keys["Suspensions:SnapshotKey"] = snapshots.ExportECPrivateKeyPem();
                keys["Gateways:Embedded"] = "false";
                keys["Gateways:Enrolled:0:Name"] = "gateway-1";
                keys["Gateways:Enrolled:0:KeyHash"] = Convert.ToHexStringLower(SHA256.HashData("key"u8));
                var bridge = BridgeApplication.Build(
                    new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), BridgeApplication.SandboxEnvironment, TimeProvider.System);
                bridges.Add(bridge);
                await bridge.StartAsync();
            }

            foreach (var bridge in bridges.Skip(1))
            {
                await Until(() => bridge.Services.GetRequiredService<ReplicaRoll>().Listening is not null, "each has a line");
            }

            var times = await Flip(bridges[0].Services.GetRequiredService<SuspensionBoard>(), [.. bridges.Skip(1).Select(bridge => bridge.Services)]);
            output.WriteLine($"{(isHeard ? "By notification" : "With every notification lost")}: {times.Count} times applied, p50 {times[times.Count / 2]:0.0} ms, "
                + $"p99 {times[times.Count * 99 / 100]:0.0} ms, slowest {times[^1]:0.0} ms from the commit.");
            Assert.Equal(Flips * Followers, times.Count);
        }
        finally
        {
            foreach (var bridge in bridges)
            {
                await bridge.StopAsync();
                await bridge.DisposeAsync();
            }
        }
    }

    /// <summary>From the return of the call that raised, which is after its commit; milliseconds, in order.</summary>
    private static async Task<List<double>> Flip(SuspensionBoard at, IReadOnlyList<IServiceProvider> followers)
    {
        var times = new List<double>();
        for (var flip = 0; flip < Flips; flip++)
        {
            var known = at.Current.Version;
            var applied = followers.Select(follower => Applied(follower, known)).ToList();
            var order = new SuspensionOrder(Preset: null, new SuspensionScope(Device: $"dev_{flip}"), SuspensionEffects.CutStreams, "a test", "new");
            Assert.NotNull(at.Raise(order, "operator"));
            var since = Stopwatch.GetTimestamp();
            foreach (var one in await Task.WhenAll(applied))
            {
                times.Add(Math.Max(0, Stopwatch.GetElapsedTime(since, one).TotalMilliseconds));
            }

            // Not in step with anybody's clock.
            await Task.Delay(37);
        }

        times.Sort();
        return times;
    }

    /// <summary>When a follower has more in force than that.</summary>
    private static Task<long> Applied(IServiceProvider follower, long than)
    {
        var (board, signal) = (follower.GetRequiredService<SuspensionBoard>(), follower.GetRequiredService<Signal>());
        return Task.Run(async () =>
        {
            while (true)
            {
                var next = signal.Next;
                if (board.Current.Version > than)
                {
                    return Stopwatch.GetTimestamp();
                }

                await next.WaitAsync(Patience);
            }
        });
    }

    private static async Task Until(Func<bool> isSo, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "It never came about that " + what);
            await Task.Delay(20);
        }
    }
}
