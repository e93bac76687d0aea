using HomeBridge.Sandbox.Cameras;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Display;
using HomeBridge.Sandbox.OperatorDirectory;

namespace HomeBridge.Sandbox;

/// <summary>Everything that runs in a sandbox, started in the order in which it needs each other and stopped in reverse.</summary>
internal sealed class SandboxWorld : IAsyncDisposable
{
    private readonly SandboxOptions _options;
    private readonly List<WebApplication> _running = [];
    private string _directory = "";

    private SandboxWorld(SandboxOptions options) => _options = options;

    public static async Task<SandboxWorld> Start(SandboxOptions options, CancellationToken cancel)
    {
        var secrets = SandboxSecrets.In(options.DataFolder);
        var homeGraphKey = SandboxSecrets.HomeGraphKey(options.DataFolder);
        var world = new SandboxWorld(options);
        try
        {
            var bridge = BridgeUnderTest.Text(options.BridgeUrl);
            var cloud = SandboxCloud.Build(new SandboxCloudOptions
            {
                Url = options.CloudUrl,
                Seed = options.Seed,
                BridgeKey = secrets.BridgeKey,
                MakerEvidenceKey = secrets.EvidenceKey,
                EvidenceKeyId = SandboxSecrets.EvidenceKeyId,
                Client = new(SandboxSecrets.SignInClientId, secrets.SignInClientSecret, [$"{bridge}/oauth/signed-in"]),
                Events = new(new Uri($"{bridge}/device-cloud/events"), SandboxSecrets.EventKeyId, secrets.EventKeyPem),
                Cameras = (name, number, id) =>
                {
                    var encoder = new CameraEncoder(name, number, id);
                    return new(encoder.EncodeInit, encoder.EncodeUnit)
                    {
                        EncodeTransportStream = encoder.EncodeTransportStream,
                        StartLive = () => new LiveEncoder(name, number).Encode,
                        Codecs = CameraEncoder.Codecs,
                    };
                },
            });
            await world.Run(cloud, cancel);
            var directory = DirectoryApplication.Build(
                new DirectoryOptions
                {
                    Url = options.DirectoryUrl,
                    ConsoleClientSecret = secrets.DirectorySecret,
                    ConsoleRedirectUri = BridgeUnderTest.Text(options.OpsUrl) + "/sign-in/entra/back",
                    Certificate = DirectoryOptions.NewCertificate(BridgeUnderTest.DirectoryCertificate(options), TimeProvider.System),
                },
                TimeProvider.System);
            await world.Run(directory, cancel);
            world._directory = DirectoryApplication.Origin(directory.Services);
            var graphKey = await homeGraphKey;
            await world.Run(
                BridgeApplication.Build(
                    BridgeUnderTest.Configure(options, secrets, graphKey, cloud.Services.GetRequiredService<SandboxHomes>(), world._directory), BridgeApplication.SandboxEnvironment, TimeProvider.System,
                    canaryPictures: new SandboxPictureReader()),
                cancel);
            await world.Run(DisplayApplication.Build(Display(options, secrets, graphKey), cloud), cancel);
            await world.AllAnswer(cancel);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>What somebody who started it wants to know.</summary>
    public string Introduction => $"""
        HomeBridge sandbox

          bridge         {BridgeUnderTest.Text(_options.BridgeUrl)}   POST /fulfillment/google, /oauth/authorize, /oauth/token
          ops console    {BridgeUnderTest.Text(_options.OpsUrl)}   sign in with sandbox-operator or sandbox-operator-2
          gateway        {BridgeUnderTest.Text(_options.GatewayUrl)}
          device cloud   {BridgeUnderTest.Text(_options.CloudUrl)}   knobs at /sandbox/devices and /sandbox/faults
          display        {BridgeUnderTest.Text(_options.DisplayUrl)}   open this one in a browser
          theatre        {BridgeUnderTest.Text(_options.DisplayUrl)}/theatre   incidents replayed: naive gateway, ours
          inbox          {BridgeUnderTest.Text(_options.DisplayUrl)}/inbox   what residents are told
          companion      {BridgeUnderTest.Text(_options.DisplayUrl)}/companion   the maker's app, on the account API
          directory      {_directory}   operators anna, ben, carla; password sandbox
          data           {_options.DataFolder}

          homes          maple, harbor, hill; password sandbox; lock PIN 471193
          clients        google-home / sandbox-google-secret, sandbox-display / sandbox-display-secret,
                         second-platform / sandbox-second-secret
          operators      sandbox-operator (Operator, Auditor), sandbox-operator-2 (Operator, Approver)

        """;

    /// <summary>Completes when somebody stops it.</summary>
    public async Task Stopped(CancellationToken cancel)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asked = cancel.Register(() => stopped.TrySetResult());
        foreach (var app in _running)
        {
            app.Lifetime.ApplicationStopping.Register(() => stopped.TrySetResult());
        }

        await stopped.Task;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in Enumerable.Reverse(_running))
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    private static DisplayOptions Display(SandboxOptions options, SandboxSecrets secrets, string homeGraphKeyPem) => new()
    {
        Url = BridgeUnderTest.Text(options.DisplayUrl),
        BridgeUrl = BridgeUnderTest.Text(options.BridgeUrl),
        GatewayUrl = BridgeUnderTest.Text(options.GatewayUrl),
        ClientId = "sandbox-display",
        ClientSecret = "sandbox-display-secret",
        HomeGraph = new() { ServiceAccountKeyPem = homeGraphKeyPem },
        NoticesKey = Convert.FromBase64String(secrets.NoticesKey),
        Theatre = new()
        {
            CloudUrl = BridgeUnderTest.Text(options.CloudUrl),
            BridgeKey = secrets.BridgeKey,
            OpsUrl = BridgeUnderTest.Text(options.OpsUrl),
        },
    };

    private async Task Run(WebApplication app, CancellationToken cancel)
    {
        _running.Add(app);
        await app.StartAsync(cancel);
    }

    /// <summary>The gateway is ready once it has the bridge's first word; the rest answers as soon as it listens.</summary>
    private async Task AllAnswer(CancellationToken cancel)
    {
        using var http = new HttpClient();
        foreach (var url in (Uri[])[new(_options.BridgeUrl, "health/ready"), new(_options.GatewayUrl, "health/ready"), _options.DisplayUrl])
        {
            while (!await Answers(http, url, cancel))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancel);
            }
        }
    }

    private static async Task<bool> Answers(HttpClient http, Uri url, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(url, cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
