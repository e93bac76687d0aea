namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// The catalogue of OAuth errors: a code, one sentence for the caller, and the status where it is answered with one.
/// A sentence never says which of several reasons it was where that would help somebody to guess; reasons go to the log.
/// </summary>
/// <param name="Code">RFC 6749 sections 4.1.2.1 and 5.2.</param>
/// <param name="Description">ASCII without quotes and backslashes (section 5.2).</param>
/// <param name="Status">At the token and revocation endpoints.</param>
internal sealed record OAuthError(string Code, string Description, int Status = StatusCodes.Status400BadRequest)
{
    public static readonly OAuthError AccessDenied = new("access_denied", "The resident did not agree.");
    public static readonly OAuthError InvalidScope = new("invalid_scope", "The only scope is devices.");
    public static readonly OAuthError UnsupportedResponseType = new("unsupported_response_type", "The only response_type is code.");
    public static readonly OAuthError TemporarilyUnavailable = new("temporarily_unavailable", "Linking is paused. Try again later.");
    public static readonly OAuthError PkceMalformed = new(
        InvalidRequestCode, "PKCE needs code_challenge_method S256 and a code_challenge of 43 to 128 characters.");
    public static readonly OAuthError PkceWithoutChallenge = new(InvalidRequestCode, "There is a code_challenge_method but no code_challenge.");
    public static readonly OAuthError PkceNeeded = new(InvalidRequestCode, "This client must send a code_challenge (PKCE with S256).");

    public static readonly OAuthError InvalidClient = new(
        "invalid_client", "The client is unknown or its authentication is wrong.", StatusCodes.Status401Unauthorized);
    public static readonly OAuthError InvalidGrant = new("invalid_grant", "The code or refresh token is not usable.");
    public static readonly OAuthError UnsupportedGrantType = new("unsupported_grant_type", "Use authorization_code or refresh_token.");
    public static readonly OAuthError FormNeeded = new(
        InvalidRequestCode, "The body must be form encoded: application/x-www-form-urlencoded.");
    public static readonly OAuthError AuthenticatedTwice = new(
        InvalidRequestCode, "The client authenticated twice: use the form or Basic, not both.");
    public static readonly OAuthError SecretInUrl = new(
        InvalidRequestCode, "Parameters belong into the body. What was in the URL may be in logs by now: replace it.");
    public static readonly OAuthError RepeatedParameter = new(InvalidRequestCode, "A parameter is there twice.");

    /// <summary>Never invalid_grant: a platform takes that for an unlink.</summary>
    public static readonly OAuthError Overloaded = new(
        "temporarily_unavailable", "Too much at once. Try again in a moment.", StatusCodes.Status503ServiceUnavailable);
    public static readonly OAuthError TooManyFailures = new(
        "temporarily_unavailable", "Too many failures from this address. Try again later.", StatusCodes.Status429TooManyRequests);

    private const string InvalidRequestCode = "invalid_request";

    /// <param name="name">One of ours, never text that a caller sent.</param>
    public static OAuthError Missing(string name) => new(InvalidRequestCode, $"The parameter {name} is missing.");

    /// <param name="name">One of ours, never text that a caller sent.</param>
    public static OAuthError Repeated(string name) => new(InvalidRequestCode, $"The parameter {name} is there twice.");
}
