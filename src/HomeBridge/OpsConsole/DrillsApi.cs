using System.Security.Claims;
using HomeBridge.Alarms;
using HomeBridge.Canaries;
using HomeBridge.Drills;

namespace HomeBridge.OpsConsole;

/// <summary>Drills of the switch and the alarms that ring, over HTTP.</summary>
internal static class DrillsApi
{
    private const int ListedMax = 500;

    public static void MapDrills(this IEndpointRouteBuilder api)
    {
        api.MapGet("/drills", (DrillStore drills, int? limit) => Json(new { Drills = drills.Newest(Math.Clamp(limit ?? 50, 1, ListedMax)).Select(Of) }));
        api.MapPost("/drills", async (ClaimsPrincipal who, SwitchDrill drill, CanaryOptions canaries, CancellationToken cancel) => canaries.All.Count == 0
                ? Results.Problem("There are no canaries to try the switch on. Configure Canaries:0 and Canaries:1, each an account of its own at the maker.", statusCode: StatusCodes.Status409Conflict)
                : Json(Of(await drill.Run(who.Identity!.Name!, cancel)), StatusCodes.Status201Created))
            .RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Operator));
        api.MapGet("/alarms", (AlarmBoard alarms) => Json(new
        {
            Alarms = alarms.Now.Select(one => new { one.Alarm.Name, Severity = one.Alarm.IsPage ? "page" : "ticket", one.Since, Means = one.Alarm.Says, one.Says, one.Alarm.Runbook }),
        }));
    }

    private static object Of(DrillResult drill) => new
    {
        drill.Id,
        drill.At,
        drill.By,
        drill.Account,
        drill.Suspension,
        Outcome = drill.Outcome switch { DrillOutcome.Passed => "passed", DrillOutcome.Failed => "failed", _ => "not_run" },
        drill.Detail,
        drill.ConfirmedMs,
        drill.LastByteMs,
        drill.BackMs,
    };

    private static IResult Json(object answer, int status = StatusCodes.Status200OK) => Results.Json(answer, OpsJson.Options, statusCode: status);
}
