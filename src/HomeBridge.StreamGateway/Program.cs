using System.Globalization;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.StreamGateway;

/// <summary>A stream gateway as its own process. On one machine the bridge runs the same application inside its own.</summary>
internal static class Program
{
    /// <summary>Less would close cameras for a missed beat or two.</summary>
    private static readonly TimeSpan CameraLeaseMin = TimeSpan.FromSeconds(1);

    private static async Task<int> Main(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables("HOMEBRIDGE_")
            .AddCommandLine(args)
            .Build()
            .GetSection(GatewayOptions.Section);

        if (configuration[nameof(GatewayOptions.SnapshotKey) + "File"] is { Length: > 0 } keyFile)
        {
            try
            {
                configuration[nameof(GatewayOptions.SnapshotKey)] = await File.ReadAllTextAsync(keyFile);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return await Refuse($"Configuration: {GatewayOptions.Section}:SnapshotKeyFile: '{keyFile}' can't be read ({unreadable.Message}).");
            }
        }

        string[] keys =
        [
            nameof(GatewayOptions.Name), nameof(GatewayOptions.ListenUrl), nameof(GatewayOptions.BridgeUrl), nameof(GatewayOptions.Key), nameof(GatewayOptions.PublicUrl),
            nameof(GatewayOptions.SnapshotKey),
        ];
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

        try
        {
            using var readable = new SnapshotVerifier(configuration[nameof(GatewayOptions.SnapshotKey)]!);
        }
        catch (ArgumentException wrong)
        {
            return await Refuse(
                $"Configuration: {GatewayOptions.Section}:SnapshotKey: {wrong.Message} It is the public half of the bridge's Suspensions:SnapshotKey: openssl ec -in snapshot.pem -pubout");
        }

        var lease = GatewayTiming.Lease;
        if (configuration[nameof(GatewayOptions.CameraLease)] is { Length: > 0 } said
            && (!TimeSpan.TryParse(said, CultureInfo.InvariantCulture, out lease) || lease < CameraLeaseMin || lease > GatewayTiming.Lease))
        {
            return await Refuse($"Configuration: {GatewayOptions.Section}:CameraLease is '{said}', and must be a duration from {CameraLeaseMin} to {GatewayTiming.Lease}.");
        }

        if (!Enum.TryParse<CandidateScope>(configuration[nameof(GatewayOptions.Candidates)] ?? nameof(CandidateScope.Public), ignoreCase: true, out var candidates))
        {
            return await Refuse($"Configuration: {GatewayOptions.Section}:Candidates must be public, private or loopback.");
        }

        if (RuntimeFloor.Refusal(RuntimeFloor.Running) is { } refusal)
        {
            return await Refuse(refusal);
        }

        var options = new GatewayOptions
            {
                Name = configuration[nameof(GatewayOptions.Name)]!,
                ListenUrl = configuration[nameof(GatewayOptions.ListenUrl)]!,
                BridgeUrl = configuration[nameof(GatewayOptions.BridgeUrl)]!,
                Key = configuration[nameof(GatewayOptions.Key)]!,
                PublicUrl = publicUrl,
                SelfProbe = selfProbe is "required",
                SnapshotKey = configuration[nameof(GatewayOptions.SnapshotKey)]!,
                CameraLease = lease,
                BreakGlassFile = Or(configuration[nameof(GatewayOptions.BreakGlassFile)], BreakGlassFile.DefaultPath),
                SuspensionsFile = Or(configuration[nameof(GatewayOptions.SuspensionsFile)], "suspensions.json"),
                ProbeKey = configuration[nameof(GatewayOptions.ProbeKey)] is { Length: > 0 } shared ? shared : null,
                RelayAddress = configuration[nameof(GatewayOptions.RelayAddress)],
                RelayListenAddress = configuration[nameof(GatewayOptions.RelayListenAddress)],
                RelayPorts = configuration[nameof(GatewayOptions.RelayPorts)],
                Candidates = candidates,
                SignallingOrigins = [.. configuration.GetSection(nameof(GatewayOptions.SignallingOrigins)).GetChildren().Select(origin => origin.Value!)],
            };
        try
        {
            await using var app = GatewayApplication.Build(options, TimeProvider.System);
            await app.RunAsync();
        }
        catch (FormatException wrong) when (wrong.Message.StartsWith(GatewayOptions.Section + ":", StringComparison.Ordinal))
        {
            return await Refuse($"Configuration: {wrong.Message}");
        }

        return 0;
    }

    private static string Or(string? value, string otherwise) => value is { Length: > 0 } ? value : otherwise;

    private static async Task<int> Refuse(string why)
    {
        await Console.Error.WriteLineAsync(why);
        return 2;
    }
}
