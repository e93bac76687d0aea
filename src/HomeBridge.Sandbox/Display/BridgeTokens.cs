using System.Text.Json;

namespace HomeBridge.Sandbox.Display;

/// <summary>What the bridge's token endpoint came to.</summary>
internal abstract record TokenOutcome
{
    private TokenOutcome()
    {
    }

    public sealed record Issued(LinkTokens Tokens) : TokenOutcome
    {
        public override string ToString() => nameof(Issued);
    }

    /// <summary><c>invalid_grant</c>: this link is over, and asking again won't help.</summary>
    public sealed record Over : TokenOutcome;

    /// <summary>No answer, or none that can be used. It says nothing about the link.</summary>
    public sealed record Unavailable : TokenOutcome;
}

/// <summary>The platform's side of RFC 6749 sections 4.1.3 and 6: codes and refresh tokens become access tokens.</summary>
internal sealed class BridgeTokens(DisplayOptions options) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    public Task<TokenOutcome> Exchange(string code, string verifier, CancellationToken cancel) => Ask(
        new(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = options.CallbackUrl,
            ["code_verifier"] = verifier,
        },
        refreshToken: null,
        cancel);

    public Task<TokenOutcome> Refresh(string refreshToken) => Ask(
        new(StringComparer.Ordinal) { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken },
        refreshToken,
        CancellationToken.None);

    public void Dispose() => _http.Dispose();

    private async Task<TokenOutcome> Ask(Dictionary<string, string> fields, string? refreshToken, CancellationToken cancel)
    {
        fields["client_id"] = options.ClientId;
        fields["client_secret"] = options.ClientSecret;
        try
        {
            using var form = new FormUrlEncodedContent(fields);
            using var answer = await _http.PostAsync(new Uri(options.BridgeUrl + "/oauth/token"), form, cancel);
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
                ? new TokenOutcome.Issued(new LinkTokens(access, refresh))
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
