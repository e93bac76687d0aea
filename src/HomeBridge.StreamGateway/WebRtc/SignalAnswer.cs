using System.Text.Json;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>What a display is answered. The words are those of <c>contracts/webrtc-signalling.md</c>.</summary>
internal sealed record SignalAnswer(int Status, string Text)
{
    public static SignalAnswer Done { get; } = new(200, "{}");

    public static SignalAnswer Bad { get; } = new(400, "bad request\n");

    /// <summary>The ticket is good, the token is not its own.</summary>
    public static SignalAnswer WrongToken { get; } = new(401, "unauthorized\n");

    /// <summary>The camera that is named is not the ticket's.</summary>
    public static SignalAnswer OtherDevice { get; } = new(403, "foreign device\n");

    public static SignalAnswer Suspended { get; } = new(403, "suspended\n");

    public static SignalAnswer NotFound { get; } = new(404, "not found\n");

    public static SignalAnswer Unavailable { get; } = new(503, "unavailable\n");

    public bool IsJson => Status == 200;

    /// <summary>The camera's answer, in the word that the display used.</summary>
    public static SignalAnswer Answer(string sdp, bool saysType) =>
        new(200, $"{{\"{(saysType ? "type" : "action")}\":\"answer\",\"sdp\":{JsonSerializer.Serialize(sdp, SignalJson.Default.String)}}}");

    public override string ToString() => $"{Status}";
}

/// <summary>Text with its escapes; nothing else of ours is JSON here.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class SignalJson : System.Text.Json.Serialization.JsonSerializerContext;
