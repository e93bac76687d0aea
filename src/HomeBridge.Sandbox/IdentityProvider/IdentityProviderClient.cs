namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>The one confidential client: the bridge.</summary>
/// <param name="Id">Its <c>client_id</c>.</param>
/// <param name="Secret">Its <c>client_secret</c>.</param>
/// <param name="RedirectUris">Compared as text, whole, as RFC 9700 section 2.1 demands.</param>
public sealed record IdentityProviderClient(string Id, string Secret, IReadOnlyList<string> RedirectUris)
{
    /// <summary>A record prints its members; a secret is not to be printed.</summary>
    public override string ToString() => Id;
}
