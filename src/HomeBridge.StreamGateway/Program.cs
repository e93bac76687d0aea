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

        string[] keys = [nameof(GatewayOptions.Name), nameof(GatewayOptions.ListenUrl), nameof(GatewayOptions.BridgeUrl), nameof(GatewayOptions.Key), nameof(GatewayOptions.PublicUrl)];
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

        var (publicUrl, selfProbe) = (configuration[nameof(GatewayOptions.PublicUrl)]!.TrimEnd('/'), configuration[nameof(GatewayOptions.SelfProbe)] ?? "required");
        if (!Uri.TryCreate(publicUrl, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Query.Length > 0 || url.Fragment.Length > 0)
        {
            return await Refuse($"Configuration: {GatewayOptions.Section}:PublicUrl is no http or https URL without query. Set it to the bridge's CameraStreams:GatewayUrl, e.g. https://media.example.");
        }

        if (selfProbe is not ("required" or "off"))
        {
            return await Refuse($"Configuration: {GatewayOptions.Section}:SelfProbe is '{selfProbe}', and must be required or off.");
        }

        if (RuntimeFloor.Refusal(RuntimeFloor.Running) is { } refusal)
        {
            return await Refuse(refusal);
        }

        await using var app = GatewayApplication.Build(
            new GatewayOptions
            {
                Name = configuration[nameof(GatewayOptions.Name)]!,
                ListenUrl = configuration[nameof(GatewayOptions.ListenUrl)]!,
                BridgeUrl = configuration[nameof(GatewayOptions.BridgeUrl)]!,
                Key = configuration[nameof(GatewayOptions.Key)]!,
                PublicUrl = publicUrl,
                SelfProbe = selfProbe is "required",
                ProbeKey = configuration[nameof(GatewayOptions.ProbeKey)] is { Length: > 0 } shared ? shared : null,
            },
            TimeProvider.System);
        await app.RunAsync();
        return 0;
    }

    private static async Task<int> Refuse(string why)
    {
        await Console.Error.WriteLineAsync(why);
        return 2;
    }
}
