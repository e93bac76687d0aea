using System.Collections.Concurrent;
using Newtonsoft.Json;

namespace HomeBridge.Hosting.StrangersJson;

/// <summary>
/// Character buffers of JSON readers and writers. A pool of our own: a reader or writer gives its buffer back once, when
/// it is closed, and it is wiped before somebody else gets it.
/// </summary>
internal sealed class CharBuffers : IArrayPool<char>
{
    public static readonly CharBuffers Shared = new();

    /// <summary>What the JSON reader asks for; larger ones are made for one text and thrown away.</summary>
    private const int Length = 1024;

    /// <summary>Buffers that wait: about as many texts as are read at one time.</summary>
    private const int WaitingMax = 256;

    private readonly ConcurrentBag<char[]> _waiting = [];

    public char[] Rent(int minimumLength) =>
        minimumLength <= Length && _waiting.TryTake(out var buffer) ? buffer : new char[Math.Max(Length, minimumLength)];

    public void Return(char[]? array)
    {
        if (array is { Length: Length } && _waiting.Count < WaitingMax)
        {
            Array.Clear(array);
            _waiting.Add(array);
        }
    }
}
