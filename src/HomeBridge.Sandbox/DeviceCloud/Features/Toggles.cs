using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class Toggles
{
    public static Feature With(params (string Name, string Spoken)[] toggles) => With(toggles, commandOnly: false);

    public static Feature With((string Name, string Spoken)[] toggles, bool commandOnly = false, bool queryOnly = false) => new(
        "Toggles",
        Feature.Given(
            ("availableToggles", new JsonArray([.. toggles.Select(toggle => new JsonObject
            {
                ["name"] = toggle.Name,
                ["name_values"] = Synonyms.In("name_synonym", toggle.Spoken),
            })])),
            ("commandOnlyToggles", Feature.IfSo(commandOnly)),
            ("queryOnlyToggles", Feature.IfSo(queryOnly))),
        new() { ["currentToggleSettings"] = new JsonObject(toggles.Select(toggle => KeyValuePair.Create(toggle.Name, (JsonNode?)false))) });

    public static string? Set(CommandTurn turn)
    {
        var wanted = turn.Parameter("updateToggleSettings")!.Value.EnumerateObject().ToArray();
        var settings = turn.States["currentToggleSettings"]!.AsObject();
        if (!wanted.All(toggle => settings.ContainsKey(toggle.Name)))
            return "functionNotSupported";
        foreach (var toggle in wanted)
            settings[toggle.Name] = toggle.Value.GetBoolean();
        return null;
    }
}
