using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Display;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Sandbox.MakerEvents;
using HomeBridge.Sandbox.NaiveGateway;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>The incident theatre, <c>/theatre</c> on the display: what its page asks of this server.</summary>
internal static class TheatreApi
{
    internal sealed record OpenRequest(string Incident);

    public static void AddTheatre(this IServiceCollection services, TheatreOptions options, IServiceProvider cloud)
    {
        services.AddNaiveGateway(options.CloudUrl, options.BridgeKey);
        services.AddSingleton(options);
        services.AddSingleton(_ => new MakerDesk(
            cloud.GetRequiredService<SandboxHomes>(), cloud.GetRequiredService<FaultBoard>(), cloud.GetRequiredService<OpenStreams>(),
            cloud.GetRequiredService<MediaEdge>(), cloud.GetRequiredService<EventQueues>()));
        services.AddSingleton<BackgroundLink>();
        services.AddSingleton<Viewers>();
        services.AddSingleton<OpsDesk>();
        services.AddSingleton<Stage>();
    }

    public static void MapTheatre(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapNaiveGateway();
        var api = endpoints.MapGroup("/api/theatre");
        api.AddEndpointFilter<OwnPageOnly>();
        api.MapGet("", Programme);
        api.MapPost("/open", Open);
        api.MapPost("/break", Break);
        api.MapPost("/clear", Clear);
        api.MapGet("/play", Read);
    }

    private static IResult Programme(Stage stage, MakerDesk maker) => Results.Json(new
    {
        camera = stage.Camera.Name,
        home = Stage.Home,
        cameras = maker.Homes.All.Where(device => device.CameraNumber is not null)
            .Select(device => new { number = device.CameraNumber, name = device.Name, home = device.FirstHome }),
        incidents = IncidentCatalogue.All.Select(incident => new
        {
            incident.Id,
            incident.Kind,
            incident.When,
            incident.Who,
            incident.Title,
            incident.Happened,
            incident.Scale,
            incident.Found,
            incident.Here,
            Staging = incident.Staging.ToString(),
        }),
    });

    private static async Task<IResult> Open(OpenRequest request, Stage stage, CancellationToken cancel) =>
        IncidentCatalogue.All.FirstOrDefault(incident => incident.Id == request.Incident) is { } incident
            ? await Try(async () => Seats(await stage.Open(incident, cancel)))
            : Results.BadRequest();

    private static Task<IResult> Break(Stage stage, CancellationToken cancel) => Try(async () =>
        await stage.Break(cancel) is { } play ? Seats(play) : Results.Json(new { problem = "nothingOpen" }, statusCode: StatusCodes.Status409Conflict));

    private static Task<IResult> Clear(Stage stage, CancellationToken cancel) => Try(async () =>
    {
        await stage.Clear(cancel);
        return Results.Json(new { });
    });

    private static Task<IResult> Read(Stage stage, CancellationToken cancel) => Try(async () =>
        Results.Json(new { play = await stage.Read(cancel) }));

    private static IResult Seats(Play play) => Results.Json(new { play = play.Id, naive = play.Naive, ours = play.Ours });

    /// <summary>The theatre plays with the real bridge over HTTP: when it is away, the page says so.</summary>
    private static async Task<IResult> Try(Func<Task<IResult>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception failed) when (failed is HttpRequestException or TaskCanceledException)
        {
            return Results.Json(new { problem = "unreachable" }, statusCode: StatusCodes.Status502BadGateway);
        }
    }
}
