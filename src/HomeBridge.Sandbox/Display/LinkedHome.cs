namespace HomeBridge.Sandbox.Display;

/// <summary>One account link of one browser session, and its tokens.</summary>
/// <param name="id">The page's name for this link; it opens nothing without the session's cookie.</param>
/// <param name="tokens">As the bridge issued them.</param>
internal sealed class LinkedHome(string id, GrantTokens tokens) : KeptTokens(tokens)
{
    public string Id { get; } = id;
}
