using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HomeBridge.Tests.AccountLinking.OAuth;

[CollectionDefinition(Name)]
public sealed class OAuthCollection : ICollectionFixture<OAuthBridge>
{
    public const string Name = "oauth";
}

/// <summary>
/// The whole bridge over HTTP, with a clock that tests set, and residents who have agreed already: its authorization server is
/// looked at, not its pages.
/// </summary>
public sealed class OAuthBridge : IAsyncLifetime
{
    public const string Google = "google-home";
    public const string Second = "second-platform";
    public const string Companion = "companion-app";
    public const string Redirect = "https://oauth-redirect.googleusercontent.com/r/test";
    public const string OtherRedirect = "https://oauth-redirect-sandbox.googleusercontent.com/r/test";
    public const string SecondRedirect = "https://second-platform.example/cb";
    public const string CompanionRedirect = "http://127.0.0.1/cb";
    public const string Secret = "the-first-secret";
    public const string NextSecret = "the next:secret+of%two/ü";

    /// <summary>A verifier of 43 characters, and its S256 challenge.</summary>
    public const string Verifier = "0123456789-._~abcdefghijklmnopqrstuvwxyzABC";

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-oauth-").FullName;
    private readonly (string Key, string Value)[] _more;
    private WebApplication _app = null!;
    private int _homes;

    public OAuthBridge()
        : this([])
    {
    }

    internal OAuthBridge(params (string Key, string Value)[] more) => _more = more;

    public static string Challenge => Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    internal SetClock Clock { get; } = new();

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    public Uri Url { get; private set; } = null!;

    public string Issuer => Url.GetLeftPart(UriPartial.Authority);

    public string DatabaseFile => Path.Combine(_folder, "homebridge.db");

    public async Task InitializeAsync()
    {
        var keys = BridgeOnMaker.Keys("http://127.0.0.1:9", [9, .. SandboxProcess.FreePorts(3)], _folder);
        Url = new Uri(keys["Bridge:PublicUrl"]!);
        keys["AccountLinking:Clients:0:SecretHashes:0"] = Hash(Secret);
        keys["AccountLinking:Clients:0:SecretHashes:1"] = Hash(NextSecret);
        keys["AccountLinking:Clients:0:RedirectUris:1"] = OtherRedirect;
        keys["AccountLinking:Clients:1:ClientId"] = Second;
        keys["AccountLinking:Clients:1:Platform"] = "second";
        keys["AccountLinking:Clients:1:Name"] = "Second platform";
        keys["AccountLinking:Clients:1:SecretHashes:0"] = Hash(Secret);
        keys["AccountLinking:Clients:1:RedirectUris:0"] = SecondRedirect;
        keys["AccountLinking:Clients:2:ClientId"] = Companion;
        keys["AccountLinking:Clients:2:Public"] = "true";
        keys["AccountLinking:Clients:2:Name"] = "Companion";
        keys["AccountLinking:Clients:2:RedirectUris:0"] = CompanionRedirect;
        keys["AccountLinking:Clients:2:RedirectUris:1"] = "https://companion.example/cb";
        keys["AccountLinking:ClientFailuresPerAddressMax"] = "100000";
        foreach (var (key, value) in _more)
        {
            keys[key] = value;
        }

        _app = BridgeApplication.Build(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), BridgeApplication.SandboxEnvironment, Clock);
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        TestDatabase.LetGo();
        Directory.Delete(_folder, recursive: true);
    }

    internal T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A resident agreed: the code, and what it opens.</summary>
    internal (string Code, string Opens) Agreed(
        string client = Google, string? redirect = null, bool challenged = false, string? account = null)
    {
        var known = Get<AccountLinkingOptions>().Clients[client];
        var request = new AuthorizationRequest(client, redirect ?? known.RedirectUris[0], null, challenged || known.IsPublic ? Challenge : null);
        account ??= $"home{Interlocked.Increment(ref _homes)}";
        var light = Get<DeviceRegister>().Identify(
            "acme", [new DeviceDescription { VendorDeviceId = $"light-of-{account}-000000", Type = "LIGHT", Name = "Light", Traits = ["OnOff"] }]);
        return Get<Database>().Write(transaction =>
        {
            var opens = known.IsPublic
                ? Get<CompanionTokens>().Confirm(transaction, known, "acme", account, Clock.GetUtcNow())!
                : Get<AccountLinks>().Consent(transaction, known, "acme", account, light, ConsentGiven.ByBridge, 1000)!.Id.Value;
            return (Get<AuthorizationCodes>().Issue(transaction, opens, request), opens);
        });
    }

    /// <summary>The tokens that a platform, or the app, has after linking.</summary>
    internal async Task<Given> Link(string client = Google, string? account = null)
    {
        var (code, opens) = Agreed(client, account: account);
        var answer = await Exchange(code, client);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return new Given(opens, answer.Text("access_token")!, answer.Text("refresh_token")!);
    }

    internal Task<Answer> Exchange(
        string code, string client = Google, string? redirect = null, string? verifier = null, string secret = Secret) => Post("/oauth/token", Fields(
            client, secret, ("grant_type", "authorization_code"), ("code", code),
            ("redirect_uri", redirect ?? Get<AccountLinkingOptions>().Clients[client].RedirectUris[0]),
            ("code_verifier", verifier ?? (client == Companion ? Verifier : null))));

    internal Task<Answer> Refresh(string refreshToken, string client = Google, string? scope = null) =>
        Post("/oauth/token", Fields(client, Secret, ("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("scope", scope)));

    internal Task<Answer> Revoke(string token, string client = Google, string? hint = null) =>
        Post("/oauth/revoke", Fields(client, Secret, ("token", token), ("token_type_hint", hint)));

    /// <summary>Fields with the client's credentials; those without a value are left out.</summary>
    internal static List<KeyValuePair<string, string>> Fields(string client, string secret, params (string Name, string? Value)[] fields)
    {
        var all = fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Name, field.Value!)).ToList();
        all.Add(new("client_id", client));
        if (client != Companion)
        {
            all.Add(new("client_secret", secret));
        }

        return all;
    }

    internal Task<Answer> Post(string path, IEnumerable<KeyValuePair<string, string>> fields, string? authorization = null) =>
        Send(HttpMethod.Post, path, new FormUrlEncodedContent(fields), authorization);

    internal async Task<Answer> Send(HttpMethod method, string path, HttpContent? content = null, string? authorization = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Url, path)) { Content = content };
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var answer = await Http.SendAsync(request);
        return await Answer.Of(answer);
    }

    /// <summary>Whether fulfillment takes it for a token of this platform's.</summary>
    internal async Task<bool> Opens(string accessToken) => (await Fulfill("Bearer " + accessToken)).Status != HttpStatusCode.Unauthorized;

    internal async Task<Answer> Fulfill(string? authorization, string query = "") => await Send(
        HttpMethod.Post, "/fulfillment/google" + query, new StringContent("{}", Encoding.UTF8, "application/json"), authorization);

    /// <summary>Whether the companion app gets in with it.</summary>
    internal bool LetsIn(string accessToken) => Get<CompanionTokens>().TryAuthenticate("Bearer " + accessToken, out _);

    public static string Basic(string id, string secret) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{FormEncoded(id)}:{FormEncoded(secret)}"));

    public static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string FormEncoded(string text) => WebUtility.UrlEncode(text);

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

/// <summary>What a redeemed code gave.</summary>
internal sealed record Given(string Opens, string AccessToken, string RefreshToken);

/// <summary>An answer, read.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public string? Error => Text("error");

    public Uri? Location => Headers.Location;

    public static async Task<Answer> Of(HttpResponseMessage answer) =>
        new(answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers, answer.Content.Headers);

    public string? Text(string name) => Json.TryGetProperty(name, out var value) ? value.GetString() : null;

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>A parameter of where it redirects to.</summary>
    public string? Query(string name) => System.Web.HttpUtility.ParseQueryString(Location!.Query)[name];

    /// <summary>An OAuth error, and nothing else in it.</summary>
    public void IsError(HttpStatusCode status, string error)
    {
        Assert.Equal((status, error), (Status, Error));
        Assert.Matches(@"\A[ !#-\[\]-~]+\z", Text("error_description"));
        Assert.Equal(["error", "error_description"], Json.EnumerateObject().Select(member => member.Name));
        Assert.Contains("no-store", Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal("application/json", ContentHeaders.ContentType!.MediaType);
    }
}
