using System.Text.RegularExpressions;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>An authorization request that was checked (OpenID Connect Core 3.1.2.1, RFC 7636).</summary>
internal sealed partial record AuthorizeRequest(
    string ClientId, string RedirectUri, string State, string? Nonce, string CodeChallenge, string Scope)
{
    /// <summary>Bounds what the page has to carry through the form.</summary>
    private const int LongestValue = 2048;

    /// <summary>
    /// Reads a request. Null and no <paramref name="error"/> means that it must not even be redirected: who
    /// asks or where to answer is not known.
    /// </summary>
    public static AuthorizeRequest? Read(
        IQueryCollection query, IdentityProviderClient client, out string? redirectUri, out string? error)
    {
        error = null;
        redirectUri = One(query, "redirect_uri");
        if (One(query, "client_id") != client.Id
            || !client.RedirectUris.Contains(redirectUri, StringComparer.Ordinal))
        {
            redirectUri = null;
            return null;
        }

        var (state, nonce) = (One(query, "state"), One(query, "nonce"));
        var challenge = One(query, "code_challenge");
        var scopes = (One(query, "scope") ?? "").Split(' ').Intersect(ProviderMetadata.Scopes, StringComparer.Ordinal).ToList();
        error = query switch
        {
            _ when query.Any(member => member.Value is not [{ Length: <= LongestValue }]) =>
                "invalid_request",
            _ when One(query, "response_type") != "code" => "unsupported_response_type",
            _ when !scopes.Contains("openid") => "invalid_scope",
            _ when string.IsNullOrEmpty(state) => "invalid_request",
            _ when One(query, "code_challenge_method") != "S256" => "invalid_request",
            _ when challenge is null || !Challenge().IsMatch(challenge) => "invalid_request",
            _ when One(query, "prompt") == "none" => "login_required",
            _ => null,
        };
        return error is null ? new(client.Id, redirectUri!, state!, nonce, challenge!, string.Join(' ', scopes)) : null;
    }

    private static string? One(IQueryCollection query, string name) =>
        query[name] is [{ } value] ? value : null;

    // A SHA-256 in base64url without padding.
    [GeneratedRegex(@"\A[A-Za-z0-9_-]{43}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Challenge();
}
