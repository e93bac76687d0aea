using HomeBridge.Hosting;
using HomeBridge.LinkDoctor;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// <c>POST /oauth/token</c> (RFC 6749 section 3.2): code exchange and refresh. The client is checked before the code is
/// touched, so that a failed login burns nothing.
/// </summary>
internal sealed class TokenEndpoint(
    ClientAuthentication clients, AuthorizationCodes codes, Tokens tokens, Steps steps, ILogger<TokenEndpoint> log)
{
    public const string Path = "/oauth/token";

    public async Task<IResult> Answer(HttpRequest request)
    {
        if (await OAuthForm.Read(request) is not { } form)
        {
            return TokenAnswer.Error(OAuthError.FormNeeded);
        }

        if (form.FirstOrDefault(field => field.Value.Count > 1) is { Key: { } twice })
        {
            return TokenAnswer.Error(OAuthError.InvalidRequest(twice.All(char.IsAsciiLetterOrDigit) ? $"The parameter {twice} is there twice." : "A parameter is there twice."));
        }

        var (client, refused) = clients.Authenticate(request, form);
        if (client is null)
        {
            log.LogWarning("A client could not be authenticated at the token endpoint");
            if (ClientAuthentication.Single(form, "code") is { Length: <= Secrets.LengthMax } code && codes.LinkOf(code) is { } link)
            {
                steps.NoteOfLink(link, LinkingSteps.CodeRedeemed, "client_refused");
            }

            return refused!;
        }

        return ClientAuthentication.Single(form, "grant_type") switch
        {
            "authorization_code" => Exchange(client, form),
            "refresh_token" => Refresh(client, form),
            null => TokenAnswer.Error(OAuthError.InvalidRequest("The parameter grant_type is missing.")),
            _ => TokenAnswer.Error(OAuthError.UnsupportedGrantType),
        };
    }

    private IResult Exchange(PlatformClient client, IFormCollection form)
    {
        if (ClientAuthentication.Single(form, "code") is not { } code)
        {
            return TokenAnswer.Error(OAuthError.InvalidRequest("The parameter code is missing."));
        }

        var issued = code.Length > Secrets.LengthMax
            ? null
            : codes.Redeem(code, client.ClientId, ClientAuthentication.Single(form, "redirect_uri"), ClientAuthentication.Single(form, "code_verifier"));
        if (issued is null)
        {
            log.LogInformation("A code of {ClientId} was not usable", client.ClientId);
            return TokenAnswer.Error(OAuthError.InvalidGrant);
        }

        return TokenAnswer.Of(issued);
    }

    private IResult Refresh(PlatformClient client, IFormCollection form)
    {
        if (ClientAuthentication.Single(form, "refresh_token") is not { } refreshToken)
        {
            return TokenAnswer.Error(OAuthError.InvalidRequest("The parameter refresh_token is missing."));
        }

        var issued = refreshToken.Length > Secrets.LengthMax ? null : tokens.Renew(refreshToken, client.ClientId);
        if (issued is null)
        {
            log.LogInformation("A refresh token of {ClientId} was not usable", client.ClientId);
            return TokenAnswer.Error(OAuthError.InvalidGrant);
        }

        return TokenAnswer.Of(issued);
    }
}

/// <summary>Bodies of the OAuth endpoints: form encoded and small.</summary>
internal static class OAuthForm
{
    /// <summary>Null when the body is not a form, or not a readable one.</summary>
    public static async Task<IFormCollection?> Read(HttpRequest request)
    {
        if (request.ContentType is not { } type
            || !type.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return await Forms.Read(request);
    }
}
