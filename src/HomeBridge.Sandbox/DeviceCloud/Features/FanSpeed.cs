namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class FanSpeed
{
    private const int PercentOfOneStep = 10;
    private static readonly string[] NoSpeeds = [];

    /// <summary>By names, by percent or both. It starts at the second speed, or at 50 %.</summary>
    public static Feature With(
        string[]? speeds = null, bool percent = false, bool reversible = false, bool commandOnly = false)
    {
        var states = Feature.Given(("currentFanSpeedSetting", speeds?[1]));
        if (percent)
            states["currentFanSpeedPercent"] = speeds is null ? 50 : PercentOf(1, speeds.Length);
        return new(
            "FanSpeed",
            Feature.Given(
                ("availableFanSpeeds", speeds is null ? null : Synonyms.Steps("speeds", "speed", speeds, "speed")),
                ("supportsFanSpeedPercent", Feature.IfSo(percent)),
                ("reversible", Feature.IfSo(reversible)),
                ("commandOnlyFanSpeed", Feature.IfSo(commandOnly))),
            states);
    }

    public static string? Set(CommandTurn turn)
    {
        if (turn.Number("fanSpeedPercent") is { } percent)
            return turn.Declares("supportsFanSpeedPercent") ? ToPercent(turn, percent) : "functionNotSupported";
        var index = Array.IndexOf(Speeds(turn), turn.Text("fanSpeed"));
        return index < 0 ? "functionNotSupported" : ToSpeed(turn, index);
    }

    public static string? SetRelative(CommandTurn turn)
    {
        var weight = turn.Number("fanSpeedRelativeWeight");
        if (turn.Declares("supportsFanSpeedPercent"))
        {
            var by = turn.Number("fanSpeedRelativePercent") ?? weight!.Value * PercentOfOneStep;
            var before = turn.StateNumber("currentFanSpeedPercent");
            return AtTheEnd(by, before <= 0, before >= 100) ?? ToPercent(turn, Math.Clamp(before + by, 0, 100));
        }

        if (weight is not { } steps)
            return "functionNotSupported";
        var speeds = Speeds(turn);
        var current = Array.IndexOf(speeds, turn.StateText("currentFanSpeedSetting"));
        return AtTheEnd(steps, current == 0, current == speeds.Length - 1)
            ?? ToSpeed(turn, Math.Clamp(current + (int)steps, 0, speeds.Length - 1));
    }

    public static string? Reverse(CommandTurn turn)
    {
        if (!turn.Declares("reversible"))
            return "functionNotSupported";
        turn.Memory["reversed"] = turn.Memory["reversed"]?.GetValue<bool>() != true;
        return null;
    }

    private static string? AtTheEnd(double by, bool atMin, bool atMax) =>
        by > 0 && atMax ? "maxSpeedReached" : by < 0 && atMin ? "minSpeedReached" : null;

    private static string? ToPercent(CommandTurn turn, double percent)
    {
        turn.States["currentFanSpeedPercent"] = percent;
        var speeds = Speeds(turn);
        if (speeds.Length > 0)
        {
            var index = (int)Math.Ceiling(percent * speeds.Length / 100) - 1;
            turn.States["currentFanSpeedSetting"] = speeds[Math.Max(index, 0)];
        }

        return null;
    }

    private static string? ToSpeed(CommandTurn turn, int index)
    {
        var speeds = Speeds(turn);
        turn.States["currentFanSpeedSetting"] = speeds[index];
        if (turn.Declares("supportsFanSpeedPercent"))
            turn.States["currentFanSpeedPercent"] = PercentOf(index, speeds.Length);
        return null;
    }

    private static string[] Speeds(CommandTurn turn) =>
        turn.Attributes["availableFanSpeeds"] is { } speeds ? Synonyms.StepNames(speeds, "speeds", "speed") : NoSpeeds;

    private static int PercentOf(int index, int count) => (index + 1) * 100 / count;
}
