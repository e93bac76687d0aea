using System.Text.Json;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox.HomeGraph;

namespace HomeBridge.Sandbox.Display;

/// <summary>
/// What the page asks of this server. Each answer names the home that it is about, and each request is made with the
/// tokens of that home in that browser's session.
/// </summary>
internal static class HomesApi
{
    private const int DevicesMax = 1000;
    private const int ExecutionsMax = 4;
    private const int IdLengthMax = 200;

    /// <summary>All that a tile can do. The page does not choose what else is sent to a home.</summary>
    private static readonly string[] Commands =
    [
        "OnOff", "BrightnessAbsolute", "LockUnlock", "ThermostatTemperatureSetpoint", "GetCameraStream",
        "OpenClose", "StartStop", "PauseUnpause", "ArmDisarm", "Dock", "Charge", "ActivateScene", "Locate", "Reboot", "SetFanSpeed",
        "setVolume", "mediaPause", "mediaResume",
    ];

    internal sealed record QueryRequest(string[] Devices);

    internal sealed record ExecuteRequest(string Device, ExecutionRequest[] Execution);

    internal sealed record ExecutionRequest(string Command, JsonElement Params, string? Pin = null, bool? Ack = null);

    public static void MapHomes(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("/api/homes");
        api.AddEndpointFilter<OwnPageOnly>();
        api.MapGet("", List);
        api.MapGet("/{home}/events", HomeStream.Answer);
        api.MapPost("/{home}/sync", Sync);
        api.MapPost("/{home}/query", Query);
        api.MapPost("/{home}/execute", Execute);
        api.MapPost("/{home}/unlink", Unlink);
    }

    private static IResult List(HttpContext context, DisplaySessions sessions) => Results.Json(new
    {
        homes = sessions.TryFind(context, out var session) ? session.Homes.Select(home => home.Id) : [],
    });

    private static Task<IResult> Sync(string home, HttpContext context, DisplaySessions sessions, HomeSync sync) =>
        Answer(home, context, sessions, linked => sync.Sync(linked, context.RequestAborted));

    private static async Task<IResult> Query(
        string home, QueryRequest query, HttpContext context, DisplaySessions sessions, BridgeFulfillment bridge) =>
        query.Devices is { Length: > 0 and <= DevicesMax } devices && Array.TrueForAll(devices, IsId)
            ? await Answer(home, context, sessions, linked => bridge.Query(linked, devices, context.RequestAborted))
            : Results.BadRequest();

    private static async Task<IResult> Execute(
        string home, ExecuteRequest wanted, HttpContext context, DisplaySessions sessions, BridgeFulfillment bridge)
    {
        if (!IsId(wanted.Device) || wanted.Execution is not { Length: > 0 and <= ExecutionsMax }
            || !Array.TrueForAll(wanted.Execution, IsExecution))
        {
            return Results.BadRequest();
        }

        var execution = new JsonArray([.. wanted.Execution.Select(Execution)]);
        return await Answer(
            home, context, sessions, linked => bridge.Execute(linked, wanted.Device, execution, context.RequestAborted));
    }

    /// <summary>
    /// Tells the bridge first. When it does not answer, the link may still be there, and to forget the tokens would hide
    /// that from the one who wants it gone.
    /// </summary>
    private static Task<IResult> Unlink(string home, HttpContext context, DisplaySessions sessions, BridgeFulfillment bridge) =>
        Answer(home, context, sessions, async linked =>
        {
            var outcome = await bridge.Disconnect(linked, context.RequestAborted);
            if (outcome is IntentOutcome.Answered)
            {
                sessions.Forget(linked);
            }

            return outcome;
        });

    private static async Task<IResult> Answer(
        string id, HttpContext context, DisplaySessions sessions, Func<LinkedHome, Task<IntentOutcome>> ask)
    {
        if (!sessions.TryFind(context, out var session) || session.Home(id) is not { } home)
        {
            return Results.Json(new { home = id, problem = "notLinked" }, statusCode: StatusCodes.Status404NotFound);
        }

        switch (await ask(home))
        {
            case IntentOutcome.Answered answered:
                return Results.Json(new { home = home.Id, payload = answered.Payload });
            case IntentOutcome.LinkOver:
                sessions.Forget(home);
                return Results.Json(new { home = home.Id, problem = "notLinked" }, statusCode: StatusCodes.Status410Gone);
            default:
                return Results.Json(new { home = home.Id, problem = "unreachable" }, statusCode: StatusCodes.Status502BadGateway);
        }
    }

    private static JsonObject Execution(ExecutionRequest wanted)
    {
        var execution = new JsonObject
        {
            ["command"] = $"action.devices.commands.{wanted.Command}",
            ["params"] = JsonObject.Create(wanted.Params),
        };
        if (wanted.Pin is { } pin)
        {
            execution["challenge"] = new JsonObject { ["pin"] = pin };
        }
        else if (wanted.Ack is { } ack)
        {
            execution["challenge"] = new JsonObject { ["ack"] = ack };
        }

        return execution;
    }

    private static bool IsExecution(ExecutionRequest? wanted) =>
        wanted is not null && Commands.Contains(wanted.Command) && wanted.Params.ValueKind == JsonValueKind.Object;

    private static bool IsId(string? id) => id is { Length: > 0 and <= IdLengthMax };
}
