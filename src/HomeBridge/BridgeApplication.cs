using System.Diagnostics.Metrics;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Alarms;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Canaries;
using HomeBridge.DeviceCloudEvents;
using HomeBridge.Devices;
using HomeBridge.Drills;
using HomeBridge.EvidencePolicy;
using HomeBridge.Fulfillment;
using HomeBridge.Fulfillment.Challenges;
using HomeBridge.Gateways;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Isolation;
using HomeBridge.Ledger;
using HomeBridge.LinkDoctor;
using HomeBridge.Notices;
using HomeBridge.OpsConsole;
using HomeBridge.Residents;
using HomeBridge.Residents.Api;
using HomeBridge.Residents.Pages;
using HomeBridge.Resumption;
using HomeBridge.Revocations;
using HomeBridge.Streaming.Telemetry;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Hosting.Internal;

namespace HomeBridge;

/// <summary>The bridge's web application. The sandbox hosts this very one beside the outside world that it simulates.</summary>
public static class BridgeApplication
{
    /// <summary>The environment in which http and sandbox identities are allowed.</summary>
    public const string SandboxEnvironment = "Sandbox";

    /// <summary>Composes it from configuration; nothing listens until it is started.</summary>
    /// <param name="configuration">What README.md lists; nothing else is read.</param>
    /// <param name="environment"><see cref="SandboxEnvironment"/> allows http and sandbox identities.</param>
    /// <param name="time">What the bridge takes for the time.</param>
    /// <param name="deviceCloud">A maker in this process; without it, he is asked over HTTP.</param>
    /// <param name="canaryPictures">Reads canaries' pictures where there is no ffmpeg.</param>
    /// <exception cref="ConfigurationException">A key is missing or wrong: the message names all of them.</exception>
    public static WebApplication Build(IConfiguration configuration, string environment, TimeProvider time, IDeviceCloud? deviceCloud = null, IPictureReader? canaryPictures = null)
    {
        var read = new ConfigurationReader(configuration, environment == SandboxEnvironment);
        var drain = DrainOptions.Read(read);
        var database = DatabaseOptions.Read(read);
        var identity = BridgeIdentity.Read(read, database);
        var keyProtection = KeyProtectionOptions.Read(read);
        var suspensions = SuspensionOptions.Read(read, database);
        var ledger = LedgerOptions.Read(read);
        var maker = DeviceCloudOptions.Read(read);
        var signIn = ResidentSignInOptions.Read(read);
        var linking = AccountLinkingOptions.Read(read);
        var notices = NoticeOptions.Read(read, linking.PublicUrl);
        var streams = CameraStreamOptions.Read(read);
        var isolation = IsolationOptions.Read(read);
        var gateways = GatewaysOptions.Read(read, suspensions);
        var homeGraph = HomeGraphOptions.Read(read);
        var fulfillment = FulfillmentOptions.Read(read);
        var challenges = ChallengeOptions.Read(read);
        var events = DeviceCloudEventsOptions.Read(read, linking.PublicUrl);
        var residents = ResidentsOptions.Read(read);
        var canaries = CanaryOptions.Read(read);
        var resumption = ResumptionOptions.Read(read);
        var drills = DrillOptions.Read(read);
        var operators = OperatorOptions.Read(read, identity.Ops);
        var auditHeads = AuditHeadsOptions.Read(read);
        var telemetry = TelemetrySettings.Read(read);
        if (read.Problems.Count > 0)
        {
            throw new ConfigurationException(read.Problems);
        }

        // Empty: what was checked above is all the configuration there is, and nothing is read behind our back.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(BridgeApplication).Assembly.GetName().Name,
            EnvironmentName = environment,
        });

        builder.WebHost.UseUrls(identity.ListenUrl, identity.Ops.Url);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MaxRequestBodySize = FulfillmentOptions.BodyBytesMax;
        });
        builder.Logging.AddBridgeLogging();

        var services = builder.Services;
        services.AddSingleton(_ => new Tracing(Tracing.Bridge));
        if (telemetry is not null)
        {
            var who = new TelemetrySource("homebridge-bridge", identity.Name, Tracing.Bridge);
            OtlpExport.AddLogs(builder.Logging, telemetry, who);
            services.AddSingleton(telemetry);
            services.AddSingleton(provider => new OtlpExport(telemetry, who, provider.GetRequiredService<IMeterFactory>()));
        }

        services.AddSingleton<IHostLifetime, ConsoleLifetime>();
        services.AddRoutingCore();
        services.Configure<FormOptions>(forms => forms.ValueCountLimit = Forms.FieldsMax);
        services.AddSingleton(time);
        services.AddSingleton(identity);
        services.AddSingleton(identity.Ops);
        services.AddSingleton(database);
        services.AddSingleton<Database>();
        services.AddSingleton<Signal>();
        services.AddReplicas();
        services.AddKeyProtection(keyProtection);
        services.AddVitals();
        services.AddLinkDoctor();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton(auditHeads);
        services.AddSingleton<AuditHeads>();
        services.AddHostedService<AuditHeadSigner>();
        services.AddSingleton(ledger);
        services.AddSingleton<ReleaseLedger>();
        services.AddHostedService<LedgerKeeper>();
        services.AddSingleton<RevocationLog>();
        services.AddSingleton<SuspensionStore>();
        services.AddSingleton<SuspensionBoard>();
        services.AddHostedService<SuspensionKeeper>();
        services.AddSuspensionPropagation(suspensions);
        services.AddSingleton(maker);
        services.AddSingleton<DeviceCloudHealth>();
        if (deviceCloud is null)
        {
            services.AddSingleton<IDeviceCloud, HttpDeviceCloud>();
        }
        else
        {
            services.AddSingleton(deviceCloud);
        }

        services.AddSingleton<GuardedDeviceCloud>();
        services.AddSingleton<DeviceCloud>();
        services.AddSingleton<EnrolledKeys>();
        services.AddSingleton<DeviceRegister>();
        services.AddSingleton<DeviceProblems>();
        services.AddSingleton<EvidenceGrades>();
        services.AddNotices(notices);
        services.AddAccountLinking(linking, signIn);
        services.AddSingleton(streams);
        services.AddSingleton<TicketKeyRing>();
        services.AddSingleton<SharingPauses>();
        services.AddSingleton<StreamGrants>();
        services.AddSingleton<StreamViews>();
        services.AddSingleton<IHangsOnLinks, StreamsOnLinks>();
        services.AddSingleton<EvidenceDemands>();
        services.AddSingleton<CameraProtocols>();
        services.AddSingleton<OwnershipInstruments>();
        services.AddSingleton<GrantStream>();
        services.AddSingleton<RedeemGrant>();
        services.AddIsolation(isolation);
        services.AddSingleton(gateways);
        services.AddSingleton<OtherBridges>();
        services.AddSingleton<Replicas>();
        services.AddHostedService<ReplicaNews>();
        services.AddSingleton<ReplicaInstruments>();
        services.AddSingleton<ClosedStreams>();
        services.AddSingleton<Feed>();
        services.AddHostedService<EmbeddedGateway>();
        services.AddHomeGraph(homeGraph);
        services.AddFulfillment(fulfillment with { WillReportState = homeGraph.Account is not null && events.Keys.Count > 0 }, challenges);
        services.AddDeviceCloudEvents(events);
        services.AddResidents(residents);
        services.AddCanaries(canaries, canaryPictures);
        services.AddResumption(resumption);
        services.AddDrills(drills);
        services.AddAlarms();
        services.AddOpsConsole(operators);

        // The last to come is the first to be told that it is over: before gateway and listeners stop.
        services.AddSingleton(drain);
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = drain.StopsWithin);

        var app = builder.Build();
        app.Services.GetService<OtlpExport>();

        // Each door says below who is asked for what. Left alone, the framework would ask before the doors as well.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        ((IApplicationBuilder)app).Properties["__AuthorizationMiddlewareSet"] = true;
        var ops = identity.Ops;
        app.UseMiddleware<BrokenRequests>();
        app.MapWhen(ops.Accepted, door =>
        {
            door.UseRouting();
            door.UseMiddleware<SignInGuard>();
            door.UseAuthentication();
            door.UseAuthorization();
            door.UseEndpoints(endpoints =>
            {
                endpoints.MapOpsConsole();
                endpoints.MapGateways();
                endpoints.MapMetrics();
                Page.MapStyle(endpoints);
            });
        });
        var publicUrl = new Uri(linking.PublicUrl);
        var publicHost = HostString.FromUriComponent(publicUrl);
        app.MapWhen(context => !ops.Accepted(context), door =>
        {
            if (identity.TrustedProxies.Count > 0)
            {
                var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
                forwarded.KnownProxies.Clear();
                forwarded.KnownIPNetworks.Clear();
                foreach (var proxy in identity.TrustedProxies)
                {
                    forwarded.KnownIPNetworks.Add(proxy);
                }

                door.UseForwardedHeaders(forwarded);
            }

            // Who we are is configured. A Host header, or a proxy that ends TLS, has no say in it.
            var draining = app.Services.GetRequiredService<Drain>();
            door.Use((context, next) =>
            {
                draining.LetGo(context);
                context.Request.Scheme = publicUrl.Scheme;
                context.Request.Host = publicHost;
                return next(context);
            });
            door.UseRouting();

            // Residents have cookies. A platform has a token, which fulfillment reads itself.
            door.UseWhen(context => !FulfillmentFeature.IsAbout(context), pages => pages.UseAuthentication());
            door.UseEndpoints(endpoints =>
            {
                endpoints.MapFulfillment();
                endpoints.MapDeviceCloudEvents();
                endpoints.MapAccountLinking();
                endpoints.MapAccountPages();
                endpoints.MapAccountApi();
                endpoints.MapHealth();
                Page.MapStyle(endpoints);
            });
        });
        return app;
    }

    private static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", () => Results.Text("live\n"));
        endpoints.MapGet("/health/ready", (Database database, Drain drain) =>
            drain.HasBegun ? NotReady("this bridge is going: send requests elsewhere\n")
            : database.Answers() ? Results.Text("ready\n")
            : NotReady("the database does not answer\n"));

        static IResult NotReady(string why) => Results.Text(why, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Paths and queries carry codes and tickets, so the framework's request lines stay out of the log.</summary>
    private static void AddBridgeLogging(this ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Error);

        // It would log nothing that BrokenRequests does not, and begins an activity for each request in order to.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        logging.AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.Error);
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddFilter(typeof(ResidentSignIn).FullName, LogLevel.Warning);

        // What they refuse is counted and in the audit trail: a line for each guess would fill the disk.
        logging.AddFilter(typeof(SandboxOperatorHandler).FullName, LogLevel.Warning);
        logging.AddFilter(typeof(BreakGlassHandler).FullName, LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
    }
}
