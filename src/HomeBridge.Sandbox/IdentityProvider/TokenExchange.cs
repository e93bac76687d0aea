using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>
/// The token endpoint: a code, used once by the client that it was made for, becomes an id_token; a refresh token another.
/// </summary>
internal static class TokenExchange
{
    public static async Task<IResult> AnswerAsync(
        HttpContext http, SandboxCloudOptions options, AuthorizationCodes codes, RefreshTokens refreshTokens, SigningKey key,
        CloudAddress address, TimeProvider time)
    {
        if (!http.Request.HasFormContentType)
            return Refused("invalid_request");
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (form.Any(field => field.Value.Count != 1))
            return Refused("invalid_request");
        if (!IsClient(http.Request, form, options.Client))
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"acme\"";
            return Refused("invalid_client", StatusCodes.Status401Unauthorized);
        }

        return form["grant_type"].ToString() switch
        {
            "authorization_code" => codes.Take(form["code"].ToString()) is { } grant
                && form["redirect_uri"] == grant.Request.RedirectUri
                && Proves(form["code_verifier"].ToString(), grant.Request.CodeChallenge)
                    ? Granted(grant.Account, grant.Request.Scope, grant.Request.Nonce)
                    : Refused("invalid_grant"),
            "refresh_token" => refreshTokens.Find(form["refresh_token"].ToString()) is var (account, scope)
                ? Granted(account, scope, null)
                : Refused("invalid_grant"),
            _ => Refused("unsupported_grant_type"),
        };

        IResult Granted(ResidentAccount account, string scope, string? nonce)
        {
            var answer = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["id_token"] = key.IdToken(address.Issuer, options.Client.Id, account, scope, nonce, time.GetUtcNow()),
                // OpenID Connect wants one; nothing here takes it.
                ["access_token"] = Secrets.New(),
                ["token_type"] = "Bearer",
                ["expires_in"] = 300,
                ["scope"] = scope,
            };
            if (scope.Split(' ').Contains("offline_access", StringComparer.Ordinal))
                answer["refresh_token"] = refreshTokens.Give(account.Name, scope);
            return Results.Json(answer);
        }
    }

    private static IResult Refused(string error, int status = StatusCodes.Status400BadRequest) =>
        Results.Json(new { error }, statusCode: status);

    /// <summary>RFC 6749 section 2.3: one method of authentication in a request, not two.</summary>
    private static bool IsClient(HttpRequest request, IFormCollection form, IdentityProviderClient client)
    {
        if (request.Headers.Authorization.Count == 0)
            return form["client_id"] == client.Id && Secrets.Same(form["client_secret"], client.Secret);
        const string Scheme = "Basic ";
        if (request.Headers.Authorization is not [{ } header]
            || form.ContainsKey("client_secret")
            || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..], bytes, out var length))
            return false;
        var pair = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return pair.Length == 2
            && Uri.UnescapeDataString(pair[0].Replace('+', ' ')) == client.Id
            && Secrets.Same(Uri.UnescapeDataString(pair[1].Replace('+', ' ')), client.Secret);
    }

    private static bool Proves(string verifier, string challenge) => verifier.Length is >= 43 and <= 128
        && Secrets.Same(
            Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))), challenge);
}
