using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>grant_type=refresh_token</c> of public clients: each use gives a new refresh token (RFC 9700 section 4.14.2), and within
/// the grace the same one again.
/// </summary>
internal sealed class RotatingRefreshTokenGrant(
    BatchWriter writer, CompanionTokens tokens, OAuthInstruments instruments, ILogger<RotatingRefreshTokenGrant> log)
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

        if (refreshToken.Length > Secrets.LengthMax || !tokens.IsRefresh(refreshToken))
        {
            return TokenAnswer.Error(OAuthError.InvalidGrant);
        }

        var (issued, isReuse) = await writer.Write(transaction => tokens.Rotate(transaction, refreshToken, client.ClientId));
        if (isReuse)
        {
            instruments.Reused();
            log.LogWarning("A refresh token of {ClientId} came back after it was replaced: its session was ended", client.ClientId);
        }

        return issued is null ? TokenAnswer.Error(OAuthError.InvalidGrant) : TokenAnswer.Of(issued);
    }
}
