namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class OnOff
{
    public static Feature With(bool on = false, bool commandOnly = false, bool queryOnly = false) => new(
        "OnOff",
        Feature.Given(("commandOnlyOnOff", Feature.IfSo(commandOnly)), ("queryOnlyOnOff", Feature.IfSo(queryOnly))),
        new() { ["on"] = on });

    public static string? Switch(CommandTurn turn)
    {
        var on = turn.Flag("on")!.Value;
        turn.States["on"] = on;
        if (turn.States.ContainsKey("activityState"))
            turn.States["activityState"] = on ? "ACTIVE" : "STANDBY";
        if (!on && turn.States.ContainsKey("playbackState"))
            turn.States["playbackState"] = "STOPPED";
        return null;
    }
}
