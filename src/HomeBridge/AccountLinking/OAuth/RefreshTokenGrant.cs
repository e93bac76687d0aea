using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>grant_type=refresh_token</c> of platforms (RFC 6749 section 6). Static: RFC 9700 section 4.14 asks rotation of public
/// clients only, platforms refresh from several machines at once, and a lost answer must not unlink a home. Refreshes that
/// come at once share a commit.
/// </summary>
internal sealed class RefreshTokenGrant(BatchWriter writer, Tokens tokens, OAuthLimits limits, ILogger<RefreshTokenGrant> log)
{
    public async Task<IResult> Answer(PlatformClient client, OAuthForm form)
    {
        if (form["refresh_token"] is not { } refreshToken)
        {
            return TokenAnswer.Error(OAuthError.Missing("refresh_token"));
        }

        if (!AuthorizationRequest.IsScope(form["scope"]))
        {
            return TokenAnswer.Error(OAuthError.InvalidScope);
        }

        if (refreshToken.Length > Secrets.LengthMax || tokens.FindRefresh(refreshToken, client.ClientId) is not { } found)
        {
            log.LogInformation("A refresh token of {ClientId} was not usable", client.ClientId);
            return TokenAnswer.Error(OAuthError.InvalidGrant);
        }

        if (limits.Refreshed(found.Link) is { } wait)
        {
            return TokenAnswer.Error(OAuthError.Overloaded, retryAfter: wait);
        }

        // Ended between the look and the write: its version is another one, and nothing was written.
        return await writer.Write(transaction => tokens.Renew(transaction, found, client.ClientId)) is { } issued
            ? TokenAnswer.Of(issued)
            : TokenAnswer.Error(OAuthError.InvalidGrant);
    }
}
