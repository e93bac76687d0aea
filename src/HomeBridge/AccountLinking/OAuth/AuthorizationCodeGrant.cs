using System.Data.Common;
using HomeBridge.Hosting;
using HomeBridge.LinkDoctor;
using HomeBridge.Revocations;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>grant_type=authorization_code</c> (RFC 6749 section 4.1.3). A failed redemption burns nothing; a second one ends
/// what the first gave (section 4.1.2).
/// </summary>
internal sealed class AuthorizationCodeGrant(
    BatchWriter writer, AuthorizationCodes codes, AccountLinks links, Tokens tokens, CompanionTokens companion, RevocationLog revocations,
    Steps steps, ILogger<AuthorizationCodeGrant> log)
{
    private const string UsedTwice = "code_used_twice";

    public async Task<IResult> Answer(PlatformClient client, OAuthForm form)
    {
        if (form["code"] is not { } code)
        {
            return TokenAnswer.Error(OAuthError.Missing("code"));
        }

        if (code.Length > Secrets.LengthMax)
        {
            return TokenAnswer.Error(OAuthError.InvalidGrant);
        }

        var (issued, opens, outcome) = await writer.Write(transaction => Redeem(transaction, client, code, form["redirect_uri"], form["code_verifier"]));
        if (outcome == UsedTwice)
        {
            revocations.Announce();
        }

        if (opens is null)
        {
            // Which attempt it was meant for nobody can say: it is one of its own.
            steps.Note(Journeys.NewReference(), LinkingSteps.CodeRedeemed, outcome, client.ClientId);
        }
        else
        {
            steps.NoteOfLink(opens, LinkingSteps.CodeRedeemed, outcome, client.ClientId);
        }

        if (issued is null)
        {
            log.LogInformation("A code of {ClientId} was not usable: {Outcome}", client.ClientId, outcome);
            return TokenAnswer.Error(OAuthError.InvalidGrant);
        }

        return TokenAnswer.Of(issued);
    }

    private (IssuedTokens? Issued, string? Opens, string Outcome) Redeem(
        DbTransaction transaction, PlatformClient client, string code, string? redirectUri, string? verifier)
    {
        if (codes.Find(transaction, code, client.ClientId) is not { } found)
        {
            return (null, null, "code_unknown");
        }

        if (!found.IsFirstUse)
        {
            // Anybody may say the name of a public client: the verifier tells the app from a reader of somebody's history.
            if (!client.IsPublic || Pkce.Fits(found.CodeChallenge, verifier))
            {
                End(transaction, found.Opens, client.ClientId);
            }

            return (null, found.Opens, UsedTwice);
        }

        if ((found.IsExpired ? "code_expired"
            : found.RedirectUri != redirectUri ? "redirect_uri_differs"
            : Pkce.Fits(found.CodeChallenge, verifier) ? null : "verifier_wrong") is { } stop)
        {
            return (null, found.Opens, stop);
        }

        return codes.Use(transaction, code) && Open(transaction, found.Opens, client) is { } issued
            ? (issued, found.Opens, Steps.Ok)
            : (null, found.Opens, "grant_ended");
    }

    private IssuedTokens? Open(DbTransaction transaction, string opens, PlatformClient client)
    {
        if (client.IsPublic)
        {
            return companion.Begin(transaction, opens);
        }

        var link = new AccountLinkId(opens);
        return links.Open(transaction, link) is { } version ? tokens.Issue(transaction, link, client.ClientId, version) : null;
    }

    private void End(DbTransaction transaction, string opens, string clientId)
    {
        const string because = AccountLinks.CodeUsedTwice;
        if (opens.StartsWith(CompanionTokens.SessionPrefix, StringComparison.Ordinal))
        {
            companion.End(transaction, opens, because, clientId);
        }
        else
        {
            links.End(transaction, new AccountLinkId(opens), because, clientId);
        }
    }
}
