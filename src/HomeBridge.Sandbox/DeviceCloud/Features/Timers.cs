using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>The Timer trait. A running timer is remembered by its end; a paused one by what remains.</summary>
internal static class Timers
{
    private const int NoTimer = -1;
    private const string EndsAt = "timerEndsAt";

    public static Feature With(int mostSeconds, bool commandOnly = false) => new(
        "Timer",
        Feature.Given(("maxTimerLimitSec", mostSeconds), ("commandOnlyTimer", Feature.IfSo(commandOnly))),
        new() { ["timerRemainingSec"] = NoTimer, ["timerPaused"] = false });

    public static string? Start(CommandTurn turn)
    {
        var seconds = turn.Number("timerTimeSec")!.Value;
        return seconds > Most(turn) ? "aboveMaximumTimerDuration" : Run(turn, seconds);
    }

    public static string? Adjust(CommandTurn turn)
    {
        if (Remaining(turn) is not { } before)
            return "noTimerExists";
        var seconds = before + turn.Number("timerTimeSec")!.Value;
        if (seconds > Most(turn))
            return "aboveMaximumTimerDuration";
        if (seconds < 1)
            return "belowMinimumTimerDuration";
        if (!turn.StateFlag("timerPaused"))
            return Run(turn, seconds);
        turn.States["timerRemainingSec"] = (int)seconds;
        return null;
    }

    public static string? Pause(CommandTurn turn)
    {
        if (Remaining(turn) is null)
            return "noTimerExists";
        turn.States["timerPaused"] = true;
        turn.Memory.Remove(EndsAt);
        return null;
    }

    public static string? Resume(CommandTurn turn) =>
        Remaining(turn) is { } seconds ? Run(turn, seconds) : "noTimerExists";

    public static string? Cancel(CommandTurn turn)
    {
        if (Remaining(turn) is null)
            return "noTimerExists";
        End(turn.States, turn.Memory);
        return null;
    }

    public static void Passing(JsonObject states, JsonObject memory, DateTimeOffset now)
    {
        if (memory[EndsAt] is not { } ends)
            return;
        var left = (ends.AsNumber() - now.ToUnixTimeMilliseconds()) / 1000;
        if (left > 0)
            states["timerRemainingSec"] = (int)Math.Ceiling(left);
        else
            End(states, memory);
    }

    private static string? Run(CommandTurn turn, double seconds)
    {
        turn.Memory[EndsAt] = turn.Now.AddSeconds(seconds).ToUnixTimeMilliseconds();
        turn.States["timerRemainingSec"] = (int)seconds;
        turn.States["timerPaused"] = false;
        return null;
    }

    private static void End(JsonObject states, JsonObject memory)
    {
        memory.Remove(EndsAt);
        states["timerRemainingSec"] = NoTimer;
        states["timerPaused"] = false;
    }

    private static double? Remaining(CommandTurn turn) =>
        turn.StateNumber("timerRemainingSec") is var seconds and > 0 ? seconds : null;

    private static double Most(CommandTurn turn) => turn.Attributes["maxTimerLimitSec"]!.AsNumber();
}
