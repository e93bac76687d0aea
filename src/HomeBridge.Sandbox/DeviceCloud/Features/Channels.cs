using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>The Channel trait: a channel is chosen and never told.</summary>
internal static class Channels
{
    private const string Current = "channel";
    private const string Before = "channelBefore";
    private const string NotPaidFor = "channelNotPaidFor";

    /// <summary>The last channel is one that the household has not subscribed to.</summary>
    public static Feature With(bool commandOnly, params (string Key, string Name, string? Number)[] channels) => new(
        "Channel",
        Feature.Given(
            ("availableChannels", new JsonArray([.. channels.Select(channel => Feature.Given(
                ("key", channel.Key),
                ("names", Feature.Words(channel.Name)),
                ("number", channel.Number)))])),
            ("commandOnlyChannels", Feature.IfSo(commandOnly))),
        [])
    {
        Memory = new() { [Current] = channels[0].Key, [NotPaidFor] = channels[^1].Key },
    };

    public static string? Select(CommandTurn turn)
    {
        var channel = All(turn).FirstOrDefault(one => turn.Text("channelCode") is { } code
            ? one["key"]!.GetValue<string>() == code
            : one["number"]?.GetValue<string>() == turn.Text("channelNumber"));
        return channel is null ? "noAvailableChannel" : To(turn, channel["key"]!.GetValue<string>());
    }

    public static string? Relative(CommandTurn turn)
    {
        var keys = All(turn).Select(channel => channel["key"]!.GetValue<string>())
            .Where(key => key != turn.Memory[NotPaidFor]!.GetValue<string>()).ToArray();
        var by = (long)turn.Number("relativeChannelChange")!.Value % keys.Length;
        var current = Array.IndexOf(keys, turn.Memory[Current]!.GetValue<string>());
        return To(turn, keys[(current + by + keys.Length) % keys.Length]);
    }

    public static string? Return(CommandTurn turn) =>
        turn.Memory[Before]?.GetValue<string>() is { } before ? To(turn, before) : "channelSwitchFailed";

    private static string? To(CommandTurn turn, string channel)
    {
        if (channel == turn.Memory[NotPaidFor]!.GetValue<string>())
            return "noChannelSubscription";
        turn.Memory[Before] = turn.Memory[Current]!.DeepClone();
        turn.Memory[Current] = channel;
        return null;
    }

    private static IEnumerable<JsonObject> All(CommandTurn turn) => turn.Attributes["availableChannels"].Objects();
}
