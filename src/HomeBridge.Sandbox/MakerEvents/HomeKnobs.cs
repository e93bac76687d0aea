using System.Text.Json.Nodes;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.IdentityProvider;

namespace HomeBridge.Sandbox.MakerEvents;

/// <summary>
/// What residents do in the maker's app and at their doors: move a device to another home, rename it, take it away,
/// press the bell. Each knob answers when the maker knows; the bridge is told by event.
/// </summary>
internal static class HomeKnobs
{
    public static void AddMakerEvents(this IServiceCollection services) => services
        .AddSingleton<EventQueues>()
        .AddHostedService<EventSender>();

    public static void MapHomeKnobs(this IEndpointRouteBuilder app)
    {
        var knobs = app.MapGroup("/sandbox");
        knobs.MapPost("/devices/{vendorDeviceId}/move", Move);
        knobs.MapPost("/devices/{vendorDeviceId}/rename", Rename);
        knobs.MapPost("/devices/{vendorDeviceId}/press", Press);
        knobs.MapPost("/devices/{vendorDeviceId}/notify", Notify);
        knobs.MapDelete("/devices/{vendorDeviceId}", Remove);
        knobs.MapPost("/homes/{home}/devices", Add);
        knobs.MapPost("/homes/{home}/close", Close);
        knobs.MapPost("/homes/{home}/revoke-tokens", RevokeTokens);
        knobs.MapGet("/events", (EventQueues events) => CloudReply.Of(new { waiting = events.Waiting, told = events.Told }));
        knobs.MapPost("/reset", Reset);
    }

    private static CloudReply Move(string vendorDeviceId, MoveRequest request, SandboxHomes homes) =>
        homes.Find(vendorDeviceId) is not { } device ? NoDevice
        : !homes.IsOpen(request.Home) ? NoHome
        : Done(() => homes.Move(device, request.Home));

    private static CloudReply Rename(string vendorDeviceId, RenameRequest request, SandboxHomes homes) =>
        homes.Find(vendorDeviceId) is not { } device ? NoDevice
        : homes.DevicesOf(device.Home)!.Any(other => other != device && other.Name == request.Name)
            ? Refused("Another device of the home has that name.")
            : Done(() => homes.Rename(device, request.Name, request.Room));

    private static CloudReply Press(string vendorDeviceId, PressRequest request, SandboxHomes homes, EventQueues events) =>
        homes.Find(vendorDeviceId) is not { } device ? NoDevice : Done(() => events.Pressed(device, request.Objects));

    private static CloudReply Notify(string vendorDeviceId, JsonObject notifications, SandboxHomes homes, EventQueues events) =>
        homes.Find(vendorDeviceId) is not { } device ? NoDevice : Done(() => events.Notified(device, notifications));

    private static CloudReply Remove(string vendorDeviceId, SandboxHomes homes, OpenStreams streams)
    {
        if (homes.Find(vendorDeviceId) is not { } device)
            return NoDevice;
        homes.Remove(device);
        streams.CloseAllOf(device);
        return Nothing;
    }

    private static CloudReply Add(string home, AddRequest request, SandboxHomes homes)
    {
        if (!homes.IsOpen(home))
            return NoHome;
        if (homes.Add(home, request.Type, request.Name, request.Room) is not { } device)
            return Refused("No device of that type without a camera is made, or the home has one of that name.");
        return CloudReply.Of(new { vendorDeviceId = device.Id }, StatusCodes.Status201Created);
    }

    private static CloudReply Close(string home, SandboxHomes homes) =>
        !homes.IsOpen(home) ? NoHome : Done(() => homes.Close(home));

    private static CloudReply RevokeTokens(string home, SandboxHomes homes, RefreshTokens tokens) =>
        !homes.IsOpen(home) ? NoHome : Done(() => tokens.TakeBack(home));

    private static CloudReply Reset(SandboxHomes homes) => Done(homes.Reset);

    private static CloudReply Done(Action act)
    {
        act();
        return Nothing;
    }

    private static CloudReply Nothing => new(StatusCodes.Status204NoContent, null);

    private static CloudReply NoDevice => Refused("There is no such device.", StatusCodes.Status404NotFound);

    private static CloudReply NoHome => Refused("There is no such home.", StatusCodes.Status404NotFound);

    private static CloudReply Refused(string sentence, int status = StatusCodes.Status400BadRequest) =>
        CloudReply.Of(new { error = sentence }, status);

    private sealed record MoveRequest(string Home);

    private sealed record RenameRequest(string Name, string? Room);

    private sealed record PressRequest(JsonObject? Objects);

    private sealed record AddRequest(string Type, string Name, string? Room);
}
