using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class ArmDisarm
{
    private const int ExitSeconds = 30;
    private const string LeaveUntil = "leaveUntil";

    /// <summary>It starts armed at the first level. The last level leaves time to go out.</summary>
    public static Feature With(params string[] levels) => new(
        "ArmDisarm",
        new() { ["availableArmLevels"] = Synonyms.Steps("levels", "level", levels) },
        new() { ["isArmed"] = true, ["currentArmLevel"] = levels[0] });

    public static string? Act(CommandTurn turn)
    {
        if (turn.Flag("cancel") == true)
            return Cancel(turn);
        if (!turn.Flag("arm")!.Value)
            return turn.StateFlag("isArmed") ? Disarm(turn) : "alreadyDisarmed";
        if (turn.Text("armLevel") is not { } level)
            return "armLevelNeeded";
        var levels = Synonyms.StepNames(turn.Attributes["availableArmLevels"], "levels", "level");
        if (!levels.Contains(level, StringComparer.Ordinal))
            return "armFailure";
        if (turn.StateFlag("isArmed") && turn.StateText("currentArmLevel") == level)
            return "alreadyArmed";
        turn.States["isArmed"] = true;
        turn.States["currentArmLevel"] = level;
        turn.States.Remove("exitAllowance");
        turn.Memory.Remove(LeaveUntil);
        if (level == levels[^1])
        {
            turn.States["exitAllowance"] = ExitSeconds;
            turn.Memory[LeaveUntil] = turn.Now.AddSeconds(ExitSeconds).ToUnixTimeMilliseconds();
        }

        return null;
    }

    public static void Passing(JsonObject states, JsonObject memory, DateTimeOffset now)
    {
        if (memory[LeaveUntil] is not { } until)
            return;
        var left = (until.AsNumber() - now.ToUnixTimeMilliseconds()) / 1000;
        if (left > 0)
        {
            states["exitAllowance"] = (int)Math.Ceiling(left);
            return;
        }

        states.Remove("exitAllowance");
        memory.Remove(LeaveUntil);
    }

    private static string? Cancel(CommandTurn turn)
    {
        if (!turn.StateFlag("isArmed"))
            return "alreadyDisarmed";
        return turn.States.ContainsKey("exitAllowance") ? Disarm(turn) : "cancelTooLate";
    }

    private static string? Disarm(CommandTurn turn)
    {
        turn.States["isArmed"] = false;
        turn.States.Remove("exitAllowance");
        turn.Memory.Remove(LeaveUntil);
        return null;
    }
}
