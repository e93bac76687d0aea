using HomeBridge.Sandbox.Companion;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.HomeGraph;
using HomeBridge.Sandbox.Inboxes;
using HomeBridge.Sandbox.Theatre;

namespace HomeBridge.Sandbox.Display;

/// <summary>
/// The page that stands in for a smart display. It is a platform like any other: all it knows of a home is what the
/// bridge answers to SYNC, QUERY and EXECUTE, and its tokens never reach the browser.
/// </summary>
public static class DisplayApplication
{
    /// <summary>The largest thing that a page sends is a QUERY for some hundred devices.</summary>
    private const long BodyBytesMax = 256 * 1024;

    /// <param name="options">Where it is, and as whom it links.</param>
    /// <param name="cloud">The simulated outside world, whose faults reach the Home Graph as well.</param>
    public static WebApplication Build(DisplayOptions options, WebApplication cloud)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cloud);
        var builder = WebApplication.CreateEmptyBuilder(new() { EnvironmentName = "Sandbox" });
        builder.WebHost.UseUrls(options.Url).UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
        });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.RespectNullableAnnotations = true);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.Time);
        builder.Services.AddSingleton<DisplaySessions>();
        builder.Services.AddSingleton(_ => new BridgeTokens(options.BridgeUrl, new(options.ClientId, options.ClientSecret, options.CallbackUrl)));
        builder.Services.AddSingleton<CompanionApp>();
        builder.Services.AddSingleton<BridgeFulfillment>();
        builder.Services.AddSingleton<LinkHome>();
        builder.Services.AddSingleton<StreamCount>();
        builder.Services.AddSingleton(cloud.Services.GetRequiredService<FaultBoard>());
        builder.Services.AddHomeGraph(options);
        if (options.NoticesKey is not null)
        {
            builder.Services.AddSingleton<Inbox>();
        }

        if (options.Theatre is { } theatre)
        {
            builder.Services.AddTheatre(theatre, cloud.Services);
        }

        var app = builder.Build();
        app.UseDisplayHeaders(options);
        app.UseOwnAddressOnly(options);
        app.UseRequestDecompression();
        app.MapAssets();
        app.MapLinkHome();
        app.MapHomes();
        app.MapHomeGraph();
        app.MapCompanion();
        if (options.NoticesKey is { } noticesKey)
        {
            app.MapInbox(noticesKey);
        }

        if (options.Theatre is not null)
        {
            app.MapTheatre();
        }

        return app;
    }
}
