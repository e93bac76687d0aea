using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.HomeGraph;

/// <summary>One call as the platform got it.</summary>
internal sealed record PlatformCall(string Method, string AgentUserId, JsonElement Body, long At, int Status, string Token)
{
    public JsonElement? State(string device) =>
        Devices("states") is { } states && states.TryGetProperty(device, out var state) ? state : null;

    public JsonElement? Notification(string device) =>
        Devices("notifications") is { } notifications && notifications.TryGetProperty(device, out var one) ? one : null;

    public string? EventId => Body.TryGetProperty("eventId", out var id) ? id.GetString() : null;

    private JsonElement? Devices(string member) =>
        Body.TryGetProperty("payload", out var payload) && payload.GetProperty("devices").TryGetProperty(member, out var value) ? value : null;
}

/// <summary>
/// Google's token endpoint and Home Graph in one small server: it checks the signed assertion and the access token,
/// refuses a report with <c>status</c> or of a device it doesn't know, and fails as the test says.
/// </summary>
internal sealed class StubPlatform : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly RSA _key = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, bool> _tokens = new(StringComparer.Ordinal);

    private StubPlatform(string url)
    {
        Url = url;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        _server = builder.Build();
        _server.MapPost("/token", Token);
        _server.Map("/v1/{**path}", (RequestDelegate)Serve);
    }

    public string Url { get; }

    /// <summary>Users that the platform knows, with their devices.</summary>
    public ConcurrentDictionary<string, HashSet<string>> Users { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<PlatformCall> Calls { get; } = new();

    public int TokensGiven { get; private set; }

    /// <summary>An answer of another kind; null lets the call through.</summary>
    public Func<string, JsonElement, IResult?>? Fault { get; set; }

    /// <summary>Runs before an answer.</summary>
    public Func<string, Task>? Slow { get; set; }

    public string ServiceAccountKey => JsonSerializer.Serialize(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["type"] = "service_account",
        ["client_email"] = "bridge@project.iam.gserviceaccount.com",
        ["private_key_id"] = "key-1",
        ["private_key"] = _key.ExportPkcs8PrivateKeyPem(),
        ["token_uri"] = Url + "/token",
    });

    public static async Task<StubPlatform> Start()
    {
        var platform = new StubPlatform($"http://127.0.0.1:{SandboxProcess.FreePorts(1)[0]}");
        await platform._server.StartAsync();
        return platform;
    }

    public void ForgetTokens() => _tokens.Clear();

    public static IResult Error(int status, string message, int? retryAfter = null) => new Answer(status, message, retryAfter);

    public IReadOnlyList<PlatformCall> Of(string method) => [.. Calls.Where(call => call.Method == method)];

    public IReadOnlyList<PlatformCall> Reports(string agentUserId) =>
        [.. Calls.Where(call => call.Method == "reportStateAndNotification" && call.AgentUserId == agentUserId)];

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _key.Dispose();
    }

    private async Task<IResult> Token(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var parts = form["assertion"].ToString().Split('.');
        var signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement;
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        var isGood = form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
            && header.GetProperty("alg").GetString() == "RS256"
            && header.GetProperty("kid").GetString() == "key-1"
            && _key.VerifyData(signed, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && claims.GetProperty("iss").GetString() == "bridge@project.iam.gserviceaccount.com"
            && claims.GetProperty("aud").GetString() == Url + "/token"
            && claims.GetProperty("scope").GetString() == "https://www.googleapis.com/auth/homegraph"
            && claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64() <= 3600;
        if (!isGood || Fault?.Invoke("token", default) is not null)
        {
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        var token = $"token-{++TokensGiven}";
        _tokens[token] = true;
        return Results.Json(new { access_token = token, token_type = "Bearer", expires_in = 3600 });
    }

    private async Task Serve(HttpContext context)
    {
        var at = System.Diagnostics.Stopwatch.GetTimestamp();
        var path = context.Request.Path.Value!;
        var method = context.Request.Method == "DELETE" ? "delete" : path.Split(':')[^1];
        var body = context.Request.Method == "DELETE" ? default : (await JsonDocument.ParseAsync(context.Request.Body)).RootElement;
        var agentUserId = method == "delete" ? path.Split('/')[^1] : body.GetProperty("agentUserId").GetString()!;
        if (Slow is { } slow)
        {
            await slow(agentUserId);
        }

        var token = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        var answer = !_tokens.ContainsKey(token) ? Error(401, "Request had invalid authentication credentials.")
            : Fault?.Invoke(method, body) ?? Judge(method, agentUserId, body);
        Calls.Enqueue(new PlatformCall(method, agentUserId, body, at, (answer as Answer)?.StatusCode ?? 200, token));
        await answer.ExecuteAsync(context);
    }

    private IResult Judge(string method, string agentUserId, JsonElement body)
    {
        if (!Users.TryGetValue(agentUserId, out var devices))
        {
            return Error(404, "Requested entity was not found.");
        }

        switch (method)
        {
            case "delete":
                Users.TryRemove(agentUserId, out _);
                break;
            case "reportStateAndNotification" when body.GetProperty("payload").GetProperty("devices").TryGetProperty("states", out var states):
                foreach (var device in states.EnumerateObject())
                {
                    if (!devices.Contains(device.Name))
                    {
                        return Error(404, "Device was not found.");
                    }

                    if (device.Value.TryGetProperty("status", out _) || device.Value.TryGetProperty("brightness", out var brightness) && brightness.GetInt32() == 66)
                    {
                        return Error(400, "Invalid state.");
                    }
                }

                break;
        }

        return Results.Json(new { requestId = body.ValueKind is JsonValueKind.Object && body.TryGetProperty("requestId", out var id) ? id.GetString() : "" });
    }

    private sealed class Answer(int status, string message, int? retryAfter) : IResult
    {
        public int StatusCode => status;

        public Task ExecuteAsync(HttpContext context)
        {
            context.Response.StatusCode = status;
            if (retryAfter is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            return context.Response.WriteAsJsonAsync(new { error = new { code = status, message, status = "ERROR" } });
        }
    }
}
