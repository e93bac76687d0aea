using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.Residents;

/// <summary>
/// What a resident is told of a suspension that stops something of theirs: what is off, since when, and what still works. Not
/// the operators' reason, which may be about others.
/// </summary>
/// <param name="Link">Through which link it is stopped.</param>
/// <param name="Since">Since when.</param>
/// <param name="Effects">What it stops.</param>
/// <param name="Devices">Which of the link's devices, by the id that platforms see.</param>
/// <param name="IsWhole">Whether that is every device of the link.</param>
/// <param name="NewKey">Whether the camera has another key than it had when it was shared: here, and only here, linking anew helps.</param>
internal sealed record SuspensionNotice(
    string Link, DateTimeOffset Since, SuspensionEffects Effects, IReadOnlyList<string> Devices, bool IsWhole, bool NewKey);

/// <summary>Finds what is suspended of a link.</summary>
internal sealed class SuspensionNotices(SuspensionBoard board, SuspensionStore store)
{
    private const SuspensionEffects Told = SuspensionEffects.CutStreams | SuspensionEffects.DenyCommands | SuspensionEffects.DenyState;

    /// <summary>The oldest first. A drill is over before it is read, and is not told.</summary>
    public IReadOnlyList<SuspensionNotice> Of(AccountLink link, IReadOnlyList<Device> devices)
    {
        var notices = new List<SuspensionNotice>();
        foreach (var entry in board.Current.InForce.Where(entry => (entry.Effects & Told) != 0))
        {
            var touched = devices.Where(device => Touches(entry, link, device)).ToList();
            if (touched.Count == 0 || store.Find(entry.Id) is not { } suspension || suspension.Origin == Suspension.Drill)
            {
                continue;
            }

            var effects = touched.Exists(device => device.IsCamera) ? entry.Effects & Told : entry.Effects & Told & ~SuspensionEffects.CutStreams;
            notices.Add(new SuspensionNotice(
                link.Id.Value, suspension.RaisedAt, effects, [.. touched.Select(device => device.Id.Value)], touched.Count == devices.Count,
                suspension.Incident == EvidenceDemands.KeyChangedIncident));
        }

        return notices;
    }

    private static bool Touches(SuspensionInForce entry, AccountLink link, Device device)
    {
        bool Covers(string? trait) => entry.Covers(GrantStream.Facts(link.Platform, link.Id, device, trait));
        return (entry.Effects.HasFlag(SuspensionEffects.CutStreams) && device.IsCamera && Covers("CameraStream"))
            || ((entry.Effects & (SuspensionEffects.DenyCommands | SuspensionEffects.DenyState)) != 0 && (Covers(null) || device.Traits.Any(Covers)));
    }
}
