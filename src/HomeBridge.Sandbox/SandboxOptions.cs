using System.CommandLine;
using System.CommandLine.Parsing;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox;

/// <summary>What the sandbox is told on its command line. The defaults are what the README says.</summary>
internal sealed record SandboxOptions
{
    public required Uri BridgeUrl { get; init; }

    public required Uri OpsUrl { get; init; }

    public required Uri GatewayUrl { get; init; }

    public required Uri CloudUrl { get; init; }

    public required Uri DisplayUrl { get; init; }

    /// <summary>Where operators sign in: a stand-in for Microsoft Entra ID. Port 0 takes a free one.</summary>
    public required Uri DirectoryUrl { get; init; }

    /// <summary>Where database and keys are.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The bridge's database on PostgreSQL, as a connection string; null is a file in <see cref="DataFolder"/>.</summary>
    public required string? Postgres { get; init; }

    /// <summary>Nobody named the folder, so nobody needs it afterwards.</summary>
    public required bool DataIsTemporary { get; init; }

    /// <summary>Homes, device ids and faults follow from it.</summary>
    public required long Seed { get; init; }

    /// <summary>How the bridge wants HLS units: <c>CameraStreams:HlsContainer</c>.</summary>
    public required string HlsContainer { get; init; }

    public required TimeSpan? CodeLifetime { get; init; }

    /// <summary>From one probe of the canaries to the next; zero is none.</summary>
    public required TimeSpan CanaryInterval { get; init; }

    public required TimeSpan? AccessTokenLifetime { get; init; }

    /// <summary>From one drill of the switch to the next.</summary>
    public required TimeSpan DrillInterval { get; init; }

    /// <summary>Where bridge and gateway tell traces, metrics and their log by OTLP; null: nowhere.</summary>
    public required string? Collector { get; init; }

    /// <summary>How long each stage of a resume lasts at least; null as the bridge has it.</summary>
    public required TimeSpan? ResumeStage { get; init; }

    /// <summary>Ten seconds, a bridge's default, would keep an idle sandbox at more than a twentieth of a core.</summary>
    private const int CanarySeconds = 60;

    /// <summary>Seldom: who tries the switch by hand is not to wonder what else was suspended.</summary>
    private const int DrillSeconds = 600;

    /// <summary>Parses and runs; a wrong option is told with the help text, and nothing starts.</summary>
    public static Task<int> Run(string[] args, Func<SandboxOptions, CancellationToken, Task<int>> run)
    {
        var bridge = Url("--bridge-url", "http://127.0.0.1:8080", "Fulfillment, OAuth and the pages for residents.");
        var ops = Url("--ops-url", "http://127.0.0.1:8081", "The private listener: console, ops API, gateways.");
        var gateway = Url("--gateway-url", "http://127.0.0.1:8082", "The stream gateway.");
        var cloud = Url("--cloud-url", "http://127.0.0.1:8090", "The simulated device cloud, its identity provider and knobs.");
        var display = Url("--display-url", "http://127.0.0.1:8070", "The page that stands in for a display.");
        var directory = Url("--directory-url", "https://127.0.0.1:0", "Where operators sign in; https. Port 0 takes a free one.", "https");
        var data = new Option<string?>("--data") { Description = "Folder of the database, created if missing. Default: a fresh temporary one, removed at the end.", HelpName = "DIR" };
        var postgres = new Option<string?>("--postgres") { Description = "The bridge's database on PostgreSQL, like \"Host=127.0.0.1;Username=homebridge;Database=homebridge\". Default: a file in the folder.", HelpName = "CONNECTION" };
        var seed = new Option<long>("--seed") { Description = "Homes, device ids and faults follow from it.", DefaultValueFactory = _ => 1 };
        var container = new Option<string>("--hls-container") { Description = "How HLS units are packed: fmp4 or mpegts.", DefaultValueFactory = _ => MediaContainers.Fmp4 };
        container.AcceptOnlyFromAmong(MediaContainers.Fmp4, MediaContainers.MpegTs);
        var code = Seconds("--code-lifetime", "How long an authorization code lives.", 1, 600);
        var token = Seconds("--access-token-lifetime", "How long an access token lives.", 1, 86_400);
        var canaries = Seconds("--canary-interval", $"From one probe of the canaries to the next; 0 is none. Default: {CanarySeconds}.", 0, 3600);
        var drills = Seconds("--drill-interval", $"From one drill of the switch on a canary to the next. Default: {DrillSeconds}.", 10, 86_400);
        var resume = Seconds("--resume-stage", "How long each stage of a staged resume lasts at least, and over how long homes are asked to SYNC after it. Default: as the bridge has it.", 1, 3600);
        var collector = new Option<string?>("--collector") { Description = "An OpenTelemetry collector (OTLP over HTTP, usually port 4318) that is told traces, metrics and the log. Default: nobody is.", HelpName = "URL" };
        var root = new RootCommand("Bridge, stream gateway, and the outside world simulated: device cloud, cameras, identity provider, display.");
        foreach (var option in (Option[])[bridge, ops, gateway, cloud, display, directory, data, postgres, seed, container, code, token, canaries, drills, resume, collector])
        {
            root.Options.Add(option);
        }

        root.SetAction((parsed, cancel) => run(
            new SandboxOptions
            {
                BridgeUrl = parsed.GetValue(bridge)!,
                OpsUrl = parsed.GetValue(ops)!,
                GatewayUrl = parsed.GetValue(gateway)!,
                CloudUrl = parsed.GetValue(cloud)!,
                DisplayUrl = parsed.GetValue(display)!,
                DirectoryUrl = parsed.GetValue(directory)!,
                DataFolder = parsed.GetValue(data) ?? Directory.CreateTempSubdirectory("homebridge-").FullName,
                Postgres = parsed.GetValue(postgres),
                DataIsTemporary = parsed.GetValue(data) is null,
                Seed = parsed.GetValue(seed),
                CanaryInterval = TimeSpan.FromSeconds(parsed.GetValue(canaries) ?? CanarySeconds),
                DrillInterval = TimeSpan.FromSeconds(parsed.GetValue(drills) ?? DrillSeconds),
                HlsContainer = parsed.GetValue(container)!,
                CodeLifetime = parsed.GetValue(code) is { } codeSeconds ? TimeSpan.FromSeconds(codeSeconds) : null,
                AccessTokenLifetime = parsed.GetValue(token) is { } tokenSeconds ? TimeSpan.FromSeconds(tokenSeconds) : null,
                Collector = parsed.GetValue(collector),
                ResumeStage = parsed.GetValue(resume) is { } resumeSeconds ? TimeSpan.FromSeconds(resumeSeconds) : null,
            },
            cancel));
        return root.Parse(args).InvokeAsync();
    }

    private static Option<Uri> Url(string name, string otherwise, string says, string scheme = "http") => new(name)
    {
        Description = says,
        HelpName = "URL",
        DefaultValueFactory = _ => new Uri(otherwise),
        CustomParser = result => ReadUrl(result, otherwise, scheme),
    };

    private static Uri? ReadUrl(ArgumentResult result, string example, string scheme)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url is { IsLoopback: true, AbsolutePath: "/", Query: "", Fragment: "" } && url.Scheme == scheme)
        {
            return url;
        }

        result.AddError($"'{text}' is not an {scheme} URL on loopback without a path, like {example}.");
        return null;
    }

    private static Option<int?> Seconds(string name, string says, int min, int max)
    {
        var option = new Option<int?>(name) { Description = says, HelpName = "SECONDS" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } seconds && (seconds < min || seconds > max))
            {
                result.AddError($"{name} is a number of seconds from {min} to {max}.");
            }
        });
        return option;
    }
}
