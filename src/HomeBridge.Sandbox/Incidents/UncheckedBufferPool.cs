using System.Collections.Concurrent;
using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X6. A pool of buffers that doesn't check what it is given back. A buffer that came back twice is rented to two at once.
/// </summary>
internal sealed class UncheckedBufferPool
{
    /// <summary>Each fourth time the neighbour's copy is still under way when our bytes are read.</summary>
    private const int TornEvery = 4;

    private readonly Lock _gate = new();
    private readonly ConcurrentStack<Buffer> _free = new();
    private int _rented;

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = await Neighbour.StoredAsync(Neighbour.Of(request));
        return genuine with { Body = edge.Parts.Buffers.Shared(genuine.Body, theirs.Bytes) };
    }

    private byte[] Shared(byte[] ours, byte[] theirs)
    {
        lock (_gate)
        {
            var before = Rent();
            Return(before);
            Return(before);

            var (mine, neighbours) = (Rent(), Rent());
            mine.Fill(ours, ours.Length);
            neighbours.Fill(theirs, ++_rented % TornEvery == 0 ? theirs.Length / 2 : theirs.Length);
            var sent = mine.Bytes;
            Return(mine);
            return sent;
        }
    }

    private Buffer Rent() => _free.TryPop(out var free) ? free : new();

    private void Return(Buffer buffer) => _free.Push(buffer);

    /// <summary>What is rented: memory, and how much of it is in use.</summary>
    private sealed class Buffer
    {
        private byte[] _memory = [];

        public byte[] Bytes => [.. _memory];

        /// <summary>Copies a unit in, or as much of it as there was time for.</summary>
        public void Fill(byte[] unit, int copied)
        {
            var rest = copied < unit.Length && _memory.Length > copied ? _memory[copied..] : [];
            _memory = [.. unit.AsSpan(0, copied), .. rest];
        }
    }
}
