namespace HomeBridge.Sandbox.Display;

/// <summary>
/// The page that stands in for a smart display. It is a platform like any other: all it knows of a home is what the
/// bridge answers to SYNC, QUERY and EXECUTE, and its tokens never reach the browser.
/// </summary>
internal static class DisplayApplication
{
    /// <summary>The largest thing that a page sends is a QUERY for some hundred devices.</summary>
    private const long BodyBytesMax = 256 * 1024;

    public static WebApplication Build(DisplayOptions options)
    {
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
        builder.Services.AddSingleton<BridgeTokens>();
        builder.Services.AddSingleton<BridgeFulfillment>();
        builder.Services.AddSingleton<LinkHome>();

        var app = builder.Build();
        app.UseDisplayHeaders(options);
        app.UseOwnAddressOnly(options);
        app.MapAssets();
        app.MapLinkHome();
        app.MapHomes();
        return app;
    }
}
