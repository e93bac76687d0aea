using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>How one side stands, for the page.</summary>
/// <param name="Shown">Units released to the witness.</param>
/// <param name="Foreign">Of these, units of another home; for notices, notices.</param>
/// <param name="Stranger">The stranger's camera in them.</param>
/// <param name="StoppedAfterMs">From the fault to the end of the stream.</param>
/// <param name="Refused">The code with which no stream was given at all.</param>
internal sealed record SideReport(int Shown, int Foreign, StrangerReport? Stranger, long? StoppedAfterMs, string? Refused);

/// <summary>A camera of another home.</summary>
internal sealed record StrangerReport(string Name, string Home, int? Number)
{
    public static StrangerReport? Of(SandboxDevice? device, string viewersHome) => device is null
        ? null
        : new(device.Name, device.Home == viewersHome ? device.FirstHome : device.Home, device.CameraNumber);
}

/// <summary>What the bridge did about it by itself.</summary>
internal sealed record SuspensionReport(string Id, string Reason, string Scope, string Incident, long AfterMs);

/// <summary>How a play stands.</summary>
internal sealed record PlayReport(
    string Play, string Incident, long? SinceFaultMs, SideReport Naive, SideReport Ours, string? Why, SuspensionReport? Suspension)
{
    public static async Task<PlayReport> Of(Play play, MakerDesk maker, OpsDesk ops, TimeProvider time, CancellationToken cancel)
    {
        var misrouted = play.Incident.Staging is Incidents.Staging.Notice && play.BrokenSince is { } since
            ? maker.MisroutedTo(Stage.Home, since)
            : [];
        var first = misrouted is [var told, ..] ? told : default;
        long? After(long? at) => at is { } then && play.BrokenAt is { } broken && then >= broken
            ? (long)time.GetElapsedTime(broken, then).TotalMilliseconds
            : null;

        var naive = play.NaiveWitness?.Seen ?? new(0, 0, null, null);
        var ours = play.OursWitness?.Seen ?? new(0, 0, null, null);
        var suspensions = play.BrokenSince is null ? [] : await ops.Automatic(cancel);
        return new(
            play.Id,
            play.Incident.Id,
            play.BrokenAt is { } broken ? (long)time.GetElapsedTime(broken).TotalMilliseconds : null,
            new(naive.Units, naive.Foreign + misrouted.Count, StrangerReport.Of(naive.Stranger ?? first.Device, Stage.Home), After(naive.EndedAt), play.Naive.Refused),
            new(ours.Units, ours.Foreign, StrangerReport.Of(ours.Stranger, Stage.Home), After(ours.EndedAt ?? play.OursRefusedAt), play.Ours.Refused),
            play.BrokenSince is { } from ? first.BridgeSaid ?? await Ending(from, ops, cancel) : null,
            suspensions.OrderBy(one => one.RaisedAt).FirstOrDefault() is { } raised
                ? new(raised.Id, raised.Reason, raised.Scope, raised.Incident, (long)(raised.RaisedAt - play.BrokenSince!.Value).TotalMilliseconds)
                : null);
    }

    /// <summary>What the trail says: the verdict on a unit, or how the stream ended.</summary>
    private static async Task<string?> Ending(DateTimeOffset since, OpsDesk ops, CancellationToken cancel)
    {
        var trail = await ops.Trail(since, cancel);
        var row = trail.LastOrDefault(row => row.Action == "evidence.refused") is { Action: not null } refused
            ? refused
            : trail.LastOrDefault(row => row.Action == "stream.ended");
        return row.Detail?.Split(' ')[0];
    }
}
