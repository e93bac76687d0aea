using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>Where a machine is in its programme. It is told, never commanded.</summary>
internal static class RunCycle
{
    private const int WholeSeconds = 3600;
    private const int OneCycleSeconds = 900;

    public static Feature With(string first, string next) => new(
        "RunCycle",
        [],
        new()
        {
            ["currentRunCycle"] = new JsonArray(
                new JsonObject { ["currentCycle"] = first, ["nextCycle"] = next, ["lang"] = "en" }),
            ["currentTotalRemainingTime"] = 0,
            ["currentCycleRemainingTime"] = 0,
        });

    public static void Begin(JsonObject states) => Remaining(states, WholeSeconds, OneCycleSeconds);

    public static void End(JsonObject states) => Remaining(states, 0, 0);

    private static void Remaining(JsonObject states, int total, int cycle)
    {
        if (!states.ContainsKey("currentRunCycle"))
            return;
        states["currentTotalRemainingTime"] = total;
        states["currentCycleRemainingTime"] = cycle;
    }
}
