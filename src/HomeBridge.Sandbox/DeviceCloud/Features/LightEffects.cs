using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class LightEffects
{
    private const int DefaultSeconds = 1800;

    public static Feature With(params string[] effects) => With(effects, null, null, null);

    public static Feature With(string[] effects, int? loop, int? sleep, int? wake) => new(
        "LightEffects",
        Feature.Given(
            ("supportedEffects", Feature.Words(effects)),
            ("defaultColorLoopDuration", loop),
            ("defaultSleepDuration", sleep),
            ("defaultWakeDuration", wake)),
        []);

    public static string? ColorLoop(CommandTurn turn) => Begin(turn, "colorLoop", "defaultColorLoopDuration");

    public static string? Sleep(CommandTurn turn) => Begin(turn, "sleep", "defaultSleepDuration");

    public static string? Wake(CommandTurn turn) => Begin(turn, "wake", "defaultWakeDuration");

    public static string? Stop(CommandTurn turn)
    {
        End(turn.States);
        return null;
    }

    /// <summary>No active effect: both states are absent.</summary>
    public static void End(JsonObject states)
    {
        states.Remove("activeLightEffect");
        states.Remove("lightEffectEndUnixTimestampSec");
    }

    public static void Passing(JsonObject states, DateTimeOffset now)
    {
        if (states["lightEffectEndUnixTimestampSec"] is { } end && end.AsNumber() <= now.ToUnixTimeSeconds())
            End(states);
    }

    private static string? Begin(CommandTurn turn, string effect, string defaultDuration)
    {
        if (!turn.Attributes["supportedEffects"].Texts().Contains(effect, StringComparer.Ordinal))
            return "functionNotSupported";
        var seconds = turn.Number("duration") ?? turn.Attributes[defaultDuration]?.AsNumber() ?? DefaultSeconds;
        turn.States["activeLightEffect"] = effect;
        turn.States["lightEffectEndUnixTimestampSec"] = turn.Now.ToUnixTimeSeconds() + (long)seconds;
        return null;
    }
}
