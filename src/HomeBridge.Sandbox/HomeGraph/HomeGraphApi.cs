using HomeBridge.Sandbox.Display;
using Microsoft.AspNetCore.Mvc;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>The stand-in for Google's Home Graph API, beside the display: both are the platform's side.</summary>
internal static class HomeGraphApi
{
    /// <summary>A report of a thousand devices, and then some.</summary>
    private const int BodyBytesMax = 4 * 1024 * 1024;

    public static void AddHomeGraph(this IServiceCollection services, DisplayOptions options)
    {
        services.AddRequestDecompression();
        services.AddSingleton(options.HomeGraph);
        services.AddSingleton<PlatformTraits>();
        services.AddSingleton<Graph>();
        services.AddSingleton<HomeSync>();
        services.AddSingleton<RequestedSyncs>();
        services.AddSingleton<CallQuota>();
        services.AddSingleton(services => new AccessTokens(options.HomeGraph, options.Url + HomeGraphOptions.TokenPath, options.Time));
    }

    public static void MapHomeGraph(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup(HomeGraphOptions.Path + "/v1");
        api.WithMetadata(new RequestSizeLimitAttribute(BodyBytesMax));
        api.AddEndpointFilter<GraphDoor>();
        api.MapPost("/devices:requestSync", RequestSync);
        api.MapPost("/devices:reportStateAndNotification", Report);
        api.MapPost("/devices:query", Query);
        api.MapPost("/devices:sync", Sync);
        api.MapDelete("/agentUsers/{agentUserId}", Delete);
        endpoints.MapPost(HomeGraphOptions.TokenPath, TokenEndpoint.Answer);
        endpoints.MapGet(HomeGraphOptions.Path + "/graph", (Graph graph) => Results.Json(graph.Show())).AddEndpointFilter<OwnOriginOnly>();
    }

    private static async Task<IResult> RequestSync(HttpContext context, RequestedSyncs syncs, CallQuota quota)
    {
        var (agentUserId, async) = GraphRequests.RequestSync(await GraphRequests.Body(context));
        if (async)
        {
            quota.Spend();
            syncs.Queue(agentUserId);
        }
        else
        {
            await syncs.Run(agentUserId, context.RequestAborted);
        }

        return Results.Json(new { });
    }

    private static async Task<IResult> Report(HttpContext context, Graph graph, CallQuota quota)
    {
        quota.Spend();
        var report = GraphRequests.Report(await GraphRequests.Body(context));
        graph.Report(report);
        return Results.Json(new { requestId = report.RequestId });
    }

    private static async Task<IResult> Query(HttpContext context, Graph graph, CallQuota quota)
    {
        quota.Spend();
        var (agentUserId, requestId, devices) = GraphRequests.Query(await GraphRequests.Body(context));
        return Results.Json(new { requestId, payload = new { devices = graph.Query(agentUserId, devices) } });
    }

    private static async Task<IResult> Sync(HttpContext context, Graph graph, CallQuota quota)
    {
        quota.Spend();
        var (agentUserId, requestId) = GraphRequests.Sync(await GraphRequests.Body(context));
        return Results.Json(new { requestId, payload = new { agentUserId, devices = graph.Devices(agentUserId) } });
    }

    /// <summary>Unlinks the user here: the homes leave the display without another word to the bridge.</summary>
    private static IResult Delete(string agentUserId, Graph graph, DisplaySessions sessions, CallQuota quota)
    {
        quota.Spend();
        foreach (var home in graph.HomesOf(agentUserId))
        {
            sessions.Forget(home);
        }

        return Results.Json(new { });
    }
}
