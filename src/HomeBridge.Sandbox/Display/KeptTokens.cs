namespace HomeBridge.Sandbox.Display;

/// <summary>The two tokens of one grant (RFC 6749 section 5.1).</summary>
internal sealed record GrantTokens(string AccessToken, string RefreshToken)
{
    public override string ToString() => nameof(GrantTokens);
}

/// <summary>Tokens as they stand. They never leave this server.</summary>
/// <param name="tokens">As the bridge issued them.</param>
internal class KeptTokens(GrantTokens tokens)
{
    private readonly Lock _gate = new();
    private GrantTokens _tokens = tokens;
    private Task<TokenOutcome>? _renewal;

    public GrantTokens Tokens
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
    public async Task<TokenOutcome> Renew(GrantTokens refused, BridgeTokens bridge)
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
