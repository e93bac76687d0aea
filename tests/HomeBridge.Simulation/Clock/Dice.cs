using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HomeBridge.Simulation.Clock;

/// <summary>Seeded chance (SplitMix64): the same seed throws the same, on every machine.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)((UInt128)Next() * (ulong)count >> 64);

    /// <summary>0 to 1.</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Hit(double share) => share > 0 && Share() < share;

    public TimeSpan Seconds(double from, double to) => TimeSpan.FromMilliseconds(Math.Round(1000 * (from + ((to - from) * Share()))));

    public T Pick<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    /// <summary>An independent source for a part of the world.</summary>
    public static Dice For(ulong seed, ulong part) => new(new Dice(seed ^ (part * 0xD1342543DE82EF95)).Next());
}

/// <summary>The gateway's source of secrets, seeded.</summary>
internal sealed class SeededGenerator(Dice dice) : RandomNumberGenerator
{
    public override void GetBytes(byte[] data) => GetBytes(data.AsSpan());

    public override void GetBytes(Span<byte> data)
    {
        Span<byte> eight = stackalloc byte[8];
        while (data.Length > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(eight, dice.Next());
            var length = Math.Min(8, data.Length);
            eight[..length].CopyTo(data);
            data = data[length..];
        }
    }
}
