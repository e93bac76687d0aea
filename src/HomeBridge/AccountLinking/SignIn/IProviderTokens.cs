namespace HomeBridge.AccountLinking.SignIn;

/// <summary>What a code was exchanged for.</summary>
/// <param name="IdToken">Who signed in; not checked yet.</param>
/// <param name="AccessToken">For the maker's API.</param>
/// <param name="AccessLifetime">How long that one lives; null when the provider didn't say.</param>
/// <param name="Kept">What renews it, a secret in the form that this client of the provider understands; null when none was given.</param>
internal sealed record ProviderTokens(string IdToken, string AccessToken, TimeSpan? AccessLifetime, string? Kept)
{
    public override string ToString() => nameof(ProviderTokens);
}

/// <summary>What became of a renewal.</summary>
internal abstract record Renewal
{
    private Renewal()
    {
    }

    /// <summary>New tokens; <paramref name="Kept"/> replaces what was kept. <paramref name="IdToken"/> is there if the provider likes.</summary>
    internal sealed record Renewed(string? IdToken, string? AccessToken, TimeSpan? AccessLifetime, string Kept) : Renewal
    {
        public override string ToString() => nameof(Renewed);
    }

    /// <summary>The provider takes the grant back: only the resident can give a new one.</summary>
    internal sealed record Refused : Renewal;

    /// <summary>Not now; nothing is known about the grant.</summary>
    internal sealed record Failed(string Why, TimeSpan? RetryAfter) : Renewal;
}

/// <summary>The provider's token endpoint. What it answers is a stranger's.</summary>
internal interface IProviderTokens
{
    /// <exception cref="CodeNotRedeemedException">The code was not redeemed.</exception>
    Task<ProviderTokens> Redeem(string code, string verifier, string redirectUri, CancellationToken cancel);

    /// <summary>Does not throw: what went wrong is in the answer.</summary>
    Task<Renewal> Renew(string kept, CancellationToken cancel);
}

/// <summary>The provider did not give tokens for a code. The message is for operators and has nothing of the answer but its error code.</summary>
internal sealed class CodeNotRedeemedException(string message, Exception? inner = null) : Exception(message, inner);
