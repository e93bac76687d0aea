namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class Fill
{
    /// <summary>The levels divide the whole evenly; the last one is full.</summary>
    public static Feature With(string[]? levels = null, bool percent = false)
    {
        var attributes = Feature.Given(("availableFillLevels", levels is null ? null : Synonyms.Steps("levels", "level", levels)));
        if (percent)
            attributes["availableFillLevels"]!["supportsFillPercent"] = true;
        var states = Feature.Given(("isFilled", false));
        if (percent)
            states["currentFillPercent"] = 0;
        return new("Fill", attributes, states);
    }

    public static string? Act(CommandTurn turn)
    {
        var attribute = turn.Attributes["availableFillLevels"];
        var levels = attribute is null ? [] : Synonyms.StepNames(attribute, "levels", "level");
        var byPercent = attribute?["supportsFillPercent"]?.GetValue<bool>() == true;
        double percent;
        if (!turn.Flag("fill")!.Value)
        {
            percent = 0;
        }
        else if (turn.Text("fillLevel") is { } level)
        {
            var index = Array.IndexOf(levels, level);
            if (index < 0)
                return "functionNotSupported";
            percent = (index + 1) * 100.0 / levels.Length;
        }
        else
        {
            if (turn.Number("fillPercent") is not null && !byPercent)
                return "functionNotSupported";
            percent = turn.Number("fillPercent") ?? 100;
        }

        turn.States["isFilled"] = percent > 0;
        if (byPercent)
            turn.States["currentFillPercent"] = percent;
        if (percent == 0)
            turn.States.Remove("currentFillLevel");
        else if (levels.Length > 0)
            turn.States["currentFillLevel"] = levels[Math.Max((int)Math.Round(percent * levels.Length / 100) - 1, 0)];
        return null;
    }
}
