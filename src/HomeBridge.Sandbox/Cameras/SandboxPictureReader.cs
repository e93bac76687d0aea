using System.Buffers.Binary;
using HomeBridge.Canaries;
using HomeBridge.Streaming;

namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// Reads the sandbox's own pictures in managed code, for canaries on a machine without ffmpeg. What another coder made is
/// not read.
/// </summary>
public sealed class SandboxPictureReader : IPictureReader
{
    private const int HeaderLength = 8;
    private const int NalLengthLength = 4;

    /// <inheritdoc/>
    public string Name => "managed";

    /// <inheritdoc/>
    public Task<PictureReading?> Read(ReadOnlyMemory<byte> init, ReadOnlyMemory<byte> segment, CancellationToken cancel) =>
        Task.Run(() => Decode(init.Span, segment.Span), cancel);

    private static PictureReading? Decode(ReadOnlySpan<byte> init, ReadOnlySpan<byte> segment)
    {
        if (init.IndexOf(ParameterSets.Sequence()) < 0 || init.IndexOf(ParameterSets.Picture()) < 0)
        {
            return null;
        }

        try
        {
            var decoder = new PictureDecoder();
            var codes = new List<BlockCode>();
            var frames = 0;
            for (var samples = MediaData(segment); samples.Length > NalLengthLength; frames++)
            {
                var length = BinaryPrimitives.ReadUInt32BigEndian(samples);
                if (length > samples.Length - NalLengthLength)
                {
                    return null;
                }

                decoder.Decode(samples.Slice(NalLengthLength, (int)length));
                samples = samples[(NalLengthLength + (int)length)..];
                if (BlockCode.TryRead(decoder.Luma, YuvPicture.Width, YuvPicture.Height, YuvPicture.Width, out var code))
                {
                    codes.Add(code);
                }
            }

            return frames > 0 ? new PictureReading(frames, codes) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>What is in the mdat box; empty if there is none.</summary>
    private static ReadOnlySpan<byte> MediaData(ReadOnlySpan<byte> boxes)
    {
        while (boxes.Length >= HeaderLength)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(boxes);
            if (length < HeaderLength || length > boxes.Length)
            {
                return [];
            }

            if (boxes[4..HeaderLength].SequenceEqual("mdat"u8))
            {
                return boxes[HeaderLength..(int)length];
            }

            boxes = boxes[(int)length..];
        }

        return [];
    }
}
