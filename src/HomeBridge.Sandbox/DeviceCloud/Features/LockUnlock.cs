namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class LockUnlock
{
    private const string Travel = "boltMs";

    /// <summary>A bolt with a <c>travel</c> is slow: a command is pending meanwhile.</summary>
    public static Feature With(bool isLocked = true, TimeSpan? travel = null) =>
        new("LockUnlock", [], new() { ["isLocked"] = isLocked, ["isJammed"] = false })
        {
            Memory = Feature.Given((Travel, travel?.TotalMilliseconds)),
        };

    public static string? Act(CommandTurn turn)
    {
        var lockIt = turn.Flag("lock")!.Value;
        if (turn.StateFlag("isJammed"))
            return "deviceJammingDetected";
        // A bolt that goes out beside its frame locks nothing.
        if (lockIt && turn.States["openPercent"] is { } open && open.AsNumber() > 0)
            return "deviceDoorOpen";
        if (turn.Memory[Travel] is not { } travel)
        {
            turn.States["isLocked"] = lockIt;
            return null;
        }

        if (turn.IsBusy)
            return "deviceBusy";
        turn.Pending(TimeSpan.FromMilliseconds(travel.AsNumber()), () =>
        {
            turn.States["isLocked"] = lockIt;
            return new() { ["status"] = "SUCCESS", ["isLocked"] = lockIt };
        });
        return null;
    }
}
