using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Sandbox;

/// <summary>
/// Chance that a seed replays. For the simulation only: nothing secret comes from here.
/// </summary>
internal sealed class SeededChance
{
    private readonly byte[] _key = new byte[sizeof(long)];
    private long _drawn;

    public SeededChance(long seed) => BinaryPrimitives.WriteInt64BigEndian(_key, seed);

    /// <summary>The next number from 0 (inclusive) to 1 (exclusive).</summary>
    public double Next()
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(counter, Interlocked.Increment(ref _drawn));
        HMACSHA256.HashData(_key, counter, hash);
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>
    /// A name of <paramref name="length"/> characters [a-z0-9] that depends on the seed and the text.
    /// </summary>
    public string Name(string text, int length)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
        var hash = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text));
        return string.Create(length, hash, static (name, bytes) =>
        {
            for (var i = 0; i < name.Length; i++)
                name[i] = Alphabet[bytes[i] % Alphabet.Length];
        });
    }
}
