namespace HomeBridge.Streaming.Suspensions;

/// <summary>One suspension in force.</summary>
/// <param name="Id">Its id in the ops API.</param>
/// <param name="Scope">What it applies to.</param>
/// <param name="Effects">What it does.</param>
/// <param name="Spared">What of the scope goes on again already; null while all of it is stopped.</param>
public sealed record SuspensionInForce(string Id, SuspensionScope Scope, SuspensionEffects Effects, SparedPart? Spared = null)
{
    /// <summary>Whether it stops something with these facts.</summary>
    public bool Covers(in SuspensionFacts facts) => Scope.Covers(facts) && Spared?.Includes(facts) is not true;

    /// <summary>Whether it denies this effect, or one of these, to something with these facts.</summary>
    public bool Denies(SuspensionEffects effect, in SuspensionFacts facts) => (Effects & effect) != 0 && Covers(facts);
}
