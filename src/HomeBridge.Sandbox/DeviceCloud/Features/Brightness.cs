namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class Brightness
{
    private const int PercentOfOneStep = 10;

    public static Feature With(int brightness, bool commandOnly = false) => new(
        "Brightness",
        Feature.Given(("commandOnlyBrightness", Feature.IfSo(commandOnly))),
        new() { ["brightness"] = brightness });

    public static string? Absolute(CommandTurn turn)
    {
        turn.States["brightness"] = (int)turn.Number("brightness")!.Value;
        return null;
    }

    public static string? Relative(CommandTurn turn)
    {
        var by = turn.Number("brightnessRelativePercent")
            ?? turn.Number("brightnessRelativeWeight")!.Value * PercentOfOneStep;
        var before = turn.StateNumber("brightness");
        if (by > 0 && before >= 100)
            return "alreadyAtMax";
        if (by < 0 && before <= 0)
            return "alreadyAtMin";
        turn.States["brightness"] = (int)Math.Clamp(before + by, 0, 100);
        return null;
    }
}
