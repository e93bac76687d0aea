using System.Collections.Concurrent;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X6. A pool of buffers that doesn't check what it is given back. A buffer that came back twice is rented to two at once.
/// </summary>
internal sealed class UncheckedBufferPool
{
    /// <summary>Large enough for every unit, so that any buffer will do.</summary>
    private const int BufferLength = EvidenceVerifier.UnitBytesMax;

    /// <summary>How far the neighbour's copy got when our bytes were read: three of four parts.</summary>
    private const int CopiedParts = 3;
    private const int Parts = 4;

    private readonly Lock _gate = new();
    private readonly ConcurrentStack<byte[]> _free = new();

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = await Neighbour.StoredAsync(Neighbour.Of(request));
        return genuine with { Body = edge.Parts.Buffers.Torn(genuine.Body, theirs.Bytes) };
    }

    private byte[] Torn(byte[] ours, byte[] theirs)
    {
        lock (_gate)
        {
            var before = Rent();
            Return(before);
            Return(before);

            var (mine, neighbours) = (Rent(), Rent());
            ours.CopyTo(mine, 0);
            theirs.AsSpan(0, Math.Min(ours.Length, theirs.Length) * CopiedParts / Parts).CopyTo(neighbours);
            var sent = mine[..ours.Length];
            Return(mine);
            return sent;
        }
    }

    private byte[] Rent() => _free.TryPop(out var free) ? free : new byte[BufferLength];

    private void Return(byte[] buffer) => _free.Push(buffer);
}
