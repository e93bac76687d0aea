using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>POST /oauth/revoke</c> (RFC 7009): a refresh token ends its link with everything on it, an access token only
/// itself. Unknown tokens and other clients' tokens answer 200 and change nothing (section 2.2).
/// </summary>
internal sealed class RevokeEndpoint(OAuthDoor door, Tokens tokens, AccountLinks links, CompanionTokens companion, Database database)
{
    public const string Path = "/oauth/revoke";

    public Task<IResult> Answer(HttpContext context) => door.Open(context, Answer);

    private Task<IResult> Answer(PlatformClient client, OAuthForm form)
    {
        if (form["token"] is not { } token)
        {
            return Task.FromResult(TokenAnswer.Error(OAuthError.Missing("token")));
        }

        if (token.Length <= Secrets.LengthMax)
        {
            Revoke(client, token);
        }

        return Task.FromResult(TokenAnswer.Revoked());
    }

    private void Revoke(PlatformClient client, string token)
    {
        if (client.IsPublic)
        {
            database.Write(transaction =>
            {
                companion.Revoke(transaction, token, client.ClientId);
                return true;
            });
        }
        else if (tokens.Find(token, client.ClientId) is { } found)
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
    }
}
