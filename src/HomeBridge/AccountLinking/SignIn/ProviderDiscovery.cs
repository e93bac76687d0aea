using HomeBridge.Hosting;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>The identity provider can't be reached, or what it says of itself is not usable.</summary>
internal sealed class ProviderUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// What the identity provider says of itself (OpenID Connect Discovery 1.0), with its keys. One question at a time, however
/// many residents wait for the answer; a provider that is away is not asked at each sign-in.
/// </summary>
internal sealed class ProviderDiscovery(ResidentSignInOptions options, TimeProvider time, ILogger<ProviderDiscovery> log) : IDisposable
{
    /// <summary>Bytes of the document, and of the keys.</summary>
    private const int BytesMax = 512 * 1024;

    /// <summary>Keys of a provider; it has two or three.</summary>
    private const int KeysMax = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer is taken without asking again.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    /// <summary>How long an old answer is taken while none is to be had.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromHours(24);

    /// <summary>The least time between two questions: tokens with made-up key ids must not make us flood the provider.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(OutsideHttps.NewHandler(options.Certificate)) { Timeout = Patience, MaxResponseContentBufferSize = BytesMax };
    private readonly Lock _gate = new();
    private Task<OpenIdConnectConfiguration>? _asking;
    private OpenIdConnectConfiguration? _known;
    private long _knownSince;
    private long? _askedAt;
    private Exception? _failure;

    public Task<OpenIdConnectConfiguration> Get(CancellationToken cancel) => Get(TimeSpan.Zero, cancel);

    /// <summary>Asks again, since a signature did not fit the known keys; unless that was done a moment ago.</summary>
    public Task<OpenIdConnectConfiguration> Again(CancellationToken cancel) => Get(Fresh, cancel);

    public void Dispose() => _http.Dispose();

    private Task<OpenIdConnectConfiguration> Get(TimeSpan older, CancellationToken cancel)
    {
        lock (_gate)
        {
            var age = _known is null ? TimeSpan.MaxValue : time.GetElapsedTime(_knownSince) + older;
            if (age < Fresh)
            {
                return Task.FromResult(_known!);
            }

            if (_asking is null)
            {
                if (_askedAt is { } asked && time.GetElapsedTime(asked) < AskEvery)
                {
                    return Usable() is { } known ? Task.FromResult(known) : Task.FromException<OpenIdConnectConfiguration>(Unavailable());
                }

                _askedAt = time.GetTimestamp();
                _asking = Ask();
            }

            return _asking.WaitAsync(cancel);
        }
    }

    private OpenIdConnectConfiguration? Usable() => _known is not null && time.GetElapsedTime(_knownSince) < Stale ? _known : null;

    private ProviderUnavailableException Unavailable() => new("The identity provider's discovery document can't be had.", _failure);

    private async Task<OpenIdConnectConfiguration> Ask()
    {
        // Not under the lock of who asked first.
        await Task.Yield();
        try
        {
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(
                $"{options.Issuer}/.well-known/openid-configuration", new HttpDocumentRetriever(_http) { RequireHttps = options.IsHttps }, CancellationToken.None);
            Check(found);
            lock (_gate)
            {
                (_known, _knownSince, _failure, _asking) = (found, time.GetTimestamp(), null, null);
            }

            return found;
        }
        catch (Exception failure)
        {
            log.LogWarning("The identity provider's discovery document can't be had: {Problem}", failure.Message);
            lock (_gate)
            {
                (_failure, _asking) = (failure, null);
                return Usable() ?? throw Unavailable();
            }
        }
    }

    private void Check(OpenIdConnectConfiguration found)
    {
        if (found.Issuer != options.Issuer)
        {
            throw new ProviderUnavailableException("The discovery document names another issuer (OpenID Connect Discovery 1.0 section 4.3).");
        }

        foreach (var address in (string?[])[found.AuthorizationEndpoint, found.TokenEndpoint, found.JwksUri])
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && (options.IsHttps || url.Scheme != Uri.UriSchemeHttp)) || url.Fragment.Length > 0)
            {
                throw new ProviderUnavailableException("The discovery document lacks an address, or has one that is not https.");
            }
        }

        if (found.SigningKeys.Count is 0 or > KeysMax)
        {
            throw new ProviderUnavailableException("The provider publishes no usable signing key, or far too many.");
        }
    }
}
