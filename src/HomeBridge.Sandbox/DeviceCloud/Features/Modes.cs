using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>A mode of a device, as in "set the washer's load to small".</summary>
internal sealed record Mode(string Name, string[] Spoken, string[] Settings, bool Ordered = false);

internal static class Modes
{
    public static Feature With(params Mode[] modes) => With(modes, commandOnly: false);

    public static Feature With(Mode[] modes, bool commandOnly = false, bool queryOnly = false) => new(
        "Modes",
        Feature.Given(
            ("availableModes", new JsonArray([.. modes.Select(Describe)])),
            ("commandOnlyModes", Feature.IfSo(commandOnly)),
            ("queryOnlyModes", Feature.IfSo(queryOnly))),
        new() { ["currentModeSettings"] = new JsonObject(modes.Select(mode => KeyValuePair.Create(mode.Name, (JsonNode?)mode.Settings[0]))) });

    public static string? Set(CommandTurn turn)
    {
        var wanted = turn.Parameter("updateModeSettings")!.Value.EnumerateObject()
            .Select(one => (Mode: one.Name, Setting: one.Value.GetString()!)).ToArray();
        if (!wanted.All(one => turn.Attributes["availableModes"].Objects().Any(mode =>
                mode["name"]!.GetValue<string>() == one.Mode
                && mode["settings"].Objects().Any(setting => setting["setting_name"]!.GetValue<string>() == one.Setting))))
        {
            return "functionNotSupported";
        }

        foreach (var (mode, setting) in wanted)
            turn.States["currentModeSettings"]![mode] = setting;
        return null;
    }

    private static JsonObject Describe(Mode mode) => new()
    {
        ["name"] = mode.Name,
        ["name_values"] = Synonyms.In("name_synonym", mode.Spoken),
        ["settings"] = new JsonArray([.. mode.Settings.Select(setting => new JsonObject
        {
            ["setting_name"] = setting,
            ["setting_values"] = Synonyms.In("setting_synonym", setting.Replace('_', ' ')),
        })]),
        ["ordered"] = mode.Ordered,
    };
}
