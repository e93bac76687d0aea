using System.Collections.Immutable;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.CameraStreams;

/// <summary>By which protocols a camera is offered to displays: those of the maker's list that the gateway speaks, in the maker's order.</summary>
internal sealed class CameraProtocols(CameraStreamOptions options)
{
    private static readonly ImmutableArray<string> Units = [StreamProtocols.Hls, StreamProtocols.ProgressiveMp4];

    /// <summary>What a camera with these attributes is offered by. Units are what every maker has, so HLS is always possible.</summary>
    public ImmutableArray<string> Offered(JsonMap attributes) => Offered(attributes, options.WebRtc);

    /// <summary>The same, with peer connections or without.</summary>
    public static ImmutableArray<string> Offered(JsonMap attributes, bool webRtc)
    {
        var declared = attributes.GetValueOrDefault("cameraStreamSupportedProtocols") as List<object?> ?? [];
        ImmutableArray<string> offered =
        [
            .. declared.OfType<string>()
                .Where(protocol => Units.Contains(protocol, StringComparer.Ordinal) || (webRtc && protocol == StreamProtocols.WebRtc))
                .Distinct(StringComparer.Ordinal),
        ];
        return offered.IsEmpty ? [StreamProtocols.Hls] : offered;
    }

    /// <summary>
    /// Whether a camera that is offered by these needs a token: signalling demands one, and what a camera declares holds for each
    /// of its protocols. Players of HLS can't send one, and there the URL is the credential.
    /// </summary>
    public static bool NeedsToken(ImmutableArray<string> offered) => offered.Contains(StreamProtocols.WebRtc, StringComparer.Ordinal);
}
