using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Sandbox.MakerEvents;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>The theatre's hand on the simulated maker: the same switches as the knobs.</summary>
internal sealed class MakerDesk(SandboxHomes homes, FaultBoard faults, OpenStreams streams, MediaEdge edge, EventQueues events)
{
    private (SandboxDevice Device, string Home)? _moved;

    public SandboxHomes Homes => homes;

    public SandboxDevice CameraOf(string home, int place) => homes.All
        .Where(device => device.FirstHome == home && device.CameraNumber is not null)
        .OrderBy(device => device.CameraNumber)
        .ElementAt(place);

    public void Break(PublishedIncident incident, SandboxDevice camera)
    {
        var stranger = CameraOf(SandboxHomes.StrangerTo(camera.FirstHome), 1);
        faults.Switch(new(incident.Kind, 1, incident.Staging is Staging.Notice ? stranger.Id : camera.Id));
        if (incident.Staging is Staging.Notice)
        {
            events.Pressed(stranger, new() { ["unfamiliar"] = 1 });
        }
        else if (incident.Staging is Staging.AfterRevocation)
        {
            _moved = (camera, camera.Home);
            homes.Move(camera, stranger.Home);
        }
    }

    public async Task Undo()
    {
        faults.Clear();
        edge.UndoFaults();
        await streams.UndoFaultsAsync();
        if (_moved is var (device, home))
        {
            _moved = null;
            homes.Move(device, home);
        }
    }

    /// <summary>Events about devices of other homes that went out under a home's account since a moment, and what the bridge said to each.</summary>
    public IReadOnlyList<(SandboxDevice Device, string BridgeSaid)> MisroutedTo(string home, DateTimeOffset since) =>
        [.. events.Told
            .Where(told => told.AccountId == home && told.Sequence >= since.ToUnixTimeMilliseconds())
            .Select(told => (Device: homes.Find(told.DeviceId ?? ""), Said: told.Detail ?? told.Result))
            .Where(told => told.Device is not null && told.Device.Home != home)
            .Select(told => (told.Device!, told.Said))];
}
