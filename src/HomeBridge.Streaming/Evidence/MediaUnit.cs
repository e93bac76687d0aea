using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace HomeBridge.Streaming.Evidence;

/// <summary>What a unit is: the part that starts a decoder, or two seconds of pictures.</summary>
public enum UnitKind
{
    /// <summary>The init unit (ISO/IEC 14496-12 ftyp and moov).</summary>
    Init,

    /// <summary>A media segment.</summary>
    Segment,
}

/// <summary>
/// The maker's statement about one unit: the <c>Media-Unit</c> header of <c>contracts/media-evidence.md</c>. A claim
/// and nothing more until its signatures are verified.
/// </summary>
/// <param name="Device">The maker's own id of the camera that made the unit.</param>
/// <param name="Kind">Init or segment.</param>
/// <param name="Sequence">Media sequence number; 0 for the init unit.</param>
/// <param name="CapturedUnixMs">When the first frame was captured, Unix milliseconds.</param>
/// <param name="Length">Bytes of the body.</param>
public sealed partial record MediaUnit(string Device, UnitKind Kind, long Sequence, long CapturedUnixMs, int Length)
{
    /// <summary>Characters of a maker's device id.</summary>
    public const int DeviceLengthMax = 64;

    private const int HeaderLengthMax = 256;

    /// <summary>The header's value. There is one spelling only, so that what is signed is what is read.</summary>
    public string ToHeader() => string.Create(
        CultureInfo.InvariantCulture,
        $"device=\"{Device}\", kind=\"{(Kind is UnitKind.Init ? "init" : "segment")}\", sequence={Sequence}, captured={CapturedUnixMs}, length={Length}");

    /// <summary>Reads the one spelling; anything else is no statement at all.</summary>
    public static bool TryParse(string header, [NotNullWhen(true)] out MediaUnit? unit)
    {
        unit = null;
        if (header.Length > HeaderLengthMax || Spelling().Match(header) is not { Success: true } match)
        {
            return false;
        }

        if (!long.TryParse(match.Groups["sequence"].ValueSpan, CultureInfo.InvariantCulture, out var sequence)
            || !long.TryParse(match.Groups["captured"].ValueSpan, CultureInfo.InvariantCulture, out var captured)
            || !int.TryParse(match.Groups["length"].ValueSpan, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        var kind = match.Groups["kind"].ValueSpan is "init" ? UnitKind.Init : UnitKind.Segment;
        unit = new MediaUnit(match.Groups["device"].Value, kind, sequence, captured, length);
        return true;
    }

    [GeneratedRegex(
        """\Adevice="(?<device>[A-Za-z0-9._:-]{1,64})", kind="(?<kind>init|segment)", sequence=(?<sequence>0|[1-9][0-9]{0,17}), captured=(?<captured>0|[1-9][0-9]{0,17}), length=(?<length>0|[1-9][0-9]{0,8})\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spelling();
}
