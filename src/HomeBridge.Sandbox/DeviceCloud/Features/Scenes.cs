namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>The Scene trait.</summary>
internal static class Scenes
{
    public static Feature With(bool reversible = false) =>
        new("Scene", Feature.Given(("sceneReversible", Feature.IfSo(reversible))), []);

    public static string? Activate(CommandTurn turn)
    {
        var end = turn.Flag("deactivate")!.Value;
        if (end && !turn.Declares("sceneReversible"))
            return "sceneCannotBeApplied";
        turn.Memory["sceneActive"] = !end;
        return null;
    }
}
