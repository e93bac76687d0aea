using HomeBridge.Hosting;

namespace HomeBridge;

/// <summary>The bridge as its own process.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables("HOMEBRIDGE_")
            .AddCommandLine(args)
            .Build();
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? "Production";
        try
        {
            await using var app = BridgeApplication.Build(configuration, environment, TimeProvider.System);
            await app.RunAsync();
            return 0;
        }
        catch (ConfigurationException unusable)
        {
            await Console.Error.WriteLineAsync(unusable.Message);
            await Console.Error.WriteLineAsync(
                "Set keys in appsettings.json in the working directory, as environment variables (HOMEBRIDGE_Bridge__PublicUrl), or on the command line (--Bridge:PublicUrl=…).");
            return 2;
        }
        catch (IOException inUse) when (inUse.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{inUse.Message} Another program listens there: stop it, or change Bridge:ListenUrl, Ops:ListenUrl or Gateways:EmbeddedListenUrl.");
            return 3;
        }
    }
}
