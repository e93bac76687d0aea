using System.Net;
using System.Text;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting;
using Microsoft.Identity.Client;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// The token endpoint of Microsoft Entra External ID, through MSAL. MSAL hands no refresh token out; it has a token cache,
/// and what is kept is that cache of this one account.
/// </summary>
internal sealed class EntraTokens(ResidentSignInOptions options, AccountLinkingOptions bridge, TimeProvider time) : IProviderTokens, IDisposable
{
    /// <summary>MSAL asks for these by itself and takes no others of their kind.</summary>
    private static readonly string[] Implied = ["openid", "profile", "offline_access"];

    private readonly HttpClient _http = new(OutsideHttps.NewHandler(options.Certificate)) { Timeout = TimeSpan.FromSeconds(10) };

    private string[] Scopes => [.. options.Scopes.Except(Implied, StringComparer.Ordinal)];

    public async Task<ProviderTokens> Redeem(string code, string verifier, string redirectUri, CancellationToken cancel)
    {
        try
        {
            var (client, cache) = NewClient(null);
            var result = await client.AcquireTokenByAuthorizationCode(Scopes, code).WithPkceCodeVerifier(verifier).ExecuteAsync(cancel);
            return new ProviderTokens(result.IdToken, result.AccessToken, Lifetime(result), result.Account is null ? null : cache.Text);
        }
        catch (Exception failed) when (failed is MsalException or HttpRequestException or InvalidOperationException)
        {
            // MSAL's message may quote the answer, and the answer is the provider's: its code says enough.
            throw new CodeNotRedeemedException($"token endpoint: {(failed as MsalException)?.ErrorCode ?? failed.GetType().Name}");
        }
    }

    public async Task<Renewal> Renew(string kept, CancellationToken cancel)
    {
        try
        {
            var (client, cache) = NewClient(kept);
#pragma warning disable CS0618 // The cache is one account's: there is nobody else in it to confuse.
            var account = (await client.GetAccountsAsync()).SingleOrDefault();
#pragma warning restore CS0618
            if (account is null)
            {
                return new Renewal.Refused();
            }

            var result = await client.AcquireTokenSilent(Scopes, account).WithForceRefresh(true).ExecuteAsync(cancel);
            return new Renewal.Renewed(result.IdToken, result.AccessToken, Lifetime(result), cache.Text!);
        }
        catch (MsalUiRequiredException)
        {
            return new Renewal.Refused();
        }
        catch (Exception failed) when (failed is MsalException or HttpRequestException or InvalidOperationException)
        {
            var service = failed as MsalServiceException;
            return new Renewal.Failed(
                (failed as MsalException)?.ErrorCode ?? failed.GetType().Name,
                service?.StatusCode is (int)HttpStatusCode.TooManyRequests or >= 500 ? service.Headers?.RetryAfter?.Delta : null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new Renewal.Failed("timeout", null);
        }
    }

    public void Dispose() => _http.Dispose();

    private TimeSpan Lifetime(AuthenticationResult result) => result.ExpiresOn - time.GetUtcNow();

    /// <summary>A client of its own for each call: a shared one would have all residents' tokens in one cache.</summary>
    private (IConfidentialClientApplication Client, Cache Cache) NewClient(string? kept)
    {
        var client = ConfidentialClientApplicationBuilder.Create(options.ClientId)
            .WithClientSecret(options.ClientSecret)
            .WithOidcAuthority(options.Issuer)
            .WithRedirectUri(bridge.PublicUrl + ResidentSignIn.CallbackPath)
            .WithHttpClientFactory(new OneClient(_http))
            .Build();
        var cache = new Cache { Text = kept };
        client.UserTokenCache.SetBeforeAccess(asked =>
        {
            if (cache.Text is { } text)
            {
                asked.TokenCache.DeserializeMsalV3(Encoding.UTF8.GetBytes(text), shouldClearExistingCache: true);
            }
        });
        client.UserTokenCache.SetAfterAccess(asked =>
        {
            if (asked.HasStateChanged)
            {
                cache.Text = Encoding.UTF8.GetString(asked.TokenCache.SerializeMsalV3());
            }
        });
        return (client, cache);
    }

    private sealed class Cache
    {
        public string? Text { get; set; }
    }

    private sealed class OneClient(HttpClient http) : IMsalHttpClientFactory
    {
        public HttpClient GetHttpClient() => http;
    }
}
