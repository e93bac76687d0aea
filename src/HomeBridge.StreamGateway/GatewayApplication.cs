using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Http;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.StreamGateway.WebRtc;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting.Internal;

namespace HomeBridge.StreamGateway;

/// <summary>
/// The gateway's web application: tickets in, proven units out. It has no database and no minting key, and it is the
/// same whether it runs inside the bridge's process or on a machine of its own.
/// </summary>
public static class GatewayApplication
{
    /// <summary>Bytes of one connection that the kernel holds and may still send after a cut that it can't be told of.</summary>
    public const int SendBufferMax = 256 * 1024;

    /// <summary>Composes it; nothing listens until it is started.</summary>
    /// <exception cref="NotSupportedException">This runtime must not face the internet: the message says why.</exception>
    public static WebApplication Build(GatewayOptions options, TimeProvider time)
    {
        if (RuntimeFloor.Refusal(RuntimeFloor.Running) is { } refusal)
        {
            throw new NotSupportedException(refusal);
        }

        var peers = PeerOptions.Of(options);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(GatewayApplication).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;

            // A write is done when the kernel has taken it: nothing waits in this process behind the last look at the door.
            kestrel.Limits.MaxResponseBufferSize = 0;
            kestrel.Limits.MaxRequestLineSize = 2048;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = SmallSendBuffers);
        builder.WebHost.UseUrls(options.ListenUrl);
        builder.Logging.AddGatewayLogging();
        builder.Services.AddSingleton<IHostLifetime, ConsoleLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<BridgeClient>();
        builder.Services.AddSingleton<IBridge>(services => services.GetRequiredService<BridgeClient>());
        builder.Services.AddSingleton<IMediaOrigins, HttpMediaOrigins>();
        builder.Services.AddSingleton(RandomNumberGenerator.Create());
        builder.Services.AddSingleton(new SnapshotVerifier(options.SnapshotKey));
        if (options.SuspensionsFile is { } file)
        {
            builder.Services.AddSingleton<ISnapshotCopy>(new SnapshotFile(file));
        }

        builder.Services.AddStreams();
        builder.Services.AddPeers(peers);
        builder.Services.AddSingleton<IPeerBridge>(services => services.GetRequiredService<BridgeClient>());
        builder.Services.AddSingleton<IPeerOrigins, HttpPeerOrigins>();
        builder.Services.AddSingleton(new LeaseTerms(options.CameraLease));
        builder.Services.AddSingleton<BreakGlassWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<BreakGlassWatch>());
        builder.Services.AddHostedService<BeatSender>();
        builder.Services.AddSingleton<ProbePaths>();
        builder.Services.AddSingleton<SelfProbe>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SelfProbe>());
        builder.Services.AddHostedService<ReleaseSender>();
        builder.Services.AddHostedService<FeedReader>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SessionSweeper>());
        builder.Services.AddHostedService<TallySender>();

        var app = builder.Build();
        app.UseMediaHeaders(peers);
        app.UseLastNet();
        app.UsePreflight();
        app.UseSelfProbe();
        app.UseRouting();
        app.MapMedia();
        app.MapSignalling();
        app.MapGatewayHealth();
        app.UseEndpoints(_ => { });
        app.Run(context => MediaAnswer.NotFound.Give(new HttpViewer(context)));
        return app;
    }

    /// <summary>What the kernel has taken of a stream can't be called back: it is kept small. Connections inherit it.</summary>
    private static Socket SmallSendBuffers(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);

        // The kernel takes twice what it is told, for its own bookkeeping.
        socket.SendBufferSize = SendBufferMax / 2;
        return socket;
    }

    /// <summary>
    /// Everything between a ticket and a released unit. What it stands on is the caller's: bridge, origins, time, chance.
    /// </summary>
    internal static void AddStreams(this IServiceCollection services)
    {
        services.AddSingleton(SessionLimits.Default);
        services.AddSingleton(LeaseTerms.Default);
        services.AddSingleton<BridgeView>();
        services.AddSingleton<ApplyFeed>();
        services.AddSingleton<EvidenceVerifier>();
        services.AddSingleton<FindingReports>();
        services.AddSingleton<ReleaseQueue>();
        services.AddSingleton<SessionTable>();
        services.AddSingleton<RecentRevocations>();
        services.AddSingleton<SessionEnding>();
        services.AddSingleton<SessionSweeper>();
        services.AddSingleton<TicketGate>();
        services.AddSingleton<ServePlaylist>();
        services.AddSingleton<ServeUnit>();
        services.AddSingleton<ServeProgressive>();
    }

    /// <summary>Everything between an offer and a relayed packet. Bridge and origins are the caller's here, too.</summary>
    internal static void AddPeers(this IServiceCollection services, PeerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<PeerAnswerVerifier>();
        services.AddSingleton<WatchPeer>();
        services.AddSingleton<AgreePeer>();
        services.AddSingleton<Signalling>();
    }

    /// <summary>
    /// The framework's own request lines name paths, and our paths carry tickets: from the framework only warnings of
    /// the parts that don't print them.
    /// </summary>
    private static void AddGatewayLogging(this ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Error);
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.AddFilter("System", LogLevel.Warning);
    }

    private static void MapGatewayHealth(this WebApplication app)
    {
        app.MapGet("/health/live", context => Say(context, 200, "live\n"));
        app.MapGet("/health/ready", (HttpContext context, BridgeView bridge, ReleaseQueue releases, SelfProbe probe) =>
            !bridge.InContact ? Say(context, 503, "no contact with the bridge: cameras are closed\n")
            : !releases.IsOpen ? Say(context, 503, "the bridge does not record what is released: cameras are closed\n")
            : !probe.IsOpen ? Say(context, 503, $"cameras are closed: {probe.Found.Why}\n")
            : Say(context, 200, "ready\n"));
    }

    private static Task Say(HttpContext context, int status, string text) =>
        new HttpViewer(context).Text(status, "text/plain; charset=utf-8", text);
}
