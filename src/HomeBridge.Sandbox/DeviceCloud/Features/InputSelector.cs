using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class InputSelector
{
    public static Feature With((string Key, string Spoken)[] inputs, bool ordered = false, bool commandOnly = false) => new(
        "InputSelector",
        Feature.Given(
            ("availableInputs", new JsonArray([.. inputs.Select(input => new JsonObject
            {
                ["key"] = input.Key,
                ["names"] = Synonyms.In("name_synonym", input.Spoken),
            })])),
            ("orderedInputs", Feature.IfSo(ordered)),
            ("commandOnlyInputSelector", Feature.IfSo(commandOnly))),
        new() { ["currentInput"] = inputs[0].Key });

    public static string? Set(CommandTurn turn)
    {
        var wanted = turn.Text("newInput");
        if (Synonyms.Find(turn.Attributes["availableInputs"], wanted, wanted) is not { } input)
            return "functionNotSupported";
        turn.States["currentInput"] = input;
        return null;
    }

    public static string? Next(CommandTurn turn) => Step(turn, 1);

    public static string? Previous(CommandTurn turn) => Step(turn, -1);

    private static string? Step(CommandTurn turn, int by)
    {
        if (!turn.Declares("orderedInputs"))
            return "functionNotSupported";
        var keys = turn.Attributes["availableInputs"].Objects().Select(input => input["key"]!.GetValue<string>()).ToArray();
        var current = Array.IndexOf(keys, turn.StateText("currentInput"));
        turn.States["currentInput"] = keys[(current + by + keys.Length) % keys.Length];
        return null;
    }
}
