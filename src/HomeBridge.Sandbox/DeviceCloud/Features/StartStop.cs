using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class StartStop
{
    public static Feature With(bool pausable = false, params string[] zones) => new(
        "StartStop",
        Feature.Given(
            ("pausable", Feature.IfSo(pausable)),
            ("availableZones", zones.Length == 0 ? null : Feature.Words(zones))),
        Feature.Given(("isRunning", false), ("isPaused", pausable ? false : null), ("activeZones", zones.Length == 0 ? null : new JsonArray())));

    public static string? Act(CommandTurn turn)
    {
        if (!turn.Flag("start")!.Value)
        {
            if (!turn.StateFlag("isRunning") && !turn.StateFlag("isPaused"))
                return "alreadyStopped";
            return Stop(turn.States);
        }

        string[] asked = [.. turn.Parameter("multipleZones")?.EnumerateArray().Select(zone => zone.GetString()!) ?? []];
        if (turn.Text("zone") is { } one)
            asked = [one];
        var available = turn.Attributes["availableZones"].Texts().ToArray();
        var zones = new List<string>();
        foreach (var zone in asked)
        {
            var meant = Array.FindAll(available, known => known.Equals(zone, StringComparison.OrdinalIgnoreCase));
            if (meant.Length == 0)
                meant = Array.FindAll(available, known => known.Contains(zone, StringComparison.OrdinalIgnoreCase));
            if (meant.Length != 1)
                return meant.Length == 0 ? "functionNotSupported" : "ambiguousZoneName";
            zones.Add(meant[0]);
        }

        if (turn.StateFlag("isRunning") && zones.SequenceEqual(turn.States["activeZones"].Texts(), StringComparer.Ordinal))
            return "alreadyStarted";
        turn.States["isRunning"] = true;
        if (turn.States.ContainsKey("isPaused"))
            turn.States["isPaused"] = false;
        if (available.Length > 0)
            turn.States["activeZones"] = Feature.Words(zones);
        if (turn.States.ContainsKey("isDocked"))
            turn.States["isDocked"] = false;
        RunCycle.Begin(turn.States);
        return null;
    }

    public static string? Pause(CommandTurn turn)
    {
        if (!turn.Declares("pausable"))
            return "unpausableState";
        var pause = turn.Flag("pause")!.Value;
        if (!turn.StateFlag(pause ? "isRunning" : "isPaused"))
            return "unpausableState";
        turn.States["isRunning"] = !pause;
        turn.States["isPaused"] = pause;
        return null;
    }

    public static string? Stop(JsonObject states)
    {
        states["isRunning"] = false;
        if (states.ContainsKey("isPaused"))
            states["isPaused"] = false;
        if (states.ContainsKey("activeZones"))
            states["activeZones"] = new JsonArray();
        RunCycle.End(states);
        return null;
    }
}
