using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

/// <summary>
/// Something in a device's description that doesn't fit the catalogue. Fatal: the platform would refuse the device, so it
/// isn't announced. Otherwise it is announced without what is wrong, and the maker should look at it.
/// </summary>
internal sealed record TraitProblem(string? Trait, string Member, Fault Fault, bool Fatal)
{
    public override string ToString() => $"{(Trait is null || Trait == Member ? "" : Trait + " ")}{Member}: {Fault}".TrimStart();
}

internal sealed partial class TraitCatalogue
{
    /// <summary>SYNC: what is wrong with a device as its maker describes it. Empty for a good one.</summary>
    public IReadOnlyList<TraitProblem> Review(string type, ReadOnlySpan<string> traits, JsonMap attributes)
    {
        List<TraitProblem>? problems = null;
        void Note(string? trait, string member, Fault fault, bool fatal) => (problems ??= []).Add(new TraitProblem(trait, member, fault, fatal));

        var announced = 0;
        var known = 0;
        for (var index = 0; index < traits.Length; index++)
        {
            var name = traits[index];
            if (traits[..index].Contains(name))
            {
                Note(name, name, Fault.WrongForm, fatal: false);
                continue;
            }

            if (Find(name) is not { } trait)
            {
                Note(name, name, Fault.UnknownTrait, fatal: false);
                continue;
            }

            if (trait.ReplacedBy is not null)
            {
                Note(name, trait.ReplacedBy, Fault.DeprecatedTrait, fatal: false);
                continue;
            }

            announced++;
            foreach (var attribute in trait.Attributes)
            {
                if (attributes.TryGetValue(attribute.Name, out var value))
                {
                    known++;
                    if (attribute.CheckPresent(value, attributes, attributes) is { } wrong)
                    {
                        Note(name, wrong.Member, wrong.Fault, fatal: true);
                    }
                    else if (TraitRules.Attribute(trait, attribute.Name, value) is { } odd)
                    {
                        Note(name, odd.Member, odd.Fault, fatal: false);
                    }
                }
                else if (attribute.IsRequired(attributes))
                {
                    Note(name, attribute.Name, Fault.Missing, fatal: true);
                }
            }

            if (trait.AttributeSets is { } sets && !sets.Fits(attributes, attributes))
            {
                Note(name, name, Fault.WrongForm, fatal: true);
            }
        }

        if (announced == 0)
        {
            Note(null, "traits", Fault.NoTraits, fatal: true);
        }

        if (Type(type) is { } kind)
        {
            foreach (var needed in kind.Requires)
            {
                if (!traits.Contains(needed))
                {
                    Note(needed, type, Fault.TypeNeedsTrait, fatal: false);
                }
            }
        }
        else
        {
            Note(null, type, Fault.UnknownType, fatal: true);
        }

        if (known < attributes.Count)
        {
            foreach (var name in attributes.Keys)
            {
                if (!IsAttributeOf(traits, name))
                {
                    Note(null, name, Fault.NotDeclared, fatal: false);
                }
            }
        }

        return problems ?? (IReadOnlyList<TraitProblem>)[];
    }

    private bool IsAttributeOf(ReadOnlySpan<string> traits, string name)
    {
        foreach (var trait in traits)
        {
            if (Find(trait) is { } known && Array.Exists(known.Attributes, attribute => attribute.Name == name))
            {
                return true;
            }
        }

        return false;
    }
}
