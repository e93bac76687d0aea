using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.AccountLinking.SignIn;

/// <summary>
/// An OpenID Connect provider that behaves well until a test tells it not to. It makes its tokens by hand, since no library
/// would make most of these.
/// </summary>
internal sealed class HostileProvider : IAsyncDisposable
{
    public const string ClientId = "homebridge";
    public const string ClientSecret = "a secret: with + and %";

    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge)> _codes = new(StringComparer.Ordinal);
    private int _number;

    private HostileProvider(int port, TimeProvider time)
    {
        (Url, _time) = ($"http://127.0.0.1:{port}", time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        _app = builder.Build();
        _app.MapGet("/idp/.well-known/openid-configuration", () => Count("discovery", Metadata));
        _app.MapGet("/idp/jwks", () => Count("jwks", Keys));
        _app.MapGet("/idp/authorize", Authorize);
        _app.MapPost("/idp/token", Token);
        Reset();
    }

    public string Url { get; }

    public string Issuer => Url + "/idp";

    /// <summary>How often each endpoint was asked.</summary>
    public ConcurrentDictionary<string, int> Asked { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> TokenAuthentications { get; } = new();

    public ECDsa Key { get; private set; } = null!;

    public string KeyId { get; private set; } = "";

    public string Account { get; set; } = "maple";

    /// <summary>Changes metadata before they are sent.</summary>
    public Action<Dictionary<string, object?>> ChangeMetadata { get; set; } = null!;

    /// <summary>Changes claims of an id_token before it is signed.</summary>
    public Action<Dictionary<string, object?>> ChangeClaims { get; set; } = null!;

    /// <summary>Changes the header of an id_token before it is signed.</summary>
    public Action<Dictionary<string, object?>> ChangeHeader { get; set; } = null!;

    /// <summary>Signs; what it gets is the text to sign.</summary>
    public Func<byte[], byte[]> Sign { get; set; } = null!;

    /// <summary>Changes what the browser is sent back with.</summary>
    public Action<Dictionary<string, string?>> ChangeAnswer { get; set; } = null!;

    /// <summary>Adds to the address that the browser is sent back to.</summary>
    public string AppendToAnswer { get; set; } = "";

    /// <summary>Changes the token endpoint's answer.</summary>
    public Action<Dictionary<string, object?>> ChangeTokens { get; set; } = null!;

    /// <summary>Answers in the token endpoint's place.</summary>
    public Func<IFormCollection, IResult?> TokenInstead { get; set; } = null!;

    /// <summary>Answers in the place of the discovery document.</summary>
    public Func<IResult?> MetadataInstead { get; set; } = null!;

    /// <summary>The refresh token that works; each renewal makes the next.</summary>
    public string RefreshToken { get; private set; } = "";

    public static async Task<HostileProvider> Start(int port, TimeProvider time)
    {
        var provider = new HostileProvider(port, time);
        await provider._app.StartAsync();
        return provider;
    }

    /// <summary>Well behaved again.</summary>
    public void Reset()
    {
        Account = "maple";
        ChangeMetadata = ChangeClaims = ChangeHeader = ChangeTokens = _ => { };
        ChangeAnswer = _ => { };
        AppendToAnswer = "";
        TokenInstead = _ => null;
        MetadataInstead = () => null;
        Sign = text => Key.SignData(text, HashAlgorithmName.SHA256);
        if (Key is null)
        {
            Rotate();
        }
    }

    /// <summary>A new signing key; the old one is no longer published.</summary>
    public void Rotate()
    {
        Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        KeyId = $"key-{Interlocked.Increment(ref _number)}";
    }

    public int AskedFor(string endpoint) => Asked.GetValueOrDefault(endpoint);

    public string IdToken(string? nonce, string? accessToken = null)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["sub"] = Account,
            ["name"] = "Maple home",
            ["email"] = "maple@home.example",
            ["email_verified"] = true,
            ["zoneinfo"] = "Europe/Berlin",
            ["locale"] = "de-DE",
            ["iat"] = now,
            ["exp"] = now + 300,
        };
        if (nonce is not null)
        {
            claims["nonce"] = nonce;
        }

        if (accessToken is not null)
        {
            claims["at_hash"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16));
        }

        ChangeClaims(claims);
        var header = new Dictionary<string, object?>(StringComparer.Ordinal) { ["alg"] = "ES256", ["typ"] = "JWT", ["kid"] = KeyId };
        ChangeHeader(header);
        var text = $"{Encode(header)}.{Encode(claims)}";
        return $"{text}.{Base64Url.EncodeToString(Sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static string Encode(object part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));

    private IResult Count(string endpoint, Func<IResult> answer)
    {
        Asked.AddOrUpdate(endpoint, 1, (_, before) => before + 1);
        return answer();
    }

    private IResult Metadata()
    {
        var metadata = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["issuer"] = Issuer,
            ["authorization_endpoint"] = Issuer + "/authorize",
            ["token_endpoint"] = Issuer + "/token",
            ["jwks_uri"] = Issuer + "/jwks",
            ["response_types_supported"] = new[] { "code" },
            ["subject_types_supported"] = new[] { "public" },
            ["id_token_signing_alg_values_supported"] = new[] { "ES256", "HS256", "none" },
            ["authorization_response_iss_parameter_supported"] = true,
        };
        ChangeMetadata(metadata);
        return MetadataInstead() ?? Results.Json(metadata);
    }

    private IResult Keys()
    {
        var point = Key.ExportParameters(includePrivateParameters: false).Q;
        return Results.Json(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", kid = KeyId, x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) } },
        });
    }

    private IResult Authorize(HttpRequest request) => Count("authorize", () =>
    {
        var code = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _codes[code] = (request.Query["nonce"].ToString(), request.Query["code_challenge"].ToString());
        var answer = new Dictionary<string, string?>(StringComparer.Ordinal) { ["code"] = code, ["state"] = request.Query["state"], ["iss"] = Issuer };
        ChangeAnswer(answer);
        return Results.Redirect(QueryHelpers.AddQueryString(request.Query["redirect_uri"].ToString(), answer) + AppendToAnswer);
    });

    private async Task<IResult> Token(HttpRequest request)
    {
        Asked.AddOrUpdate("token", 1, (_, before) => before + 1);
        TokenAuthentications.Enqueue(request.Headers.Authorization.ToString());
        var form = await request.ReadFormAsync();
        if (TokenInstead(form) is { } other)
        {
            return other;
        }

        // The default of discovery: Basic, form-encoded.
        var basic = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{ClientId}:{System.Net.WebUtility.UrlEncode(ClientSecret)}"));
        if (request.Headers.Authorization != $"Basic {basic}")
        {
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        }

        string? nonce = null;
        if (form["grant_type"] == "refresh_token")
        {
            if (form["refresh_token"] != RefreshToken)
            {
                return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
            }
        }
        else if (_codes.TryRemove(form["code"].ToString(), out var grant)
            && Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) == grant.Challenge)
        {
            nonce = grant.Nonce;
        }
        else
        {
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        var number = Interlocked.Increment(ref _number);
        RefreshToken = $"refresh-{number}";
        var tokens = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["access_token"] = $"access-{number}",
            ["token_type"] = "bearer",
            ["expires_in"] = 300,
            ["refresh_token"] = RefreshToken,
            ["id_token"] = IdToken(nonce, $"access-{number}"),
        };
        ChangeTokens(tokens);
        return Results.Json(tokens);
    }
}

/// <summary>The machine's clock, some time later.</summary>
internal sealed class LaterClock : TimeProvider
{
    private TimeSpan _later;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _later;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(_later.TotalSeconds * System.TimestampFrequency);

    public void Advance(TimeSpan by) => _later += by;
}

/// <summary>The real bridge in front of such a provider.</summary>
public sealed class SignInBridge : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-sign-in-").FullName;

    internal Dictionary<string, string?> More { get; init; } = [];

    /// <summary>The bridge's, where somebody had to know it before.</summary>
    internal int? Port { get; init; }

    internal LaterClock Clock { get; } = new();

    internal HostileProvider Provider { get; private set; } = null!;

    internal WebApplication App { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    public string DatabasePath => Path.Combine(_folder, "homebridge.db");

    public async Task InitializeAsync()
    {
        var ports = SandboxProcess.FreePorts(4);
        ports[1] = Port ?? ports[1];
        Provider = await HostileProvider.Start(ports[0], Clock);
        Url = new Uri($"http://127.0.0.1:{ports[1]}");
        var keys = Devices.BridgeOnMaker.Keys(Provider.Url, ports, _folder);
        keys["SignIn:ClientSecret"] = HostileProvider.ClientSecret;
        keys["SignIn:FailuresPerAddressMax"] = "1000000";
        foreach (var (key, value) in More)
        {
            keys[key] = value;
        }

        App = BridgeApplication.Build(
            new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), BridgeApplication.SandboxEnvironment, Clock);
        await App.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        await Provider.DisposeAsync();
        TestDatabase.LetGo();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A page of ours that asks for nobody.</summary>
    internal const string Next = "/account/signed-out";

    internal Uri SignInUrl => new(Url, $"/account/sign-in?next={Next}");

    internal T Service<T>()
        where T : notnull => (T)App.Services.GetService(typeof(T))!;

    /// <summary>Whether a browser is signed in: then nobody sends it to the provider.</summary>
    internal async Task<bool> IsSignedIn(Browser browser)
    {
        var before = Provider.AskedFor("authorize");
        await browser.Get(SignInUrl);
        return Provider.AskedFor("authorize") == before;
    }

    internal static string? SessionOf(Browser browser, Uri url) => browser.Cookies.GetCookies(url)["homebridge.resident"]?.Value;
}
