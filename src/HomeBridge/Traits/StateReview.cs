using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

/// <summary>A state that isn't as the catalogue wants it. What isn't dropped is missing, and the rest is shown without it.</summary>
internal sealed record StateProblem(string? Trait, string Member, Fault Fault, bool Dropped)
{
    public override string ToString() => $"{(Trait is null ? "" : Trait + " ")}{Member}: {Fault}{(Dropped ? ", dropped" : "")}";
}

/// <summary>
/// The states that platforms may see, and what was wrong with the rest. The states are the given object itself when
/// nothing had to be left out.
/// </summary>
internal sealed record StateReview(JsonMap States, IReadOnlyList<StateProblem> Problems)
{
    /// <summary>They say how a device answers, not how it is.</summary>
    public static bool IsEnvelope(string name) => name is "online" or "status" or "errorCode" or "exceptionCode";
}

/// <summary>States on their way out, and what is found on the way.</summary>
internal sealed class StatesUnderReview(JsonMap given)
{
    private List<StateProblem>? _problems;
    private HashSet<string>? _dropped;

    public JsonMap Given => given;

    public bool Has(string state) => given.ContainsKey(state) && _dropped?.Contains(state) is not true;

    public bool HasAll(string[] states)
    {
        foreach (var state in states)
        {
            if (!Has(state))
            {
                return false;
            }
        }

        return true;
    }

    public void Miss(string? trait, string member) => (_problems ??= []).Add(new StateProblem(trait, member, Fault.Missing, Dropped: false));

    /// <summary>A state is dropped whole, whatever of it is wrong.</summary>
    public void Drop(string? trait, string state, string member, Fault fault)
    {
        (_dropped ??= new HashSet<string>(StringComparer.Ordinal)).Add(state);
        (_problems ??= []).Add(new StateProblem(trait, member, fault, Dropped: true));
    }

    /// <summary>What of these is there doesn't go with the rest.</summary>
    public void DropAll(string trait, string[] states)
    {
        foreach (var state in states)
        {
            if (Has(state))
            {
                Drop(trait, state, state, Fault.WrongForm);
            }
        }
    }

    public StateReview Done(bool hasEnvelope)
    {
        if (_dropped is null && !hasEnvelope)
        {
            return new StateReview(given, _problems ?? (IReadOnlyList<StateProblem>)[]);
        }

        var states = new JsonMap();
        foreach (var (name, value) in given)
        {
            if (!StateReview.IsEnvelope(name) && Has(name))
            {
                states[name] = value;
            }
        }

        return new StateReview(states, _problems ?? (IReadOnlyList<StateProblem>)[]);
    }
}

internal sealed partial class TraitCatalogue
{
    /// <summary>
    /// QUERY, reports, and what EXECUTE answers: the states that belong to the device's traits and are as they should be.
    /// The answer to a command may also hold that command's results. Without attributes only the vocabulary is checked.
    /// </summary>
    public StateReview CheckStates(ReadOnlySpan<string> traits, JsonMap attributes, JsonMap states, TraitCommand? answered = null)
    {
        var device = attributes.Count == 0 ? null : attributes;
        var review = new StatesUnderReview(states);
        var known = 0;
        for (var index = 0; index < traits.Length; index++)
        {
            if (Find(traits[index]) is { } trait && !traits[..index].Contains(trait.Name))
            {
                known += CheckTrait(trait, device, review);
            }
        }

        if (answered is not null)
        {
            known += CheckMembers(answered.Trait.Name, answered.Results, device, review, mayMiss: false);
            if (answered.ResultSets is { } sets && !sets.Fits(states, device))
            {
                review.Miss(answered.Trait.Name, answered.Name);
            }
        }

        var hasEnvelope = false;
        if (known < states.Count)
        {
            foreach (var name in states.Keys)
            {
                if (StateReview.IsEnvelope(name))
                {
                    hasEnvelope = true;
                }
                else if (!(TraitOfState(name) is { } owner && traits.Contains(owner.Name)) && !IsResult(answered, name))
                {
                    review.Drop(TraitOfState(name)?.Name, name, name, Fault.NotDeclared);
                }
            }
        }

        return review.Done(hasEnvelope);
    }

    private static bool IsResult(TraitCommand? answered, string name) =>
        answered is not null && Array.Exists(answered.Results, result => result.Name == name);

    private static int CheckTrait(Trait trait, JsonMap? device, StatesUnderReview review)
    {
        var mayMiss = trait.IsCommandOnly(device);
        var known = CheckMembers(trait.Name, trait.States, device, review, mayMiss);
        if (known > 0)
        {
            TraitRules.States(trait, device, review);
        }

        if (trait.StateSets is not { } sets)
        {
            return known;
        }

        foreach (var form in sets.Forms)
        {
            if (review.HasAll(form.Required) && (form.Needs is null || device is null || form.Needs.Holds(device)))
            {
                if (sets.Exclusive)
                {
                    review.DropAll(trait.Name, form.Excluded);
                }

                return known;
            }
        }

        if (!mayMiss)
        {
            review.Miss(trait.Name, trait.Name);
        }

        return known;
    }

    private static int CheckMembers(string trait, Schema[] members, JsonMap? device, StatesUnderReview review, bool mayMiss)
    {
        var known = 0;
        foreach (var member in members)
        {
            if (review.Given.TryGetValue(member.Name, out var value))
            {
                known++;
                if (member.CheckPresent(value, review.Given, device) is { } wrong)
                {
                    review.Drop(trait, member.Name, wrong.Member, wrong.Fault);
                }
            }
            else if (!mayMiss && member.IsRequired(device))
            {
                review.Miss(trait, member.Name);
            }
        }

        return known;
    }
}
