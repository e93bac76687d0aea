using System.Security.Claims;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Gateways;

namespace HomeBridge.OpsConsole;

/// <summary>Who watches now, and who is linked. Both say something about homes, so who asked is written down.</summary>
internal static class SessionsApi
{
    private const int ListedMax = 1000;

    public static void MapSessions(this IEndpointRouteBuilder api)
    {
        api.MapGet("/sessions", (ClaimsPrincipal who, StreamGrants grants, Replicas replicas, AuditTrail audit) =>
        {
            var running = grants.Running();
            audit.Append(who.Identity!.Name!, "sessions.read", "", $"{Math.Min(running.Count, ListedMax)} running");
            return Results.Json(
                new
                {
                    running.Count,
                    Sessions = running.Take(ListedMax).Select(grant => new
                    {
                        Grant = grant.Id.ToString(),
                        grant.Platform,
                        Link = grant.Link.Value,
                        Device = grant.Device.Value,
                    }),
                    Gateways = replicas.All.Where(replica => replica.Kind == "gateway").Select(replica => new { replica.Name, replica.Live, replica.StreamsRunning }),
                },
                OpsJson.Options);
        });
        api.MapGet("/links", (ClaimsPrincipal who, AccountLinks links, AuditTrail audit) =>
        {
            var live = links.Live(ListedMax);
            audit.Append(who.Identity!.Name!, "links.read", "", $"{live.Count} live");
            return Results.Json(
                new
                {
                    Links = live.Select(one => new { Id = one.Link.Id.Value, one.Link.Platform, one.Link.Vendor, one.Link.Account, one.LinkedAt, one.Devices }),
                },
                OpsJson.Options);
        });
    }
}
