using System.Globalization;
using System.Text.RegularExpressions;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The headers by which caches say that they answered. Live pictures out of a cache are how strangers' pictures came to
/// the first display, so any of these is refused, whatever the evidence says. A proxy that only passes on is not meant.
/// </summary>
public static partial class CacheMarks
{
    /// <summary>Characters of a mark that are told.</summary>
    private const int ToldMax = 120;

    /// <summary>The headers that are looked at.</summary>
    public static IReadOnlyList<string> Headers { get; } =
        ["Age", "Cache-Status", "X-Cache", "X-Cache-Status", "X-Cache-Hits", "CF-Cache-Status", "Via", "Warning"];

    /// <summary>The first header that says a cache answered; null when none does.</summary>
    /// <param name="valueOf">All field lines of a header, joined by commas; null when it is absent.</param>
    public static string? Find(Func<string, string?> valueOf)
    {
        foreach (var name in Headers)
        {
            if (valueOf(name) is { } value && Says(name, value))
            {
                var told = $"{name}: {value}";
                return told.Length <= ToldMax ? told : told[..ToldMax];
            }
        }

        return null;
    }

    private static bool Says(string name, string value) => name switch
    {
        // RFC 9111 section 5.1. One that can't be read is not "absent or 0".
        "Age" => !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var age) || age > 0,

        // RFC 9211: hit, or a collapsed request.
        "Cache-Status" => CacheStatusHit().IsMatch(value),
        "X-Cache-Hits" => HitCount().IsMatch(value),

        // Traffic Server's codes in a comment: c, then H (fresh), S (stale), R (revalidated).
        "Via" => ViaHit().IsMatch(value),

        // RFC 7234 section 5.5: stale, revalidation failed, disconnected, heuristically fresh.
        "Warning" => WarningStale().IsMatch(value),
        _ => VendorHit().IsMatch(value),
    };

    [GeneratedRegex(@";\s*(hit\s*(?:[;,]|\z)|hit=\?1|collapsed)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CacheStatusHit();

    [GeneratedRegex(@"(?:\A|[,\s])0*[1-9]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HitCount();

    [GeneratedRegex(@"\[[^\]]*c[HSR]|\b(?:cache[\s_-]*hit|hit from)\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ViaHit();

    [GeneratedRegex(@"(?:\A|,)\s*11[0-3]\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WarningStale();

    [GeneratedRegex(@"hit(?![a-z])|\b(?:stale|updating|revalidated)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VendorHit();
}
