namespace HomeBridge.StreamGateway;

/// <summary>A stream gateway as its own process. On one machine the bridge runs the same application inside its own.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables("HOMEBRIDGE_")
            .AddCommandLine(args)
            .Build()
            .GetSection(GatewayOptions.Section);

        string[] keys = [nameof(GatewayOptions.Name), nameof(GatewayOptions.ListenUrl), nameof(GatewayOptions.BridgeUrl), nameof(GatewayOptions.Key)];
        var missing = keys.Where(key => string.IsNullOrWhiteSpace(configuration[key])).ToArray();
        if (missing.Length > 0)
        {
            foreach (var key in missing)
            {
                await Console.Error.WriteLineAsync(
                    $"Configuration: {GatewayOptions.Section}:{key} is missing. Set it in appsettings.json, or as HOMEBRIDGE_{GatewayOptions.Section}__{key}.");
            }

            return 2;
        }

        await using var app = GatewayApplication.Build(
            new GatewayOptions
            {
                Name = configuration[nameof(GatewayOptions.Name)]!,
                ListenUrl = configuration[nameof(GatewayOptions.ListenUrl)]!,
                BridgeUrl = configuration[nameof(GatewayOptions.BridgeUrl)]!,
                Key = configuration[nameof(GatewayOptions.Key)]!,
            },
            TimeProvider.System);
        await app.RunAsync();
        return 0;
    }
}
