using System.Data.Common;
using HomeBridge.Hosting;
using HomeBridge.Revocations;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>POST /oauth/revoke</c> (RFC 7009): a refresh token ends its link with everything on it, an access token only
/// itself. Unknown tokens and other clients' tokens answer 200 and change nothing (section 2.2).
/// </summary>
internal sealed class RevokeEndpoint(
    OAuthDoor door, BatchWriter writer, AccountLinks links, CompanionTokens companion, RevocationLog revocations)
{
    public const string Path = "/oauth/revoke";

    public Task<IResult> Answer(HttpContext context) => door.Open(context, Answer);

    private async Task<IResult> Answer(PlatformClient client, OAuthForm form)
    {
        if (form["token"] is not { } token)
        {
            return TokenAnswer.Error(OAuthError.Missing("token"));
        }

        if (token.Length <= Secrets.LengthMax && await writer.Write(transaction => Revoke(transaction, client, token)))
        {
            revocations.Announce();
        }

        return TokenAnswer.Revoked();
    }

    /// <summary>True when a link ended with it.</summary>
    private bool Revoke(DbTransaction transaction, PlatformClient client, string token)
    {
        if (client.IsPublic)
        {
            companion.Revoke(transaction, token, client.ClientId);
            return false;
        }

        if (Tokens.Find(transaction, token, client.ClientId) is not { } found)
        {
            return false;
        }

        if (!found.IsRefresh)
        {
            Tokens.DeleteAccessToken(transaction, token);
            return false;
        }

        links.End(transaction, found.Link, AccountLinks.RevokedByPlatform, client.ClientId);
        return true;
    }
}
