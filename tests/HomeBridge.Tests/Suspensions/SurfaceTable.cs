using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Suspensions;

/// <summary>What a suspension's scope covers of the home that the table is about.</summary>
/// <param name="Name">The scope's kind.</param>
/// <param name="Order">What is sent to the ops API.</param>
/// <param name="CutsCamera">Its streams are refused and cut.</param>
/// <param name="DeniesCamera">Commands and states of the camera are refused.</param>
/// <param name="DeniesLight">Those of the light.</param>
/// <param name="WholePlatform">All that the platform may ask: the scope names nothing else.</param>
/// <param name="FreezesLinking">Nobody new links.</param>
public sealed record SurfaceCase(
    string Name, object Order, bool CutsCamera, bool DeniesCamera, bool DeniesLight, bool WholePlatform, bool FreezesLinking);

/// <summary>One surface: what it must answer in a case. The answers are the platform's own words.</summary>
/// <param name="Surface">Its name in the report.</param>
/// <param name="Expected">The answer.</param>
public sealed record SurfaceRow(string Surface, Func<SurfaceCase, string> Expected);

/// <summary>
/// Every scope by every surface, as data. The three kinds of answers: a device that is suspended is offline, a platform
/// that is suspended meets a passing trouble, a stream is unavailable. Nothing is ever an unlink.
/// </summary>
public static class SurfaceTable
{
    public const string Offline = "OFFLINE deviceOffline", Success = "SUCCESS";

    public static IReadOnlyList<SurfaceRow> Rows { get; } =
    [
        new("SYNC", _ => "unchanged"),
        new("QUERY camera", one => !one.DeniesCamera ? Success : one.WholePlatform ? "payload transientError" : Offline),
        new("QUERY light", one => !one.DeniesLight ? Success : one.WholePlatform ? "payload transientError" : Offline),
        new("EXECUTE GetCameraStream", one => one.CutsCamera || one.DeniesCamera ? "ERROR streamUnavailable, no states" : Success),
        new("EXECUTE other (light)", one => !one.DeniesLight ? Success : one.WholePlatform ? "ERROR transientError" : "ERROR deviceOffline"),
        new("EXECUTE a group of both", one => Group(one)),
        new("ReportState (light)", one => one.DeniesLight ? "held" : "told"),
        new("DISCONNECT", _ => "200 {}"),
        new("authorize", one => one.FreezesLinking ? "redirect temporarily_unavailable, state kept" : "page 200"),
        new("token", _ => "200"),
        new("revoke", _ => "200"),
        new("HLS unused ticket", one => Media(one, "200")),
        new("HLS running: playlist", one => Media(one, "200")),
        new("HLS running: unit", one => Media(one, "200")),
        new("MP4 unused ticket", one => Media(one, "200")),
        new("MP4 running", one => one.CutsCamera ? "aborted" : "goes on"),
    ];

    /// <summary>All scope kinds, with one effect and with all, and the presets.</summary>
    public static IEnumerable<SurfaceCase> Cases(SurfaceHome home)
    {
        foreach (var (name, scope, camera, light, whole, freezes) in (IEnumerable<(string, object, bool, bool, bool, bool)>)[
            ("global", new { }, true, true, true, true),
            ("platform", new { platform = "google" }, true, true, true, true),
            ("vendor", new { vendor = "acme" }, true, true, false, true),
            ("device_model", new { device_model = home.Model }, true, home.LightModel == home.Model, false, false),
            ("firmware", new { firmware = home.Firmware }, true, home.LightFirmware == home.Firmware, false, false),
            ("trait CameraStream", new { trait = "CameraStream" }, true, false, false, false),
            ("trait OnOff", new { trait = "OnOff" }, false, true, false, false),
            ("account_link", new { account_link = home.AccountLink }, true, true, false, false),
            ("device (camera)", new { device = home.Camera }, true, false, false, false),
            ("device (light)", new { device = home.Light }, false, true, false, false),
            ("platform that is another", new { platform = "second" }, false, false, false, false)])
        {
            yield return new SurfaceCase($"{name}: cut_streams", new { scope, effects = new[] { "cut_streams" }, reason = "table" }, camera, false, false, false, false);
            yield return new SurfaceCase($"{name}: all effects", new { scope, reason = "table" }, camera, camera, light, whole, freezes);
        }

        yield return new SurfaceCase("preset camera-leak", new { preset = "camera-leak", reason = "table" }, true, false, false, false, false);
        yield return new SurfaceCase("preset vendor-down", new { preset = "vendor-down", scope = new { vendor = "acme" }, reason = "table" }, false, true, true, false, false);
        yield return new SurfaceCase("preset platform-compromise", new { preset = "platform-compromise", scope = new { platform = "google" }, reason = "table" }, true, true, true, true, true);
    }

    private static string Media(SurfaceCase one, string otherwise) => one.CutsCamera ? "403 no-store" : otherwise;

    /// <summary>Per device, before anything is sent: the light acts or it does not, whatever the camera is answered.</summary>
    private static string Group(SurfaceCase one) =>
        $"camera {(one.CutsCamera || one.DeniesCamera ? "ERROR streamUnavailable" : Success)}, light {(!one.DeniesLight ? Success : one.WholePlatform ? "ERROR transientError" : "ERROR deviceOffline")}";
}

/// <summary>The home that the table is about, by what scopes can name of it.</summary>
public sealed record SurfaceHome(
    LinkedHome Home, string AccountLink, string Camera, string Light, string MakersLight, string? Model, string? Firmware, string? LightModel, string? LightFirmware);
