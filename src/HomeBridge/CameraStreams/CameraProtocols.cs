using System.Collections.Immutable;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.CameraStreams;

/// <summary>By which protocols a camera is offered to displays: those of the maker's list that the gateway speaks, in the maker's order.</summary>
internal static class CameraProtocols
{
    private static readonly ImmutableArray<string> Spoken = [StreamProtocols.Hls, StreamProtocols.ProgressiveMp4];

    /// <summary>What a camera with these attributes is offered by. Units are what every maker has, so HLS is always possible.</summary>
    public static ImmutableArray<string> Offered(JsonMap attributes)
    {
        var declared = attributes.GetValueOrDefault("cameraStreamSupportedProtocols") as List<object?> ?? [];
        ImmutableArray<string> offered = [.. declared.OfType<string>().Where(protocol => Spoken.Contains(protocol, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal)];
        return offered.IsEmpty ? [StreamProtocols.Hls] : offered;
    }
}
