using HomeBridge.AccountLinking.OAuth;
using HomeBridge.CameraStreams;
using HomeBridge.Isolation;
using HomeBridge.Ledger;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Gateways;

/// <summary>What stream gateways ask of the bridge, on the private listener, each with its own key.</summary>
internal static class GatewayEndpoints
{
    private const string GatewayItem = "gateway";

    public static void MapGateways(this IEndpointRouteBuilder endpoints)
    {
        // Nobody asks for it: it is asked by whoever reads metrics.
        endpoints.ServiceProvider.GetRequiredService<ReplicaInstruments>();
        var group = endpoints.MapGroup("").AddEndpointFilter(async (context, next) =>
        {
            var request = context.HttpContext.Request;
            var options = context.HttpContext.RequestServices.GetRequiredService<GatewaysOptions>();
            if (options.Authenticate(Tokens.Bearer(request.Headers.Authorization)) is not { } gateway)
            {
                context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
                return Results.Unauthorized();
            }

            context.HttpContext.Items[GatewayItem] = gateway;
            return await next(context);
        });

        group.MapGet(GatewayPaths.Feed, async (HttpContext context, Feed feed, long? after, long? beat) =>
        {
            await feed.Serve(Gateway(context), after, beat ?? 0, context);
            return Results.Empty;
        });

        group.MapPost(GatewayPaths.Redeem, async (RedeemRequest request, HttpContext context, RedeemGrant redeem) =>
        {
            if (!GrantId.TryParse(request.Grant, out var id))
            {
                return Results.NotFound();
            }

            var (verdict, grant) = await redeem.Redeem(Gateway(context), id, request.Protocol, context.RequestAborted);
            return grant is null ? Refusal(verdict) : Results.Json(grant, GatewayJson.Default.RedeemedGrant);
        });

        group.MapPost(GatewayPaths.Renew, async (RenewRequest request, HttpContext context, RedeemGrant redeem) =>
            GrantId.TryParse(request.Grant, out var id)
                ? Refusal(await redeem.Renew(Gateway(context), id, context.RequestAborted))
                : Results.NotFound());

        group.MapPost(GatewayPaths.Ended, async (SessionEnded ended, HttpContext context, RedeemGrant redeem) =>
        {
            if (GrantId.TryParse(ended.Grant, out var id))
            {
                await redeem.Ended(Gateway(context), ended, id, context.RequestAborted);
            }

            return Results.NoContent();
        });

        group.MapPost(UnitsReleased.Path, (UnitsReleased released, HttpContext context, ReleaseLedger ledger) =>
        {
            if (!ReleaseCheck.IsWellFormed(released))
            {
                return Results.BadRequest();
            }

            ledger.Append(Gateway(context), released);
            return Results.NoContent();
        });

        group.MapPost(GatewayPaths.Acknowledge, (FeedAcknowledgement acknowledgement, HttpContext context, Replicas replicas, IsolationMonitor monitor) =>
        {
            replicas.Acknowledged(Gateway(context), acknowledgement);
            monitor.Applied(Gateway(context), acknowledgement.Version);
            return Results.NoContent();
        });

        group.MapPost(GatewayPaths.Beat, (GatewayBeat beat, HttpContext context, Replicas replicas) =>
        {
            replicas.Heard(Gateway(context), beat);
            return Results.NoContent();
        });

        group.MapPost(GatewayPaths.BreakGlass, (BreakGlassReport report, HttpContext context, Replicas replicas) =>
            replicas.BrokeGlass(Gateway(context), report) ? Results.NoContent() : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));

        group.MapPost(GatewayPaths.Findings, async (EvidenceFinding finding, HttpContext context, IsolationMonitor monitor) =>
        {
            await monitor.Heard(Gateway(context), finding, context.RequestAborted);
            return Results.NoContent();
        });

        group.MapPost(PeerAnswered.Path, (PeerAnswered answered, HttpContext context, PeerAnswers answers) => answers.Heard(Gateway(context), answered) switch
        {
            PeerNoting.New => Results.NoContent(),
            PeerNoting.OtherCameras => Results.Conflict(),
            _ => Results.NotFound(),
        });

        group.MapPost(GatewayPaths.Tally, async (UnitTally tally, HttpContext context, IsolationMonitor monitor) =>
        {
            await monitor.Counted(Gateway(context), tally, context.RequestAborted);
            return Results.NoContent();
        });

        group.MapPost(SelfProbeReport.Path, (SelfProbeReport found, HttpContext context, Replicas replicas) =>
        {
            replicas.Probed(Gateway(context), found);
            return Results.NoContent();
        });
    }

    private static string Gateway(HttpContext context) => (string)context.Items[GatewayItem]!;

    private static IResult Refusal(Redemption verdict) => verdict switch
    {
        Redemption.Honoured => Results.NoContent(),
        Redemption.NotHonoured => Results.NotFound(),
        Redemption.Suspended => Results.StatusCode(StatusCodes.Status403Forbidden),
        _ => Results.StatusCode(StatusCodes.Status503ServiceUnavailable),
    };
}
