using System.Globalization;
using HomeBridge.Simulation.Clock;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Tests.Suspensions;

/// <summary>Suspensions of every shape, and things to ask about, from seeded dice.</summary>
public sealed class MixedSuspensions(ulong seed, int values)
{
    private readonly Dice _dice = new(seed);

    /// <summary>Values of one member: few, so that scopes and facts meet; the last one is not in any scope.</summary>
    private string Value(string member) => string.Create(CultureInfo.InvariantCulture, $"{member}_{_dice.Below(values):00000}_0123456789abcdef01234567");

    public SuspensionScope Scope(int shape)
    {
        string? Member(int place, string name) => (shape & (1 << place)) == 0 ? null : Value(name);
        return new SuspensionScope(
            Member(0, "platform"), Member(1, "vendor"), Member(2, "model"), Member(3, "firmware"), Member(4, "trait"), Member(5, "lnk"), Member(6, "dev"));
    }

    public SuspensionScope Scope() => Scope(_dice.Below(128));

    public SuspensionInForce Entry(int number, int spareEvery = 4)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"sus_{number}");
        var effects = (SuspensionEffects)(1 + _dice.Below((int)SuspensionEffects.All));
        return new SuspensionInForce(id, Scope(), effects, spareEvery > 0 && _dice.Below(spareEvery) == 0 ? Spared(id) : null);
    }

    private SparedPart Spared(string id) => new(
        [.. Enumerable.Range(0, _dice.Below(3)).Select(_ => Value("lnk"))], [.. Enumerable.Range(0, _dice.Below(3)).Select(_ => Value("dev"))], _dice.Below(101), id);

    public SuspensionSnapshot Snapshot(int count, int spareEvery = 4) => new(1, [.. Enumerable.Range(0, count).Select(number => Entry(number, spareEvery))]);

    /// <summary>Each fact is known, unknown, or does not apply.</summary>
    public SuspensionFacts Facts()
    {
        string? Fact(string name) => _dice.Below(10) switch
        {
            0 => null,
            1 or 2 => SuspensionFacts.Unknown,
            _ => Value(name),
        };
        return new SuspensionFacts(Fact("platform"), Fact("vendor"), Fact("model"), Fact("firmware"), Fact("trait"), Fact("lnk"), Fact("dev"));
    }

    /// <summary>As a gateway asks: all known, but what makers leave out.</summary>
    public SuspensionFacts Known(bool withModel) => new(
        Value("platform"), Value("vendor"), withModel ? Value("model") : SuspensionFacts.Unknown, withModel ? Value("firmware") : SuspensionFacts.Unknown,
        Value("trait"), Value("lnk"), Value("dev"));

    public SuspensionEffects Effect() => (SuspensionEffects)(1 << _dice.Below(4));
}
