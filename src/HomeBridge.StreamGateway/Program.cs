using System.Globalization;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Telemetry;

namespace HomeBridge.StreamGateway;

/// <summary>A stream gateway as its own process. On one machine the bridge runs the same application inside its own.</summary>
internal static class Program
{
    /// <summary>Less would close cameras for a missed beat or two.</summary>
    private static readonly TimeSpan CameraLeaseMin = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DrainForMax = TimeSpan.FromMinutes(30);

    private const string OtlpEndpoint = "OtlpEndpoint";
    private const string OtlpHeaders = "OtlpHeaders";
    private const string TelemetryEvery = "TelemetryEvery";

    private static async Task<int> Main(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
            .AddEnvironmentVariables("HOMEBRIDGE_")
            .AddCommandLine(args)
            .Build()
            .GetSection(GatewayOptions.Section);

        foreach (var secret in (string[])[nameof(GatewayOptions.SnapshotKey), nameof(GatewayOptions.Key), nameof(GatewayOptions.ProbeKey), OtlpHeaders])
        {
            if (configuration[secret + "File"] is { Length: > 0 } file)
            {
                try
                {
                    configuration[secret] = (await File.ReadAllTextAsync(file)).Trim();
                }
                catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
                {
                    return await Refuse($"Configuration: {GatewayOptions.Section}:{secret}File: '{file}' can't be read ({unreadable.Message}).");
                }
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

        if (ReadDuration(configuration, nameof(GatewayOptions.DrainFor), TimeSpan.Zero, TimeSpan.Zero, DrainForMax, out var drainFor) is { } wrongDrain)
        {
            return await Refuse(wrongDrain);
        }

        if (ReadDuration(configuration, TelemetryEvery, TelemetryOptions.EveryDefault, TelemetryOptions.EveryMin, TelemetryOptions.EveryMax, out var every) is { } wrongEvery)
        {
            return await Refuse(wrongEvery);
        }

        TelemetryOptions? telemetry = null;
        if (configuration[OtlpEndpoint] is { Length: > 0 } collector)
        {
            if (TelemetryOptions.ReadEndpoint(collector) is not { } endpoint)
            {
                return await Refuse($"Configuration: {GatewayOptions.Section}:{OtlpEndpoint}: '{collector}' is no http or https URL of an OTLP collector, e.g. http://127.0.0.1:4318.");
            }

            // Which streams are traced is the bridge's choice.
            telemetry = new TelemetryOptions(endpoint, configuration[OtlpHeaders] is { Length: > 0 } headers ? headers : null, TraceShare: 1, every);
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
            DrainFor = drainFor,
            Telemetry = telemetry,
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

    /// <summary>Null when it is in order; otherwise what is wrong with it.</summary>
    private static string? ReadDuration(IConfigurationSection configuration, string key, TimeSpan otherwise, TimeSpan min, TimeSpan max, out TimeSpan read)
    {
        read = otherwise;
        return configuration[key] is { Length: > 0 } said && (!TimeSpan.TryParse(said, CultureInfo.InvariantCulture, out read) || read < min || read > max)
            ? $"Configuration: {GatewayOptions.Section}:{key} is '{said}', and must be a duration from {min} to {max}."
            : null;
    }

    private static string Or(string? value, string otherwise) => value is { Length: > 0 } ? value : otherwise;

    private static async Task<int> Refuse(string why)
    {
        await Console.Error.WriteLineAsync(why);
        return 2;
    }
}
