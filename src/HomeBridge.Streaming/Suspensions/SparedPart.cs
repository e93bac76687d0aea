using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Streaming.Suspensions;

/// <summary>
/// What a suspension that is being resumed stops no more: named links and devices, and a share of all links. Whether a
/// link is in the share follows from its id and the suspension's alone, so every replica says the same, and a larger share
/// holds all that a smaller one did. What has no link, or an unknown one, is never in it: fail closed.
/// </summary>
/// <param name="Links">Account links by id.</param>
/// <param name="Devices">Devices by the id that the platform sees.</param>
/// <param name="Percent">Share of all links, 0 to 100.</param>
/// <param name="Salt">The suspension's id: the first links of one resume are not the first ones of the next.</param>
public sealed record SparedPart(ImmutableArray<string> Links, ImmutableArray<string> Devices, int Percent, string Salt)
{
    /// <summary>Links, and devices, that one part may name: a list is walked for each decision.</summary>
    public const int NamedMax = 100;

    /// <summary>Links fall into so many buckets.</summary>
    public const int Buckets = 10_000;

    private const int BucketsPerPercent = Buckets / 100;

    /// <summary>Bytes of a salt and a link id; both are ours and shorter.</summary>
    private const int KeyBytesMax = 256;

    /// <summary>Whether something with these facts goes on although the suspension covers it.</summary>
    public bool Includes(in SuspensionFacts facts) =>
        (Known(facts.AccountLink) is { } link && (Has(Links, link) || BucketOf(Salt, link) < Percent * BucketsPerPercent))
        || (Known(facts.Device) is { } device && Has(Devices, device));

    /// <summary>The first 8 bytes of SHA-256(salt ":" link) modulo <see cref="Buckets"/>. Allocates nothing.</summary>
    public static int BucketOf(string salt, string link)
    {
        ArgumentNullException.ThrowIfNull(salt);
        ArgumentNullException.ThrowIfNull(link);
        Span<byte> key = stackalloc byte[KeyBytesMax];
        if (!Encoding.UTF8.TryGetBytes(salt, key, out var length) || length == key.Length)
        {
            return Buckets;
        }

        key[length++] = (byte)':';
        if (!Encoding.UTF8.TryGetBytes(link, key[length..], out var rest))
        {
            return Buckets;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key[..(length + rest)], hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % Buckets);
    }

    /// <summary>By what it spares: two that were read from two messages are the same.</summary>
    public bool Equals(SparedPart? other) =>
        other is not null && Percent == other.Percent && Salt == other.Salt
        && Links.AsSpan().SequenceEqual(other.Links.AsSpan()) && Devices.AsSpan().SequenceEqual(other.Devices.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Percent, Salt);

    private static string? Known(string? fact) => ReferenceEquals(fact, SuspensionFacts.Unknown) ? null : fact;

    private static bool Has(ImmutableArray<string> named, string id) => !named.IsDefaultOrEmpty && named.AsSpan().Contains(id);
}
