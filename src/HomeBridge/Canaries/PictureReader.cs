using HomeBridge.Streaming;

namespace HomeBridge.Canaries;

/// <summary>What was found in the pictures of one unit.</summary>
/// <param name="Frames">Pictures that were decoded.</param>
/// <param name="Codes">The block codes that could be read in them.</param>
public sealed record PictureReading(int Frames, IReadOnlyList<BlockCode> Codes);

/// <summary>Decodes a canary's unit and reads whose pictures they are.</summary>
public interface IPictureReader
{
    /// <summary>How it is named to operators.</summary>
    string Name { get; }

    /// <summary>Reads the pictures of an init unit and one segment; null when they can't be decoded.</summary>
    Task<PictureReading?> Read(ReadOnlyMemory<byte> init, ReadOnlyMemory<byte> segment, CancellationToken cancel);
}
