using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.Sandbox.OperatorDirectory;

/// <summary>
/// Stands in for Microsoft Entra ID: one tenant, the console's client, the command line's client, three people. Paths, names
/// and error codes are Entra's, so that the code that signs in here signs in there.
/// </summary>
internal static class DirectoryApplication
{
    private const long BodyBytesMax = 64 * 1024;
    private const string Tenant = "/" + DirectoryOptions.TenantId;
    private const string AuthorizePath = Tenant + "/oauth2/v2.0/authorize";
    private const string TokenPath = Tenant + "/oauth2/v2.0/token";
    private const string DeviceCodePath = Tenant + "/oauth2/v2.0/devicecode";
    private const string DevicePath = Tenant + "/oauth2/deviceauth";
    private const string KeysPath = Tenant + "/discovery/v2.0/keys";

    /// <summary>The parameters of an authorization request that the page carries through its form.</summary>
    private static readonly string[] Carried = ["client_id", "redirect_uri", "response_type", "state", "nonce", "code_challenge", "code_challenge_method"];

    public static WebApplication Build(DirectoryOptions options, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { EnvironmentName = "Sandbox" });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Listen(System.Net.IPAddress.Loopback, options.Url.Port, listen => listen.UseHttps(options.Certificate));
        });
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<DirectoryGrants>();
        builder.Services.AddSingleton<DirectoryTokens>();
        var app = builder.Build();
        app.Use((http, next) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return next(http);
        });
        app.MapGet(Tenant + "/v2.0/.well-known/openid-configuration", (HttpContext http) => Metadata(Origin(http)));
        app.MapGet(KeysPath, (DirectoryTokens tokens) => Results.Json(tokens.PublicSet()));
        app.MapGet(AuthorizePath, (HttpContext http, DirectoryOptions options) => Read(http.Request.Query, options) is null
            ? DirectoryPages.Notice("No app of this directory asks like that.", StatusCodes.Status400BadRequest)
            : DirectoryPages.SignIn(AuthorizePath, Carried.Select(name => KeyValuePair.Create(name, One(http.Request.Query, name))), null));
        app.MapPost(AuthorizePath, Authorize);
        app.MapPost(TokenPath, Token);
        app.MapPost(DeviceCodePath, DeviceCode);
        app.MapGet(DevicePath, () => DirectoryPages.Device(DevicePath, null));
        app.MapPost(DevicePath, Device);
        return app;
    }

    /// <summary>Where it listens, once it does.</summary>
    public static string Origin(IServiceProvider services) =>
        new Uri(services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).GetLeftPart(UriPartial.Authority);

    private static string Origin(HttpContext http) => Origin(http.RequestServices);

    private static string Issuer(HttpContext http) => $"{Origin(http)}{Tenant}/v2.0";

    private static IResult Metadata(string origin) => Results.Json(new
    {
        issuer = $"{origin}{Tenant}/v2.0",
        authorization_endpoint = origin + AuthorizePath,
        token_endpoint = origin + TokenPath,
        device_authorization_endpoint = origin + DeviceCodePath,
        jwks_uri = origin + KeysPath,
        response_types_supported = new[] { "code" },
        subject_types_supported = new[] { "pairwise" },
        id_token_signing_alg_values_supported = new[] { "RS256" },
        token_endpoint_auth_methods_supported = new[] { "client_secret_post" },
        code_challenge_methods_supported = new[] { "S256" },
    });

    private static async Task<IResult> Authorize(HttpContext http, DirectoryOptions options, DirectoryGrants grants)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (Read(new QueryCollection(form.ToDictionary(StringComparer.Ordinal)), options) is not { } request)
            return DirectoryPages.Notice("No app of this directory asks like that.", StatusCodes.Status400BadRequest);
        if (DirectoryPerson.Find(form["username"].ToString().Trim(), form["password"].ToString()) is not { } person)
        {
            return DirectoryPages.SignIn(
                AuthorizePath, Carried.Select(name => KeyValuePair.Create(name, (string?)form[name].ToString())), "That account and password don't belong together.");
        }

        var back = new Dictionary<string, string?>(StringComparer.Ordinal) { ["code"] = grants.NewCode(request, person), ["state"] = request.State };
        http.Response.Headers.Location = QueryHelpers.AddQueryString(request.RedirectUri, back);
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    private static async Task<IResult> Token(HttpContext http, DirectoryOptions options, DirectoryGrants grants, DirectoryTokens tokens)
    {
        if (!http.Request.HasFormContentType)
            return Refused("invalid_request");
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        var client = form["client_id"].ToString();
        if (client != DirectoryOptions.CliClientId && !(client == DirectoryOptions.ConsoleClientId && Secrets.Same(form["client_secret"], options.ConsoleClientSecret)))
            return Refused("invalid_client", StatusCodes.Status401Unauthorized);
        switch (form["grant_type"].ToString())
        {
            case "authorization_code":
                return grants.TakeCode(form["code"].ToString()) is var (request, person)
                    && request.ClientId == client && form["redirect_uri"] == request.RedirectUri && Proves(form["code_verifier"].ToString(), request.CodeChallenge)
                        ? Granted(person, request.Nonce)
                        : Refused("invalid_grant");
            case "device_code" or "urn:ietf:params:oauth:grant-type:device_code":
                var code = form["device_code"].ToString() is { Length: > 0 } named ? named : form["code"].ToString();
                if (grants.FindDevice(code) is not { } device || device.ClientId != client)
                    return Refused("expired_token");
                if (device.Person is null)
                    return Refused("authorization_pending");
                grants.EndDevice(code);
                return Granted(device.Person, null);
            case "refresh_token":
                return grants.FindRefreshToken(form["refresh_token"].ToString(), client) is { } returning ? Granted(returning, null) : Refused("invalid_grant");
            default:
                return Refused("unsupported_grant_type");
        }

        IResult Granted(DirectoryPerson person, string? nonce) => Results.Json(new
        {
            token_type = "Bearer",
            scope = $"openid profile offline_access {DirectoryOptions.Audience}/.default",
            expires_in = DirectoryTokens.LifetimeSeconds,
            access_token = tokens.AccessToken(Issuer(http), client, person),
            refresh_token = grants.NewRefreshToken(client, person),
            id_token = tokens.IdToken(Issuer(http), client, person, nonce),
            client_info = DirectoryTokens.ClientInfo(person),
        });
    }

    private static async Task<IResult> DeviceCode(HttpContext http, DirectoryGrants grants)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (form["client_id"] != DirectoryOptions.CliClientId)
            return Refused("invalid_client", StatusCodes.Status401Unauthorized);
        var (code, grant) = grants.NewDevice(DirectoryOptions.CliClientId);
        var address = Origin(http) + DevicePath;
        return Results.Json(new
        {
            device_code = code,
            user_code = grant.UserCode,
            verification_uri = address,
            expires_in = DirectoryGrants.DeviceCodeSeconds,
            interval = 1,
            message = $"Open {address} and enter the code {grant.UserCode}.",
        });
    }

    private static async Task<IResult> Device(HttpContext http, DirectoryGrants grants)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (DirectoryPerson.Find(form["username"].ToString().Trim(), form["password"].ToString()) is not { } person)
            return DirectoryPages.Device(DevicePath, "That account and password don't belong together.");
        return grants.Approve(form["user_code"].ToString().Trim().ToUpperInvariant(), person)
            ? DirectoryPages.Notice("Signed in. Go back to your tool.", StatusCodes.Status200OK)
            : DirectoryPages.Device(DevicePath, "There is no such code, or it is too old.");
    }

    private static DirectoryRequest? Read(IQueryCollection query, DirectoryOptions options) =>
        One(query, "client_id") == DirectoryOptions.ConsoleClientId
        && One(query, "redirect_uri") == options.ConsoleRedirectUri
        && One(query, "response_type") == "code"
        && One(query, "code_challenge_method") == "S256"
        && One(query, "code_challenge") is { Length: 43 } challenge
            ? new DirectoryRequest(DirectoryOptions.ConsoleClientId, options.ConsoleRedirectUri, One(query, "state"), One(query, "nonce"), challenge)
            : null;

    private static string? One(IQueryCollection query, string name) => query[name] is [{ Length: > 0 and <= 2048 } value] ? value : null;

    private static bool Proves(string verifier, string? challenge) => challenge is not null
        && Secrets.Same(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))), challenge);

    private static IResult Refused(string error, int status = StatusCodes.Status400BadRequest) =>
        Results.Json(new { error, error_description = $"sandbox: {error}" }, statusCode: status);
}
