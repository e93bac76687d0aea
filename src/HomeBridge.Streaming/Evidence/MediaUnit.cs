using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace HomeBridge.Streaming.Evidence;

/// <summary>What a unit is: the part that starts a decoder, or two seconds of pictures.</summary>
public enum UnitKind
{
    /// <summary>The init unit (ISO/IEC 14496-12 ftyp and moov).</summary>
    Init,

    /// <summary>A media segment.</summary>
    Segment,

    /// <summary>
    /// No unit of media: what a peer connection was agreed by. In the record of releases only, where its sequence is one of
    /// <see cref="PeerRecord"/>.
    /// </summary>
    Peer,
}

/// <summary>What the record of releases says of a peer connection.</summary>
public enum PeerRecord
{
    /// <summary>The hash of the offer that the camera was given.</summary>
    Offer = 0,

    /// <summary>The hash of the camera's answer.</summary>
    Answer = 1,

    /// <summary>The fingerprint of the certificate that the media are tied to.</summary>
    Fingerprint = 2,

    /// <summary>What went to the display through the relay: the bytes, and the hash of the answer again.</summary>
    Relayed = 3,
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
public sealed record MediaUnit(string Device, UnitKind Kind, long Sequence, long CapturedUnixMs, int Length)
{
    /// <summary>Characters of a maker's device id.</summary>
    public const int DeviceLengthMax = 64;

    private const int HeaderLengthMax = 256;
    private const int NumberDigitsMax = 18;
    private const int LengthDigitsMax = 9;

    private static readonly SearchValues<char> DeviceCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>Whether a text could be a maker's device id.</summary>
    public static bool IsDevice(string text) =>
        text is { Length: > 0 and <= DeviceLengthMax } && !text.AsSpan().ContainsAnyExcept(DeviceCharacters);

    /// <summary>The header's value. There is one spelling only, so that what is signed is what is read.</summary>
    public string ToHeader() => string.Create(
        CultureInfo.InvariantCulture,
        $"device=\"{Device}\", kind=\"{(Kind is UnitKind.Init ? "init" : "segment")}\", sequence={Sequence}, captured={CapturedUnixMs}, length={Length}");

    /// <summary>Reads the one spelling; anything else is no statement at all.</summary>
    public static bool TryParse(string header, [NotNullWhen(true)] out MediaUnit? unit)
    {
        ArgumentNullException.ThrowIfNull(header);
        unit = null;
        var reader = new HeaderReader(header);
        if (header.Length > HeaderLengthMax
            || !reader.Literal("device=\"") || !reader.Run(DeviceCharacters, 1, DeviceLengthMax, out var device) || !reader.Literal("\", kind=\""))
        {
            return false;
        }

        var isInit = reader.Literal("init");
        if ((!isInit && !reader.Literal("segment"))
            || !reader.Literal("\", sequence=") || !reader.Number(NumberDigitsMax, out var sequence)
            || !reader.Literal(", captured=") || !reader.Number(NumberDigitsMax, out var captured)
            || !reader.Literal(", length=") || !reader.Number(LengthDigitsMax, out var length)
            || !reader.AtEnd)
        {
            return false;
        }

        unit = new MediaUnit(device.ToString(), isInit ? UnitKind.Init : UnitKind.Segment, sequence, captured, (int)length);
        return true;
    }
}
