using System.Text.RegularExpressions;

namespace HomeBridge.Streaming;

/// <summary>
/// What a playlist tells players of a stream's codecs (RFC 6381). Some guess when they are told nothing, and then wait for
/// sound that isn't there. A maker's word reaches a viewer only in these forms.
/// </summary>
public static partial class StreamCodecs
{
    /// <summary>H.264, and AAC where there is sound; null for anything else, and players find out by themselves.</summary>
    public static string? Read(string? declared) => declared is not null && Known().IsMatch(declared) ? declared : null;

    [GeneratedRegex(@"\Aavc1\.[0-9A-Fa-f]{6}(,mp4a\.40\.(2|5|29))?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Known();
}
