using HomeBridge.Hosting;

namespace HomeBridge.Sandbox;

/// <summary>
/// Bridge, gateway and the outside world in one process, on loopback. The bridge is the real application with a real
/// configuration; what is simulated speaks to it over HTTP.
/// </summary>
internal static class Program
{
    /// <summary>Encoders, servers and clients share this process: on two cores the pool's default of two threads starves.</summary>
    private const int ThreadsMin = 32;

    private static Task<int> Main(string[] args) => SandboxOptions.Run(args, Run);

    private static async Task<int> Run(SandboxOptions options, CancellationToken cancel)
    {
        ThreadPool.SetMinThreads(ThreadsMin, ThreadsMin);
        try
        {
            await using var sandbox = await SandboxWorld.Start(options, cancel);
            Console.WriteLine(sandbox.Introduction);
            Console.WriteLine("ready");
            await sandbox.Stopped(cancel);
            return 0;
        }
        catch (ConfigurationException unusable)
        {
            await Console.Error.WriteLineAsync(unusable.Message);
            return 2;
        }
        catch (IOException inUse) when (inUse.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{inUse.Message}\nAnother program listens there. Stop it, or choose other addresses: --help shows the options.");
            return 3;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        finally
        {
            if (options.DataIsTemporary)
            {
                Directory.Delete(options.DataFolder, recursive: true);
            }
        }
    }
}
