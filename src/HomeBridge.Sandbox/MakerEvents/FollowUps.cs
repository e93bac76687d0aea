using System.Text.Json;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.MakerEvents;

/// <summary>What became of a command whose speaker waits to hear it: said once more, by event.</summary>
internal static class FollowUps
{
    /// <summary>Commands that take a token, and the state that tells how they ended.</summary>
    private static readonly Dictionary<string, string> StateOf = new(StringComparer.Ordinal)
    {
        ["LockUnlock"] = "isLocked",
        ["OpenClose"] = "openPercent",
    };

    public static void Tell(
        EventQueues events, SandboxDevice device, CommandMessage command, CommandOutcomeMessage outcome)
    {
        if (!StateOf.TryGetValue(command.Command, out var state)
            || command.Params.ValueKind != JsonValueKind.Object
            || !command.Params.TryGetProperty("followUpToken", out var token)
            || token.ValueKind != JsonValueKind.String)
        {
            return;
        }

        var response = new JsonObject { ["followUpToken"] = token.GetString() };
        switch (outcome.Outcome)
        {
            case "success":
                response["status"] = "SUCCESS";
                response[state] = outcome.States?[state]?.DeepClone();
                break;
            case "error":
                response["status"] = "FAILURE";
                response["errorCode"] = outcome.Error;
                break;
            default:
                return;
        }

        // The command's name is its trait's.
        events.Notified(device, new()
        {
            [command.Command] = new JsonObject { ["priority"] = 0, ["followUpResponse"] = response },
        });
    }
}
