using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>One leaf tells a percentage; one that opens in several directions tells each.</summary>
internal static class OpenClose
{
    private const string Travel = "travelMs";

    /// <summary>
    /// It stands open that far in each direction. What has a <c>travel</c> is slow: a command is pending meanwhile.
    /// </summary>
    public static Feature With(
        int open = 0, string[]? directions = null, bool discrete = false, bool commandOnly = false,
        bool queryOnly = false, TimeSpan? travel = null) => new(
        "OpenClose",
        Feature.Given(
            ("discreteOnlyOpenClose", Feature.IfSo(discrete)),
            ("openDirection", directions is null ? null : Feature.Words(directions)),
            ("commandOnlyOpenClose", Feature.IfSo(commandOnly)),
            ("queryOnlyOpenClose", Feature.IfSo(queryOnly))),
        directions is { Length: > 1 }
            ? new()
            {
                ["openState"] = new JsonArray([.. directions.Select(direction =>
                    new JsonObject { ["openPercent"] = open, ["openDirection"] = direction })]),
            }
            : new() { ["openPercent"] = open })
        {
            Memory = Feature.Given((Travel, travel?.TotalMilliseconds)),
        };

    /// <summary>What only closes lets nobody in and needs no PIN.</summary>
    public static bool Opens(CommandTurn turn) => turn.Number("openPercent") is { } target
        ? Leaves(turn).Any(leaf => target > leaf["openPercent"]!.AsNumber())
        : turn.Number("openRelativePercent") > 0;

    public static string? Absolute(CommandTurn turn) => Move(turn, turn.Number("openPercent")!.Value);

    public static string? Relative(CommandTurn turn)
    {
        var by = turn.Number("openRelativePercent")!.Value;
        var before = (Chosen(turn).FirstOrDefault() ?? Leaves(turn)[0])["openPercent"]!.AsNumber();
        if (by > 0 && before >= 100)
            return "alreadyOpen";
        if (by < 0 && before <= 0)
            return "alreadyClosed";
        return Move(turn, Math.Clamp(before + by, 0, 100));
    }

    private static string? Move(CommandTurn turn, double target)
    {
        var leaves = Chosen(turn);
        if (leaves.Length == 0)
            return "functionNotSupported";
        if (turn.Declares("discreteOnlyOpenClose") && target is not (0 or 100))
            return "discreteOnlyOpenClose";
        if (turn.StateFlag("isJammed"))
            return "deviceJammingDetected";
        // A bolt that is out stops what would open, not what is closed and stays so.
        if (turn.StateFlag("isLocked") && target > 0)
            return "lockedState";
        if (turn.Memory[Travel] is not { } travel)
        {
            foreach (var leaf in leaves)
                leaf["openPercent"] = target;
            return null;
        }

        if (turn.IsBusy)
            return "deviceBusy";
        foreach (var leaf in leaves)
            leaf["targetOpenPercent"] = target;
        turn.Pending(TimeSpan.FromMilliseconds(travel.AsNumber()), () =>
        {
            foreach (var leaf in Chosen(turn))
            {
                leaf["openPercent"] = target;
                leaf.Remove("targetOpenPercent");
            }

            return new() { ["status"] = "SUCCESS", ["openPercent"] = target };
        });
        return null;
    }

    /// <summary>The leaves that the command means: of one direction, or all when it closes and names none.</summary>
    private static JsonObject[] Chosen(CommandTurn turn)
    {
        var leaves = Leaves(turn);
        if (turn.Text("openDirection") is not { } direction)
            return turn.Number("openPercent") == 0 ? leaves : leaves[..1];
        if (turn.States.ContainsKey("openState"))
            return Array.FindAll(leaves, leaf => leaf["openDirection"]!.GetValue<string>() == direction);
        return turn.Attributes["openDirection"].Texts().Contains(direction, StringComparer.Ordinal) ? leaves : [];
    }

    private static JsonObject[] Leaves(CommandTurn turn) =>
        turn.States["openState"] is { } several ? [.. several.Objects()] : [turn.States];
}
