using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>What a display posts.</summary>
/// <param name="Action"><c>offer</c>, <c>answer</c> or <c>end</c>; whatever it says.</param>
/// <param name="SaysType">It calls the action <c>type</c>, and is answered in the same word.</param>
/// <param name="DeviceId">The camera, as the platform knows it.</param>
/// <param name="Sdp">The description; null or empty for <c>end</c>.</param>
internal sealed record SignalMessage(string Action, bool SaysType, string DeviceId, string? Sdp)
{
    /// <summary>Bytes of a body: a description of the greatest length, each line end escaped, and the other members.</summary>
    public const int BodyLengthMax = 96 * 1024;

    private const int DepthMax = 8;

    [Flags]
    private enum Member
    {
        None = 0,
        Action = 1,
        Type = 2,
        DeviceId = 4,
        Sdp = 8,
    }

    /// <summary>Reads the whole of a body. Members that it does not know are passed over; one that it knows stands there once.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out SignalMessage? message)
    {
        message = null;
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DepthMax });
            string? action = null, type = null, device = null, sdp = null;
            var seen = Member.None;
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                var isKnown = reader.ValueTextEquals("action"u8) ? Take(ref reader, ref seen, Member.Action, ref action)
                    : reader.ValueTextEquals("type"u8) ? Take(ref reader, ref seen, Member.Type, ref type)
                    : reader.ValueTextEquals("deviceId"u8) ? Take(ref reader, ref seen, Member.DeviceId, ref device)
                    : reader.ValueTextEquals("sdp"u8) ? Take(ref reader, ref seen, Member.Sdp, ref sdp)
                    : Skip(ref reader);
                if (!isKnown)
                {
                    return false;
                }
            }

            if (reader.TokenType is not JsonTokenType.EndObject || reader.Read()
                || (action ?? type) is not { } said || (action is not null && type is not null && action != type)
                || device is null || sdp?.Length > PeerAnswerVerifier.TextLengthMax)
            {
                return false;
            }

            message = new SignalMessage(said, action is null, device, sdp);
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Not JSON, or half a surrogate pair in a text.
            return false;
        }
    }

    /// <summary>Text; <c>null</c> is as good as absent, and stands there once like any other.</summary>
    private static bool Take(ref Utf8JsonReader reader, ref Member seen, Member member, ref string? into)
    {
        if (seen.HasFlag(member) || !reader.Read() || reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            return false;
        }

        seen |= member;
        into = reader.GetString();
        return true;
    }

    private static bool Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return true;
    }
}
