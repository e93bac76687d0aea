using System.Net;
using System.Net.Http.Headers;
using System.Text;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>The token endpoint of any OpenID Connect provider (RFC 6749 sections 4.1.3 and 6).</summary>
internal sealed class OpenIdTokens(ResidentSignInOptions options, ProviderDiscovery discovery, TimeProvider time) : IProviderTokens, IDisposable
{
    private const int AnswerBytesMax = 256 * 1024;
    private const int TokenLengthMax = 32 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(OutsideHttps.NewHandler(options.Certificate)) { Timeout = Patience };

    public async Task<ProviderTokens> Redeem(string code, string verifier, string redirectUri, CancellationToken cancel)
    {
        Answer answer;
        try
        {
            answer = await Ask(
                new(StringComparer.Ordinal) { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = verifier }, cancel);
        }
        catch (Exception failed) when (IsOutside(failed, cancel))
        {
            throw new CodeNotRedeemedException($"token endpoint: {failed.GetType().Name}", failed);
        }

        return answer.IdToken is { } idToken && answer.AccessToken is { } accessToken
            ? new ProviderTokens(idToken, accessToken, answer.Lifetime, answer.RefreshToken)
            : throw new CodeNotRedeemedException($"token endpoint: {answer.Problem ?? "no id_token or no access_token"}");
    }

    public async Task<Renewal> Renew(string kept, CancellationToken cancel)
    {
        try
        {
            var answer = await Ask(new(StringComparer.Ordinal) { ["grant_type"] = "refresh_token", ["refresh_token"] = kept }, cancel);
            return answer switch
            {
                // Without a new one, the old one stays (RFC 6749 section 6).
                { AccessToken: { } accessToken } => new Renewal.Renewed(answer.IdToken, accessToken, answer.Lifetime, answer.RefreshToken ?? kept),
                { Problem: "invalid_grant" or "interaction_required" or "login_required" or "consent_required" } => new Renewal.Refused(),
                _ => new Renewal.Failed(answer.Problem ?? "no access_token", answer.RetryAfter),
            };
        }
        catch (Exception failed) when (IsOutside(failed, cancel))
        {
            return new Renewal.Failed(failed.GetType().Name, null);
        }
    }

    public void Dispose() => _http.Dispose();

    private static bool IsOutside(Exception failed, CancellationToken cancel) =>
        failed is HttpRequestException or IOException or ProviderUnavailableException or NotJsonException or JsonShapeException
        || (failed is OperationCanceledException && !cancel.IsCancellationRequested);

    private async Task<Answer> Ask(Dictionary<string, string> form, CancellationToken cancel)
    {
        var discovered = await discovery.Get(cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, discovered.TokenEndpoint);
        var methods = discovered.TokenEndpointAuthMethodsSupported;
        if (methods.Contains("client_secret_post"))
        {
            form["client_id"] = options.ClientId;
            form["client_secret"] = options.ClientSecret;
        }
        else
        {
            // The default of OpenID Connect Discovery; both parts form-encoded first (RFC 6749 section 2.3.1).
            var pair = $"{WebUtility.UrlEncode(options.ClientId)}:{WebUtility.UrlEncode(options.ClientSecret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
        }

        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Content = new FormUrlEncodedContent(form);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        var body = new ByteChunks();
        if (!await body.ReadToEnd(await response.Content.ReadAsStreamAsync(patience.Token), AnswerBytesMax, patience.Token))
        {
            return new Answer { Problem = "answer too long" };
        }

        var retryAfter = response.Headers.RetryAfter is { } retry ? retry.Delta ?? retry.Date - time.GetUtcNow() : null;
        if ((int)response.StatusCode >= 500 || response.StatusCode is HttpStatusCode.TooManyRequests)
        {
            return new Answer { Problem = $"status {(int)response.StatusCode}", RetryAfter = retryAfter };
        }

        var json = JsonInput.Open(body.ToSequence()).Map();
        if (response.StatusCode is not HttpStatusCode.OK)
        {
            return new Answer { Problem = ErrorCode(json) ?? $"status {(int)response.StatusCode}", RetryAfter = retryAfter };
        }

        string? Token(string name) => json.GetValueOrDefault(name) is string { Length: > 0 and <= TokenLengthMax } token ? token : null;
        return Token("token_type") is { } type && type.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? new Answer { IdToken = Token("id_token"), AccessToken = Token("access_token"), RefreshToken = Token("refresh_token"), Lifetime = Lifetime(json.GetValueOrDefault("expires_in")) }
            : new Answer { Problem = "token_type is not Bearer" };
    }

    /// <summary>It goes into logs, so only what an error code may look like.</summary>
    private static string? ErrorCode(JsonMap json) =>
        json.GetValueOrDefault("error") is string { Length: > 0 and <= 64 } error && error.All(letter => char.IsAsciiLetterLower(letter) || letter == '_') ? error : null;

    private static TimeSpan? Lifetime(object? seconds) => seconds switch
    {
        long whole and > 0 and < int.MaxValue => TimeSpan.FromSeconds(whole),
        double part and > 0 and < int.MaxValue => TimeSpan.FromSeconds(part),
        _ => null,
    };

    private sealed record Answer
    {
        public string? IdToken { get; init; }

        public string? AccessToken { get; init; }

        public string? RefreshToken { get; init; }

        public TimeSpan? Lifetime { get; init; }

        public string? Problem { get; init; }

        public TimeSpan? RetryAfter { get; init; }
    }
}
