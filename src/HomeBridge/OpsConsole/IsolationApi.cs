using HomeBridge.Isolation;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>The isolation monitor over the ops API: what was found, what tripped, and the thresholds in force.</summary>
internal static class IsolationApi
{
    /// <summary>Cameras that are listed.</summary>
    private const int CamerasMax = 500;

    public static object Answer(IsolationReport report, SuspensionBoard board)
    {
        var standing = board.Current.InForce.Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        var options = report.Options;
        return new
        {
            Thresholds = new
            {
                options.EscalationDevices,
                EscalationWindowS = options.EscalationWindow.TotalSeconds,
                options.RefusedPerMillionMax,
                ShareWindowS = options.ShareWindow.TotalSeconds,
                options.ShareUnitsMin,
                options.ShareDevicesMin,
                options.ShareLinksMin,
                options.QuarantineInARow,
                options.QuarantineCount,
                QuarantineWindowS = options.QuarantineWindow.TotalSeconds,
                Honeytokens = options.Honeytokens.Count,
            },
            Vendors = report.Makers.Select(maker => new
            {
                maker.Vendor,
                maker.Units,
                maker.Refused,
                RefusedPerMillion = maker.Units == 0 ? 0 : maker.Refused * 1_000_000L / maker.Units,
                maker.RefusedDevices,
                maker.RefusedLinks,
                SmokingGunDevices = maker.GunDevices,
            }),
            Devices = report.Cameras.Take(CamerasMax).Select(camera => new
            {
                Device = camera.Device.Value,
                camera.Vendor,
                ProvenUnits = camera.Proven,
                camera.Refused,
                RefusedInARow = camera.InARow,
                LastRefusedAt = camera.LastRefused,
            }),
            Trips = report.Trips.Select(trip => new
            {
                trip.Suspension,
                State = standing.Contains(trip.Suspension) ? "active" : "lifted",
                At = DateTimeOffset.FromUnixTimeMilliseconds(trip.At),
                trip.Rule,
                trip.Vendor,
                trip.Device,
                trip.Because,
                trip.RaisedMs,
                trip.InForceMs,
            }),
            Findings = report.Findings.Select(finding => new
            {
                finding.Id,
                At = DateTimeOffset.FromUnixTimeMilliseconds(finding.At),
                finding.Class,
                finding.Verdict,
                finding.Source,
                finding.Vendor,
                finding.Device,
                finding.Delivered,
                finding.Platform,
                AccountLink = finding.Link,
                finding.Detail,
            }),
        };
    }
}
