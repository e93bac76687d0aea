using System.Text.Json.Serialization;
using HomeBridge.AccountLinking.SignIn;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>A checked authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3).</summary>
/// <param name="ClientId">A client of ours.</param>
/// <param name="RedirectUri">One of its redirect URIs, exactly.</param>
/// <param name="State">Byte for byte what the platform sent.</param>
/// <param name="CodeChallenge">S256; null without PKCE.</param>
internal sealed record AuthorizationRequest(string ClientId, string RedirectUri, string? State, string? CodeChallenge)
{
    /// <summary>What this linking attempt is called when people speak of it; it opens nothing.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Whether the client wants the maker to ask for the password anew (OpenID Connect Core 1.0 section 3.1.2.1).</summary>
    public bool PromptsLogin { get; init; }

    /// <summary>When the resident pressed Continue.</summary>
    public DateTimeOffset Begun { get; init; }

    /// <summary>Where a form of ours may end up: an app on a device has a port of its own.</summary>
    [JsonIgnore]
    public string RedirectOrigin => new Uri(RedirectUri).GetLeftPart(UriPartial.Authority);

    /// <summary>The one scope; none sent means it.</summary>
    public const string Scope = "devices";

    /// <summary>Characters of a state. Platforms send several hundred.</summary>
    public const int StateLengthMax = 4096;

    /// <summary>
    /// What a request came to. Without a client and redirect URI that belong together there is nowhere safe to send the
    /// browser (section 4.1.2.1), so <see cref="Problem"/> is for a page of ours.
    /// </summary>
    internal abstract record Reading
    {
        private Reading()
        {
        }

        public sealed record Good(AuthorizationRequest Request, PlatformClient Client) : Reading;

        public sealed record Refused(AuthorizationRequest Request, OAuthError Error) : Reading;

        public sealed record Problem(string Stop, string? Detail = null) : Reading;
    }

    public static Reading Read(IEnumerable<KeyValuePair<string, StringValues>> parameters, IReadOnlyDictionary<string, PlatformClient> clients)
    {
        var values = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            values[name] = StringValues.Concat(values.GetValueOrDefault(name), value);
        }

        // Empty is absent (section 3.1).
        string? Of(string name) => values.TryGetValue(name, out var value) && value is [{ Length: > 0 } text] ? text : null;
        bool Repeated(string name) => values.TryGetValue(name, out var value) && value.Count > 1;

        if (Repeated("client_id") || Of("client_id") is not { } clientId || !clients.TryGetValue(clientId, out var client))
        {
            return new Reading.Problem("client_unknown");
        }

        if (Repeated("redirect_uri") || Of("redirect_uri") is not { } redirectUri || !client.Owns(redirectUri))
        {
            return new Reading.Problem("redirect_uri_unknown", $"{clientId}, {AddressOf(Of("redirect_uri"))}");
        }

        var state = Repeated("state") ? null : Of("state");
        if (state is { Length: > StateLengthMax })
        {
            return new Reading.Problem("state_too_long", clientId);
        }

        var request = new AuthorizationRequest(clientId, redirectUri, state, Of("code_challenge"))
        {
            PromptsLogin = Of("prompt") is { } prompt && prompt.Split(' ').Contains("login", StringComparer.Ordinal),
        };
        Reading Refuse(OAuthError error) => new Reading.Refused(request, error);
        string[] ours = ["state", "response_type", "scope", "code_challenge", "code_challenge_method", "prompt"];
        if (Array.Find(ours, Repeated) is { } twice)
        {
            return Refuse(OAuthError.Repeated(twice));
        }

        if (Of("response_type") is not { } responseType)
        {
            return Refuse(OAuthError.Missing("response_type"));
        }

        if (responseType != "code")
        {
            return Refuse(OAuthError.UnsupportedResponseType);
        }

        if (!IsScope(Of("scope")))
        {
            return Refuse(OAuthError.InvalidScope);
        }

        var method = Of("code_challenge_method");
        if (request.CodeChallenge is { } challenge && (method != Pkce.Method || !Pkce.IsChallenge(challenge)))
        {
            return Refuse(OAuthError.PkceMalformed);
        }

        return request.CodeChallenge is not null ? new Reading.Good(request, client)
            : method is not null ? Refuse(OAuthError.PkceWithoutChallenge)
            : client.IsPublic ? Refuse(OAuthError.PkceNeeded)
            : new Reading.Good(request, client);
    }

    /// <summary>Whether this resident may answer: where the password was asked for, a sign-in of before doesn't count.</summary>
    public bool Admits(Resident resident) => !PromptsLogin || resident.SignedInAt >= Begun;

    /// <summary>None sent means the one there is.</summary>
    public static bool IsScope(string? sent) => sent is null || sent.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(one => one == Scope);

    /// <summary>Back to the platform with a code; RFC 9207 adds who we are.</summary>
    public string RedirectWithCode(string code, string issuer) => Redirect(issuer, ("code", code));

    /// <summary>Back to the platform with an error.</summary>
    public string RedirectWithError(OAuthError error, string issuer) =>
        Redirect(issuer, ("error", error.Code), ("error_description", error.Description));

    private string Redirect(string issuer, params ReadOnlySpan<(string Name, string Value)> answer)
    {
        var query = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, value) in answer)
        {
            query[name] = value;
        }

        query["state"] = State;
        query["iss"] = issuer;
        return QueryHelpers.AddQueryString(RedirectUri, query.Where(pair => pair.Value is not null));
    }

    /// <summary>An address as operators may read it: no query, in which a stranger may have put anything.</summary>
    private static string AddressOf(string? text) => text is null ? "no redirect_uri"
        : Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 ? address.GetLeftPart(UriPartial.Path)
        : "a redirect_uri that is no address";
}
