namespace HomeBridge.Sandbox.Display;

/// <summary>The two tokens of one link (RFC 6749 section 5.1).</summary>
internal sealed record LinkTokens(string AccessToken, string RefreshToken)
{
    public override string ToString() => nameof(LinkTokens);
}

/// <summary>One account link of one browser session, and its tokens. They never leave this server.</summary>
/// <param name="id">The page's name for this link; it opens nothing without the session's cookie.</param>
/// <param name="tokens">As the bridge issued them.</param>
internal sealed class LinkedHome(string id, LinkTokens tokens)
{
    private readonly Lock _gate = new();
    private LinkTokens _tokens = tokens;
    private Task<TokenOutcome>? _renewal;

    public string Id { get; } = id;

    public LinkTokens Tokens
    {
        get
        {
            lock (_gate)
            {
                return _tokens;
            }
        }
    }

    /// <summary>
    /// Tokens in place of those that the bridge refused. Requests that were refused together share one renewal.
    /// </summary>
    public async Task<TokenOutcome> Renew(LinkTokens refused, BridgeTokens bridge)
    {
        Task<TokenOutcome> renewal;
        lock (_gate)
        {
            if (_tokens != refused)
            {
                return new TokenOutcome.Issued(_tokens);
            }

            renewal = _renewal ??= bridge.Refresh(refused.RefreshToken);
        }

        var outcome = await renewal;
        lock (_gate)
        {
            if (_renewal == renewal)
            {
                _renewal = null;
                _tokens = outcome is TokenOutcome.Issued issued ? issued.Tokens : _tokens;
            }
        }

        return outcome;
    }
}
