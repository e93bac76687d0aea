using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Isolation;
using HomeBridge.Revocations;

namespace HomeBridge.Residents;

/// <summary>
/// What a resident may do at once about their cameras: pause, resume, stop what is watched now, and say that it was not their
/// camera. In force when it returns on this bridge; gateways hear it by the feed.
/// </summary>
internal sealed class ResidentControls(
    Database database, SharingPauses pauses, StreamGrants grants, StreamViews views, AccountLinks links, LinkRecords records, ResidentDevices devices,
    RevocationLog revocations, IsolationMonitor monitor, AuditTrail audit, TimeProvider time)
{
    /// <summary>Why a view was stopped, as it is recorded.</summary>
    public const string StoppedByResident = "stopped by the resident";

    /// <summary>The same for a pause.</summary>
    public const string PausedByResident = "paused by the resident";

    /// <summary>The pauses in force.</summary>
    public IReadOnlyList<SharingPause> Pauses(HomeAccount home) => pauses.Of(home.Vendor, home.Account);

    /// <summary>
    /// Pauses the sharing of one camera, or with null of all, on every platform; what is watched ends. False when there is no
    /// such camera in this home.
    /// </summary>
    public async Task<bool> Pause(HomeAccount home, string? camera, PauseLength length, TimeZoneInfo zone, CancellationToken cancel)
    {
        if (camera is not null && !await IsCamera(home, camera, cancel))
        {
            return false;
        }

        var until = PauseEnds.At(length, time.GetUtcNow(), zone);
        database.Write(transaction =>
        {
            pauses.Pause(transaction, home.Vendor, home.Account, camera, until);
            audit.Append(transaction, home.Account, "sharing.paused", camera ?? "all cameras", until is { } end ? $"until {end.UtcDateTime:O}" : "until resumed");
            return grants.Stop(transaction, home.Vendor, home.Account, camera, grant: null, PausedByResident);
        });
        revocations.Announce();
        return true;
    }

    /// <summary>Shares one camera again, or with null all, single pauses included. False when nothing was paused.</summary>
    public bool Resume(HomeAccount home, string? camera) => database.Write(transaction =>
    {
        var resumed = pauses.Resume(transaction, home.Vendor, home.Account, camera);
        if (resumed)
        {
            audit.Append(transaction, home.Account, "sharing.resumed", camera ?? "all cameras", "");
        }

        return resumed;
    });

    /// <summary>Ends one running view. The platform may ask anew: what keeps it from that is a pause. False when no such view runs.</summary>
    public bool StopNow(HomeAccount home, string view) => Stop(home, view) > 0;

    /// <summary>Ends every running view of this home's cameras. Answers how many.</summary>
    public int StopAll(HomeAccount home) => Stop(home, view: null);

    /// <summary>The resident says of a view that it did not show their camera. Null when there is no such view.</summary>
    public async Task<ResidentReport?> NotMine(HomeAccount home, string view, CancellationToken cancel)
    {
        if (views.Find(home.Vendor, home.Account, view) is not { } seen)
        {
            return null;
        }

        // Whoever has the camera now is not stopped by somebody who had it, so the maker is asked first. One that doesn't answer makes nobody wait.
        var isTheirs = await devices.Owns(home, seen.Device.Value, cancel)
            ?? records.LiveOf(home.Vendor, home.Account).Any(one => links.Binding(one.Link.Id, seen.Device.Value) is not null);
        return monitor.ResidentReported(seen, home.Account, isTheirs);
    }

    private int Stop(HomeAccount home, string? view)
    {
        var stopped = database.Write(transaction => grants.Stop(transaction, home.Vendor, home.Account, device: null, view, StoppedByResident));
        revocations.Announce();
        return stopped;
    }

    private async Task<bool> IsCamera(HomeAccount home, string camera, CancellationToken cancel) =>
        (await devices.Of(home, cancel)).Find(camera) is { IsCamera: true }
        || records.LiveOf(home.Vendor, home.Account).Any(one => links.Binding(one.Link.Id, camera) is { Device.IsCamera: true });
}
