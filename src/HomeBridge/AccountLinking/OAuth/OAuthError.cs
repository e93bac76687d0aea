namespace HomeBridge.AccountLinking.OAuth;

/// <summary>An OAuth error as the wire has it: a code, and one sentence for the caller. Reasons go to the log.</summary>
/// <param name="Code">RFC 6749 sections 4.1.2.1 and 5.2.</param>
/// <param name="Description">ASCII without quotes and backslashes (section 5.2).</param>
internal sealed record OAuthError(string Code, string Description)
{
    public static readonly OAuthError AccessDenied = new("access_denied", "The resident did not agree.");
    public static readonly OAuthError InvalidScope = new("invalid_scope", "The only scope is devices.");
    public static readonly OAuthError UnsupportedResponseType = new("unsupported_response_type", "The only response_type is code.");
    public static readonly OAuthError InvalidClient = new("invalid_client", "The client is unknown or its secret is wrong.");
    public static readonly OAuthError InvalidGrant = new("invalid_grant", "The code or refresh token is not usable.");
    public static readonly OAuthError UnsupportedGrantType = new("unsupported_grant_type", "Use authorization_code or refresh_token.");
    public static readonly OAuthError TemporarilyUnavailable = new("temporarily_unavailable", "Linking is paused. Try again later.");
    public static readonly OAuthError FormNeeded = new(
        "invalid_request", "The body must be form encoded: application/x-www-form-urlencoded.");

    public static OAuthError InvalidRequest(string description) => new("invalid_request", description);
}
