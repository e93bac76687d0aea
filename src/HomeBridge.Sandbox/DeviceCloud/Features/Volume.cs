namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class Volume
{
    public static Feature With(
        int max = 100, bool canMute = true, int? usual = null, int? step = null, bool commandOnly = false) => new(
        "Volume",
        Feature.Given(
            ("volumeMaxLevel", max),
            ("volumeCanMuteAndUnmute", canMute),
            ("volumeDefaultPercentage", usual),
            ("levelStepSize", step),
            ("commandOnlyVolume", Feature.IfSo(commandOnly))),
        Feature.Given(("currentVolume", max * (usual ?? 40) / 100), ("isMuted", canMute ? false : null)));

    public static string? Mute(CommandTurn turn)
    {
        if (!turn.Declares("volumeCanMuteAndUnmute"))
            return "functionNotSupported";
        turn.States["isMuted"] = turn.Flag("mute")!.Value;
        return null;
    }

    public static string? Set(CommandTurn turn)
    {
        var level = turn.Number("volumeLevel")!.Value;
        return level > Most(turn) ? "valueOutOfRange" : To(turn, level);
    }

    public static string? Relative(CommandTurn turn)
    {
        var by = turn.Number("relativeSteps")!.Value * (turn.Attributes["levelStepSize"]?.AsNumber() ?? 1);
        var before = turn.StateNumber("currentVolume");
        if (by > 0 && before >= Most(turn))
            return "alreadyAtMax";
        if (by < 0 && before <= 0)
            return "alreadyAtMin";
        return To(turn, Math.Clamp(before + by, 0, Most(turn)));
    }

    /// <summary>Whoever turns the volume wants to hear something.</summary>
    private static string? To(CommandTurn turn, double level)
    {
        turn.States["currentVolume"] = (int)level;
        if (turn.States.ContainsKey("isMuted"))
            turn.States["isMuted"] = false;
        return null;
    }

    private static double Most(CommandTurn turn) => turn.Attributes["volumeMaxLevel"]!.AsNumber();
}
