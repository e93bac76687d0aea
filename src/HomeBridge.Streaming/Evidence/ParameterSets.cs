using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The decoder configuration in an init unit: the <c>avcC</c> or <c>hvcC</c> box (ISO/IEC 14496-15), where SPS and PPS
/// are. It follows from model, firmware and settings, so two cameras that are mixed up mostly differ in it.
/// </summary>
public static class ParameterSets
{
    /// <summary>Boxes within boxes on the way: moov, trak, mdia, minf, stbl, stsd, the sample entry.</summary>
    private const int DepthMax = 8;

    private const int HeaderLength = 8;
    private const int FullBoxAndCount = 8;
    private const int VisualSampleEntry = 78;

    /// <summary>SHA-256 over all decoder configurations; null when there is none.</summary>
    public static byte[]? HashOf(ReadOnlySpan<byte> init)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        return Walk(init, hash, 0) ? hash.GetHashAndReset() : null;
    }

    private static bool Walk(ReadOnlySpan<byte> boxes, IncrementalHash hash, int depth)
    {
        var found = false;
        while (depth < DepthMax && boxes.Length >= HeaderLength)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(boxes);
            if (length < HeaderLength || length > boxes.Length)
            {
                break;
            }

            var type = boxes[4..HeaderLength];
            var payload = boxes[HeaderLength..(int)length];
            if (type.SequenceEqual("avcC"u8) || type.SequenceEqual("hvcC"u8))
            {
                hash.AppendData(boxes[..(int)length]);
                found = true;
            }
            else if (SkipTo(type) is { } skip && payload.Length > skip)
            {
                found |= Walk(payload[skip..], hash, depth + 1);
            }

            boxes = boxes[(int)length..];
        }

        return found;
    }

    /// <summary>Where the boxes within a box begin; null when there are none to look into.</summary>
    private static int? SkipTo(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("moov"u8) || type.SequenceEqual("trak"u8) || type.SequenceEqual("mdia"u8)
            || type.SequenceEqual("minf"u8) || type.SequenceEqual("stbl"u8) ? 0
        : type.SequenceEqual("stsd"u8) ? FullBoxAndCount
        : type.SequenceEqual("avc1"u8) || type.SequenceEqual("avc3"u8) || type.SequenceEqual("hvc1"u8) || type.SequenceEqual("hev1"u8) ? VisualSampleEntry
        : null;
}
