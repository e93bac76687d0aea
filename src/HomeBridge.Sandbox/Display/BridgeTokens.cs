using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.Sandbox.Display;

/// <summary>What the bridge's token endpoint came to.</summary>
internal abstract record TokenOutcome
{
    private TokenOutcome()
    {
    }

    public sealed record Issued(GrantTokens Tokens) : TokenOutcome
    {
        public override string ToString() => nameof(Issued);
    }

    /// <summary><c>invalid_grant</c>: this link is over, and asking again won't help.</summary>
    public sealed record Over : TokenOutcome;

    /// <summary>No answer, or none that can be used. It says nothing about the link.</summary>
    public sealed record Unavailable : TokenOutcome;
}

/// <summary>Who asks for tokens. A public client has no secret (RFC 6749 section 2.1).</summary>
internal sealed record BridgeClient(string Id, string? Secret, string CallbackUrl)
{
    public override string ToString() => Id;
}

/// <summary>
/// The client's side of OAuth: where a browser goes to authorize (RFC 6749 section 4.1.1, with PKCE), codes and refresh tokens
/// that become access tokens (sections 4.1.3 and 6), and their end (RFC 7009).
/// </summary>
internal sealed class BridgeTokens(string bridgeUrl, BridgeClient client) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    /// <summary>With <paramref name="anew"/> the maker asks for the password again, whoever is signed in.</summary>
    public string AuthorizeUrl(PendingLink link, bool anew = false) => QueryHelpers.AddQueryString(bridgeUrl + "/oauth/authorize", new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["response_type"] = "code",
        ["client_id"] = client.Id,
        ["redirect_uri"] = client.CallbackUrl,
        ["scope"] = "devices",
        ["state"] = link.State,
        ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(link.Verifier))),
        ["code_challenge_method"] = "S256",
        ["prompt"] = anew ? "login" : null,
    });

    public Task<TokenOutcome> Exchange(string code, string verifier, CancellationToken cancel) => Ask(
        new(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = client.CallbackUrl,
            ["code_verifier"] = verifier,
        },
        refreshToken: null,
        cancel);

    public Task<TokenOutcome> Refresh(string refreshToken) => Ask(
        new(StringComparer.Ordinal) { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken },
        refreshToken,
        CancellationToken.None);

    /// <summary>False when the bridge did not hear of it.</summary>
    public async Task<bool> Revoke(string refreshToken, CancellationToken cancel)
    {
        try
        {
            using var form = new FormUrlEncodedContent(WithClient(new(StringComparer.Ordinal) { ["token"] = refreshToken, ["token_type_hint"] = "refresh_token" }));
            using var answer = await _http.PostAsync(new Uri(bridgeUrl + "/oauth/revoke"), form, cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception unheard) when (unheard is HttpRequestException || (unheard is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    private Dictionary<string, string> WithClient(Dictionary<string, string> fields)
    {
        fields["client_id"] = client.Id;
        if (client.Secret is { } secret)
        {
            fields["client_secret"] = secret;
        }

        return fields;
    }

    private async Task<TokenOutcome> Ask(Dictionary<string, string> fields, string? refreshToken, CancellationToken cancel)
    {
        try
        {
            using var form = new FormUrlEncodedContent(WithClient(fields));
            using var answer = await _http.PostAsync(new Uri(bridgeUrl + "/oauth/token"), form, cancel);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancel));
            if (!answer.IsSuccessStatusCode)
            {
                return Member(body.RootElement, "error") == "invalid_grant"
                    ? new TokenOutcome.Over()
                    : new TokenOutcome.Unavailable();
            }

            // Without a new refresh token the old one stays good (section 6).
            return Member(body.RootElement, "access_token") is { } access
                && (Member(body.RootElement, "refresh_token") ?? refreshToken) is { } refresh
                ? new TokenOutcome.Issued(new GrantTokens(access, refresh))
                : new TokenOutcome.Unavailable();
        }
        catch (Exception unusable) when (
            unusable is HttpRequestException or JsonException
            || (unusable is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return new TokenOutcome.Unavailable();
        }
    }

    private static string? Member(JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object
        && answer.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
