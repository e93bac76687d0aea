using System.Net;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.CameraPeers;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.IdentityProvider;
using HomeBridge.Sandbox.MakerEvents;

namespace HomeBridge.Sandbox;

/// <summary>
/// The simulated outside world on one loopback URL: the maker's API, its media origin, its identity provider,
/// and the knobs that break them.
/// </summary>
public sealed class SandboxCloud
{
    /// <summary>The contract's limit for JSON; nothing else here has a body.</summary>
    private const long LargestBody = 1024 * 1024;

    private SandboxCloud()
    {
    }

    public static WebApplication Build(SandboxCloudOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = WebApplication.CreateEmptyBuilder(new() { EnvironmentName = "Sandbox" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Listen(LoopbackOf(options.Url), options.Url.Port);
        });
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        builder.Services.AddRoutingCore();
        builder.Services.ConfigureHttpJsonOptions(
            json => json.SerializerOptions.RespectNullableAnnotations = true);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.Time);
        builder.Services.AddSingleton(new SeededChance(options.Seed));
        builder.Services.AddSingleton<CloudAddress>();
        builder.Services.AddFaults();
        builder.Services.AddMakerEvents();
        builder.Services.AddDeviceCloud();
        builder.Services.AddCameraIngest();
        builder.Services.AddIdentityProvider();

        var app = builder.Build();
        app.Use(NeverCached);
        app.UseBridgeKey(options.BridgeKey);
        app.MapDeviceCloud();
        app.MapMediaOrigin();
        app.MapPeerOrigin();
        app.MapIdentityProvider();
        app.MapKnobs();
        app.MapHomeKnobs();
        return app;
    }

    private static Task NeverCached(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.CacheControl = "no-store";
        return next(http);
    }

    /// <summary>
    /// The knobs have no key: whoever could reach them from outside would own the simulation.
    /// </summary>
    private static IPAddress LoopbackOf(Uri url)
    {
        if (!url.IsLoopback || url.Scheme != Uri.UriSchemeHttp)
            throw new ArgumentException($"The sandbox listens on loopback http, not on {url}.", nameof(url));
        return IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) ? address : IPAddress.Loopback;
    }
}
