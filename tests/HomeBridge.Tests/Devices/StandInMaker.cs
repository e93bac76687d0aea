using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.Tests.Devices;

/// <summary>A call as the maker saw it.</summary>
public sealed record MakerCall(long At, string Path, int DeadlineMs);

/// <summary>
/// A maker with as many homes as anybody asks for: device cloud and identity provider in one small server, on which
/// single homes or everything can hang, fail or take long. Real HTTP, so that what is measured is what happens.
/// </summary>
public sealed class StandInMaker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ConcurrentDictionary<string, string> _nonces = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _closing = new();

    private StandInMaker(int port, int devices)
    {
        (Url, Devices) = ($"http://127.0.0.1:{port}", devices);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        _app = builder.Build();
        _app.MapGet("/v1/accounts/{account}/devices", (HttpContext context, string account) => Answer(context, account, () => List(account, Devices)));
        _app.MapPost("/v1/accounts/{account}/states", async (HttpContext context, string account) =>
        {
            using var asked = await System.Text.Json.JsonDocument.ParseAsync(context.Request.Body);
            var ids = asked.RootElement.GetProperty("deviceIds").EnumerateArray().Select(id => id.GetString()!).ToList();
            await Answer(context, account, () => States(ids));
        });
        _app.MapPost("/v1/accounts/{account}/devices/{device}/commands", (HttpContext context, string account) =>
            Answer(context, account, () => """{"outcome":"success","online":true,"states":{"on":true}}"""));
        _app.MapGet("/v1/devices/{device}/owner", (HttpContext context, string device) =>
            Answer(context, "cameras", () => $$"""{"accountId":"{{device.Split('-')[0]}}","online":true}"""));
        _app.MapPost("/v1/devices/{device}/streams", (HttpContext context, string device) =>
            Answer(context, "cameras", () => $$"""{"streamId":"s1","mediaUrl":"{{Url}}/media/","mediaToken":"token","evidenceKeyId":"acme-1"}""", 201));
        _app.MapDelete("/v1/devices/{device}/streams/{stream}", (HttpContext context) => Answer(context, "cameras", () => "", 204));
        _app.MapGet("/idp/.well-known/openid-configuration", () =>
            Results.Json(new { issuer = $"{Url}/idp", authorization_endpoint = $"{Url}/idp/authorize", token_endpoint = $"{Url}/idp/token", jwks_uri = $"{Url}/idp/jwks" }));
        _app.MapGet("/idp/jwks", () =>
        {
            var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(_key));
            return Results.Json(new { keys = new[] { new { kty = key.Kty, crv = key.Crv, x = key.X, y = key.Y } } });
        });
        _app.MapGet("/idp/authorize", (HttpRequest request) =>
        {
            var code = $"{SigningIn}.{Guid.NewGuid():N}";
            _nonces[code] = request.Query["nonce"].ToString();
            return Results.Redirect(QueryHelpers.AddQueryString(
                request.Query["redirect_uri"].ToString(), new Dictionary<string, string?>(StringComparer.Ordinal) { ["code"] = code, ["state"] = request.Query["state"] }));
        });
        _app.MapPost("/idp/token", async (HttpRequest request) =>
        {
            var code = (await request.ReadFormAsync())["code"].ToString();
            var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = $"{Url}/idp",
                Audience = "homebridge",
                Claims = new Dictionary<string, object>(StringComparer.Ordinal) { ["sub"] = code.Split('.')[0], ["nonce"] = _nonces[code] },
                Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
                SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_key), SecurityAlgorithms.EcdsaSha256),
            });
            return Results.Json(new { access_token = "unused", token_type = "Bearer", id_token = token });
        });
    }

    public string Url { get; }

    /// <summary>Devices of each home; the last of them is a camera.</summary>
    public int Devices { get; }

    /// <summary>Who signs in next.</summary>
    public string SigningIn { get; set; } = "home1";

    /// <summary>Whether a call of this account (or of <c>cameras</c>) is never answered.</summary>
    public Func<string, bool> Hangs { get; set; } = _ => false;

    /// <summary>Whether a call of this account is answered with 503.</summary>
    public Func<string, bool> Fails { get; set; } = _ => false;

    /// <summary>How long an answer takes.</summary>
    public Func<string, TimeSpan> Takes { get; set; } = _ => TimeSpan.Zero;

    public ConcurrentQueue<MakerCall> Calls { get; } = new();

    /// <summary>The residents' own tokens that calls brought; empty for none.</summary>
    public ConcurrentQueue<(string Account, string Token)> ResidentTokens { get; } = new();

    /// <summary>The most calls of each account that were under way at one time.</summary>
    public ConcurrentDictionary<string, int> MostAtOnce { get; } = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, int> _atOnce = new(StringComparer.Ordinal);

    public static async Task<StandInMaker> Start(int port, int devices = 4)
    {
        var maker = new StandInMaker(port, devices);
        await maker._app.StartAsync();
        return maker;
    }

    public async ValueTask DisposeAsync()
    {
        _closing.TrySetResult();
        await _app.DisposeAsync();
        _key.Dispose();
    }

    private async Task Answer(HttpContext context, string account, Func<string> body, int status = 200)
    {
        var deadline = int.Parse(context.Request.Headers["Deadline-Ms"].ToString(), CultureInfo.InvariantCulture);
        Calls.Enqueue(new MakerCall(Stopwatch.GetTimestamp(), context.Request.Path, deadline));
        ResidentTokens.Enqueue((account, context.Request.Headers["Resident-Token"].ToString()));
        var now = _atOnce.AddOrUpdate(account, 1, (_, count) => count + 1);
        MostAtOnce.AddOrUpdate(account, now, (_, most) => Math.Max(most, now));
        try
        {
            if (Hangs(account))
            {
                await _closing.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                context.Abort();
                return;
            }

            if (Takes(account) is { } time && time > TimeSpan.Zero)
            {
                await Task.Delay(time);
            }

            context.Response.Headers["Answer-To"] = context.Request.Headers["Request-Id"];
            context.Response.StatusCode = Fails(account) ? 503 : status;
            if (context.Response.StatusCode is 200 or 201)
            {
                await context.Response.WriteAsync(body());
            }
        }
        finally
        {
            _atOnce.AddOrUpdate(account, 0, (_, count) => count - 1);
        }
    }

    /// <summary>The maker's id of a device; it begins with its owner's name.</summary>
    public static string Id(string account, int number) => $"{account}-device-{number:000000000000}";

    public static string List(string account, int devices)
    {
        var text = new StringBuilder("{\"devices\":[");
        for (var number = 1; number <= devices; number++)
        {
            var camera = number == devices;
            var (type, name, rest) = number == devices
                ? ("CAMERA", "Camera", """["CameraStream"],"attributes":{"cameraStreamSupportedProtocols":["hls"],"cameraStreamNeedAuthToken":false}""")
                : ("LIGHT", $"Light {number}", """["OnOff","Brightness"],"attributes":{}""");
            text.Append(number == 1 ? "" : ",").Append(CultureInfo.InvariantCulture, $$"""
                {"id":"{{Id(account, number)}}","type":"{{type}}","name":"{{name}}","room":"Room","model":"M1","firmware":"1.0","traits":{{rest}} }
                """);
        }

        return text.Append("]}").ToString();
    }

    private static string States(List<string> ids)
    {
        var text = new StringBuilder("{\"devices\":{");
        for (var index = 0; index < ids.Count; index++)
        {
            text.Append(index == 0 ? "\"" : ",\"").Append(ids[index]).Append("""
                ":{"online":true,"states":{"on":true,"brightness":50}}
                """);
        }

        return text.Append("}}").ToString();
    }
}
