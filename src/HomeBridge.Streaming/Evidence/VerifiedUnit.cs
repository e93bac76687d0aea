namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// A unit that is proven, as far as its <see cref="Grade"/> goes, to come from <see cref="Device"/>. Only
/// <see cref="EvidenceVerifier"/> makes one, and a session's egress compares the device once more before a byte leaves.
/// </summary>
public sealed class VerifiedUnit
{
    internal VerifiedUnit(UnitExpectation asked, EvidenceGrade grade, MediaUnit? statement, ReadOnlyMemory<byte> bytes, byte[] sha256)
    {
        (Device, Kind, Sequence) = (asked.Device, asked.Kind, asked.Sequence);
        Grade = grade;
        Statement = statement;
        Bytes = bytes;
        Sha256 = sha256;
    }

    /// <summary>The camera that the bytes came from.</summary>
    public DeviceRef Device { get; }

    /// <summary>Which unit of the camera it is.</summary>
    public UnitKind Kind { get; }

    /// <summary>Its media sequence number; 0 for the init unit.</summary>
    public long Sequence { get; }

    /// <summary>How well it is proven.</summary>
    public EvidenceGrade Grade { get; }

    /// <summary>What the maker stated; null at <see cref="EvidenceGrade.G0"/>, where nobody states anything.</summary>
    public MediaUnit? Statement { get; }

    /// <summary>The whole unit.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Whether sound may be in it: false only where it is certain that there is none.</summary>
    public bool MayHaveSound => MediaSound.MayBeIn(Bytes.Span);

    /// <summary>Its hash, for the record of what was released.</summary>
    public ReadOnlyMemory<byte> Sha256 { get; }
}
