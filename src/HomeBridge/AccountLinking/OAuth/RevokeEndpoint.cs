namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>POST /oauth/revoke</c> (RFC 7009): a refresh token ends its link with everything on it, an access token only
/// itself. Unknown tokens and other clients' tokens answer 200 and change nothing (section 2.2).
/// </summary>
internal sealed class RevokeEndpoint(ClientAuthentication clients, Tokens tokens, AccountLinks links)
{
    public const string Path = "/oauth/revoke";

    public async Task<IResult> Answer(HttpRequest request)
    {
        if (await OAuthForm.Read(request) is not { } form)
        {
            return TokenAnswer.Error(OAuthError.FormNeeded);
        }

        var (client, refused) = clients.Authenticate(request, form);
        if (client is null)
        {
            return refused!;
        }

        if (ClientAuthentication.Single(form, "token") is not { } token)
        {
            return TokenAnswer.Error(OAuthError.InvalidRequest("The parameter token is missing."));
        }

        if (token.Length <= Secrets.LengthMax && tokens.Find(token, client.ClientId) is { } found)
        {
            if (found.IsRefresh)
            {
                links.End(found.Link, AccountLinks.RevokedByPlatform, client.ClientId);
            }
            else
            {
                tokens.DeleteAccessToken(token);
            }
        }

        return Results.Ok();
    }
}
