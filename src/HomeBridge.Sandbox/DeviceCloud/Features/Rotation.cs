using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class Rotation
{
    private const string Travel = "rotationMs";

    public static Feature ByPercent(int percent, bool commandOnly = false, TimeSpan? travel = null) => new(
        "Rotation",
        Feature.Given(
            ("supportsDegrees", false),
            ("supportsPercent", true),
            ("commandOnlyRotation", Feature.IfSo(commandOnly))),
        new() { ["rotationPercent"] = percent })
    {
        Memory = Feature.Given((Travel, travel?.TotalMilliseconds)),
    };

    public static Feature ByDegrees(int degrees, int max, bool percentToo = false, bool continuous = false) => new(
        "Rotation",
        Feature.Given(
            ("supportsDegrees", true),
            ("supportsPercent", percentToo),
            ("rotationDegreesRange", new JsonObject { ["rotationDegreesMin"] = 0, ["rotationDegreesMax"] = max }),
            ("supportsContinuousRotation", Feature.IfSo(continuous))),
        Feature.Given(
            ("rotationDegrees", degrees),
            ("rotationPercent", percentToo ? degrees * 100 / max : null)));

    public static string? Absolute(CommandTurn turn)
    {
        if (turn.Number("rotationDegrees") is { } degrees)
        {
            if (!turn.Declares("supportsDegrees"))
                return "functionNotSupported";
            var range = turn.Attributes["rotationDegreesRange"]!;
            var (min, max) = (range["rotationDegreesMin"]!.AsNumber(), range["rotationDegreesMax"]!.AsNumber());
            if (degrees < min || degrees > max)
                return "degreesOutOfRange";
            turn.States["rotationDegrees"] = degrees;
            if (turn.Declares("supportsPercent"))
                turn.States["rotationPercent"] = Math.Round((degrees - min) * 100 / (max - min), 1);
            return null;
        }

        return turn.Declares("supportsPercent") ? ToPercent(turn, turn.Number("rotationPercent")!.Value) : "functionNotSupported";
    }

    private static string? ToPercent(CommandTurn turn, double percent)
    {
        if (turn.Memory[Travel] is { } travel)
        {
            if (turn.IsBusy)
                return "deviceBusy";
            turn.States["targetRotationPercent"] = percent;
            turn.Pending(TimeSpan.FromMilliseconds(travel.AsNumber()), () =>
            {
                turn.States["rotationPercent"] = percent;
                turn.States.Remove("targetRotationPercent");
                return new() { ["status"] = "SUCCESS" };
            });
            return null;
        }

        turn.States["rotationPercent"] = percent;
        if (turn.Declares("supportsDegrees"))
        {
            var range = turn.Attributes["rotationDegreesRange"]!;
            var (min, max) = (range["rotationDegreesMin"]!.AsNumber(), range["rotationDegreesMax"]!.AsNumber());
            turn.States["rotationDegrees"] = Math.Round(min + percent * (max - min) / 100, 1);
        }

        return null;
    }
}
