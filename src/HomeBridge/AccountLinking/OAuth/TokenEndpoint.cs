using HomeBridge.LinkDoctor;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>POST /oauth/token</c> (RFC 6749 section 3.2): who asks, and for which grant. The client is checked before the code is
/// touched, so that a failed login burns nothing.
/// </summary>
internal sealed class TokenEndpoint(
    OAuthDoor door, AuthorizationCodes codes, AuthorizationCodeGrant exchange, RefreshTokenGrant refresh, RotatingRefreshTokenGrant rotation, OAuthInstruments instruments, Steps steps)
{
    public const string Path = "/oauth/token";

    public async Task<IResult> Answer(HttpContext context)
    {
        var (client, grantType) = ("unknown", "other");
        var answer = await door.Open(
            context,
            (asking, form) =>
            {
                client = asking.ClientId;
                grantType = form["grant_type"] is "authorization_code" or "refresh_token" ? form["grant_type"]! : grantType;
                return Answer(asking, form);
            },
            NoteRefusal);
        instruments.Requested(client, grantType, answer is TokenAnswer { ErrorCode: var error } ? error : "");
        return answer;
    }

    private Task<IResult> Answer(PlatformClient client, OAuthForm form) => form["grant_type"] switch
    {
        "authorization_code" => exchange.Answer(client, form),
        "refresh_token" => client.IsPublic ? rotation.Answer(client, form) : refresh.Answer(client, form),
        null => Task.FromResult(TokenAnswer.Error(OAuthError.Missing("grant_type"))),
        _ => Task.FromResult(TokenAnswer.Error(OAuthError.UnsupportedGrantType)),
    };

    /// <summary>A wrong secret is the mistake that operators look for: it is told in the attempt whose code came along.</summary>
    private void NoteRefusal(OAuthForm form)
    {
        if (form["code"] is { Length: <= Secrets.LengthMax } code && codes.Opens(code) is { } link)
        {
            steps.NoteOfLink(link, LinkingSteps.CodeRedeemed, "client_refused");
        }
    }
}
