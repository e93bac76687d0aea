using System.Collections.Immutable;
using System.Numerics;

namespace HomeBridge.Streaming.Suspensions;

/// <summary>
/// Finds the entries that may cover some facts without walking all of them. Entries fall into shapes: which members their
/// scope names, 128 at most. A decision looks once into a hash table for each shape that there is, under the facts'
/// values of the shape's members. What it finds there is still asked whether it covers: the table only leaves out what
/// can't.
/// </summary>
internal sealed class SuspensionIndex
{
    private const int Dimensions = 7;
    private const int Shapes = 1 << Dimensions;

    /// <summary>
    /// Model and firmware, which makers often don't tell. Entries that name them have a place without them too, for facts in
    /// which they are unknown. Other facts are hardly ever unknown; then the entries of the shape are walked.
    /// </summary>
    private const int OftenUnknown = (1 << 2) | (1 << 3);

    private readonly ImmutableArray<SuspensionInForce> _entries;
    private readonly int[] _shapes;
    private readonly int[][] _ofShape = new int[Shapes][];
    private readonly int _named;
    private readonly int[] _buckets = [];
    private readonly Node[] _nodes = [];

    public SuspensionIndex(ImmutableArray<SuspensionInForce> entries)
    {
        _entries = entries;
        var shapeOf = new int[entries.Length];
        for (var index = 0; index < entries.Length; index++)
        {
            shapeOf[index] = ShapeOf(entries[index].Scope);
            _named |= shapeOf[index];
        }

        _shapes = [.. shapeOf.Distinct().Order()];
        if (entries.Length == 0)
        {
            return;
        }

        foreach (var shape in shapeOf.Index().GroupBy(one => one.Item, one => one.Index))
        {
            _ofShape[shape.Key] = [.. shape];
        }

        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)entries.Length * 2)];
        var nodes = new List<Node>(entries.Length);
        Span<uint> hashes = stackalloc uint[Dimensions];
        for (var index = 0; index < entries.Length; index++)
        {
            var values = Values(entries[index].Scope);
            for (var dimension = 0; dimension < Dimensions; dimension++)
            {
                hashes[dimension] = Value(values, dimension) is { } value ? HashOf(value, dimension) : 0;
            }

            var often = shapeOf[index] & OftenUnknown;
            for (var unknown = often; ; unknown = (unknown - 1) & often)
            {
                Add(nodes, index, shapeOf[index], unknown, hashes);
                if (unknown == 0)
                {
                    break;
                }
            }
        }

        _nodes = [.. nodes];
    }

    /// <summary>The first entry that denies the effect to something with these facts.</summary>
    public SuspensionInForce? First(SuspensionEffects effect, in SuspensionFacts facts)
    {
        if (_shapes.Length == 0)
        {
            return null;
        }

        Span<uint> hashes = stackalloc uint[Dimensions];
        Hash(facts, _named, hashes, out var applying, out var unknown);
        var first = int.MaxValue;
        foreach (var shape in _shapes)
        {
            if ((shape & ~applying) != 0)
            {
                // It names a member that does not apply.
                continue;
            }

            var open = shape & unknown;
            first = (open & ~OftenUnknown) == 0 ? InTable(shape, open, hashes, effect, facts, first) : InShape(shape, effect, facts, first);
        }

        return first == int.MaxValue ? null : _entries[first];
    }

    private int InTable(int shape, int unknown, ReadOnlySpan<uint> hashes, SuspensionEffects effect, in SuspensionFacts facts, int first)
    {
        var hash = Key(shape, unknown, hashes);
        for (var place = _buckets[hash & (uint)(_buckets.Length - 1)]; place > 0; place = _nodes[place - 1].Next)
        {
            ref readonly var node = ref _nodes[place - 1];
            if (node.Hash == hash && node.Entry < first && _entries[node.Entry].Denies(effect, facts))
            {
                first = node.Entry;
            }
        }

        return first;
    }

    private int InShape(int shape, SuspensionEffects effect, in SuspensionFacts facts, int first)
    {
        foreach (var index in _ofShape[shape])
        {
            if (index >= first)
            {
                break;
            }

            if (_entries[index].Denies(effect, facts))
            {
                return index;
            }
        }

        return first;
    }

    /// <summary>An entry whose effects earlier ones with the same key have already is left out: it is never the first.</summary>
    private void Add(List<Node> nodes, int index, int shape, int unknown, ReadOnlySpan<uint> hashes)
    {
        var hash = Key(shape, unknown, hashes);
        ref var head = ref _buckets[hash & (uint)(_buckets.Length - 1)];
        var added = _entries[index];
        var before = SuspensionEffects.None;
        for (var place = head; place > 0; place = nodes[place - 1].Next)
        {
            var node = nodes[place - 1];
            var other = _entries[node.Entry];
            if (node.Hash == hash && other.Spared is null && ShapeOf(other.Scope) == shape && Known(other.Scope, unknown) == Known(added.Scope, unknown))
            {
                before |= other.Effects;
            }
        }

        if ((added.Effects & ~before) != 0)
        {
            nodes.Add(new Node(hash, index, head));
            head = nodes.Count;
        }
    }

    private static SuspensionScope Known(SuspensionScope scope, int unknown) => unknown == 0
        ? scope
        : scope with
        {
            DeviceModel = (unknown & (1 << 2)) == 0 ? scope.DeviceModel : null,
            Firmware = (unknown & (1 << 3)) == 0 ? scope.Firmware : null,
        };

    private static uint Key(int shape, int unknown, ReadOnlySpan<uint> hashes)
    {
        var key = (uint)((shape << Dimensions) | unknown) * 0x9E3779B1u;
        for (var left = shape & ~unknown; left != 0; left &= left - 1)
        {
            key += hashes[BitOperations.TrailingZeroCount(left)];
        }

        key = (key ^ (key >> 16)) * 0x85EBCA6Bu;
        return key ^ (key >> 13);
    }

    private static void Hash(in SuspensionFacts facts, int wanted, Span<uint> hashes, out int applying, out int unknown)
    {
        (applying, unknown) = (0, 0);
        for (var dimension = 0; dimension < Dimensions; dimension++)
        {
            if ((wanted & (1 << dimension)) == 0 || Value(facts, dimension) is not { } value)
            {
                continue;
            }

            applying |= 1 << dimension;
            if (ReferenceEquals(value, SuspensionFacts.Unknown))
            {
                unknown |= 1 << dimension;
            }
            else
            {
                hashes[dimension] = HashOf(value, dimension);
            }
        }
    }

    /// <summary>By dimension: a link and a device of the same name are two things.</summary>
    private static uint HashOf(string value, int dimension) =>
        BitOperations.RotateLeft((uint)value.GetHashCode(StringComparison.Ordinal), dimension * 4) * 0xC2B2AE3Du;

    private static string? Value(in SuspensionFacts facts, int dimension) => dimension switch
    {
        0 => facts.Platform,
        1 => facts.Vendor,
        2 => facts.DeviceModel,
        3 => facts.Firmware,
        4 => facts.Trait,
        5 => facts.AccountLink,
        _ => facts.Device,
    };

    private static SuspensionFacts Values(SuspensionScope scope) =>
        new(scope.Platform, scope.Vendor, scope.DeviceModel, scope.Firmware, scope.Trait, scope.AccountLink, scope.Device);

    private static int ShapeOf(SuspensionScope scope)
    {
        var values = Values(scope);
        var shape = 0;
        for (var dimension = 0; dimension < Dimensions; dimension++)
        {
            shape |= Value(values, dimension) is null ? 0 : 1 << dimension;
        }

        return shape;
    }

    private readonly record struct Node(uint Hash, int Entry, int Next);
}
