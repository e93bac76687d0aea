namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// A unit that is proven to come from <see cref="Device"/>. Only <see cref="EvidenceVerifier"/> makes one, and a
/// session's egress compares the device once more before a byte leaves.
/// </summary>
public sealed class VerifiedUnit
{
    internal VerifiedUnit(DeviceRef device, MediaUnit statement, ReadOnlyMemory<byte> bytes, byte[] sha256)
    {
        Device = device;
        Statement = statement;
        Bytes = bytes;
        Sha256 = sha256;
    }

    /// <summary>The camera that the bytes came from.</summary>
    public DeviceRef Device { get; }

    /// <summary>What the maker stated and signed.</summary>
    public MediaUnit Statement { get; }

    /// <summary>The whole unit.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Its hash, for the record of what was released.</summary>
    public ReadOnlyMemory<byte> Sha256 { get; }
}
