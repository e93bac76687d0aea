using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

internal static class AppSelector
{
    private const string NotInstalled = "notInstalled";

    /// <summary>All apps that the device can have; the last one isn't installed yet.</summary>
    public static Feature With(params (string Key, string Spoken)[] apps) => new(
        "AppSelector",
        new()
        {
            ["availableApplications"] = new JsonArray([.. apps.Select(app => new JsonObject
            {
                ["key"] = app.Key,
                ["names"] = Synonyms.In("name_synonym", app.Spoken),
            })]),
        },
        new() { ["currentApplication"] = apps[0].Key })
    {
        Memory = new() { [NotInstalled] = apps[^1].Key },
    };

    public static string? Select(CommandTurn turn)
    {
        if (Wanted(turn) is not { } app)
            return "noAvailableApp";
        if (IsMissing(turn, app))
            return "appLaunchFailed";
        turn.States["currentApplication"] = app;
        return null;
    }

    public static string? Install(CommandTurn turn)
    {
        if (Wanted(turn) is not { } app)
            return "noAvailableApp";
        if (!IsMissing(turn, app))
            return "alreadyInstalledApp";
        turn.Memory.Remove(NotInstalled);
        return null;
    }

    /// <summary>Shows the app in the device's shop: nothing that is told changes.</summary>
    public static string? Search(CommandTurn turn) => Wanted(turn) is null ? "noAvailableApp" : null;

    private static string? Wanted(CommandTurn turn) => Synonyms.Find(
        turn.Attributes["availableApplications"], turn.Text("newApplication"), turn.Text("newApplicationName"));

    private static bool IsMissing(CommandTurn turn, string app) => turn.Memory[NotInstalled]?.GetValue<string>() == app;
}
