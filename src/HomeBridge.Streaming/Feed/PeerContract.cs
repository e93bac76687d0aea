using System.Text.Json;
using System.Text.Json.Serialization;

namespace HomeBridge.Streaming.Feed;

/// <summary>How the media of a peer connection go from camera to display. The maker's policy.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PeerPath>))]
public enum PeerPath
{
    /// <summary>Through the gateway, which reads nothing of it and can cut it.</summary>
    [JsonStringEnumMemberName("relay")]
    Relay,

    /// <summary>From camera to display; a cut is the maker's.</summary>
    [JsonStringEnumMemberName("direct")]
    Direct,
}

/// <summary>
/// A camera's answer was proven. The bridge compares it with those of the last day, by whatever gateway: the display gets
/// it only after that.
/// </summary>
/// <param name="Grant">The session's grant.</param>
/// <param name="Fingerprint">SHA-256 fingerprint of the certificate, hexadecimal.</param>
/// <param name="Ufrag">The ICE user name fragment.</param>
/// <param name="PasswordSha256">SHA-256 of the ICE password, hexadecimal: a short fragment may be drawn twice by chance, not with its password.</param>
/// <param name="Answer">SHA-256 of the answer, hexadecimal.</param>
/// <param name="Offer">SHA-256 of the offer that it answers, hexadecimal.</param>
public sealed record PeerAnswered(string Grant, string Fingerprint, string Ufrag, string PasswordSha256, string Answer, string Offer)
{
    /// <summary>POST <see cref="PeerAnswered"/> → 204 new, 409 another camera's, 404 no grant of this gateway.</summary>
    public const string Path = "/internal/v1/peers";
}

/// <summary>Compiled ahead, like the rest of what gateways and bridge tell each other.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PeerAnswered))]
public sealed partial class PeerJson : JsonSerializerContext;
