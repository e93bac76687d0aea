using System.Collections.Concurrent;
using System.Text.Json;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.HomeGraph;

/// <summary>A device cloud that knows devices and their states.</summary>
internal sealed class StubMaker : IAsyncDisposable
{
    private readonly WebApplication _server;

    private StubMaker(string url)
    {
        Url = url;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        _server = builder.Build();
        _server.Use((context, next) =>
        {
            context.Response.Headers["Answer-To"] = context.Request.Headers["Request-Id"];
            return next(context);
        });
        _server.MapGet("/v1/accounts/{account}/devices", (string account) => IsDown ? Results.StatusCode(503) : Results.Json(new
        {
            devices = Devices.GetValueOrDefault(account, []).Select(device => new { id = device.Key, type = "LIGHT", name = device.Value, traits = new[] { "OnOff", "Brightness" } }),
        }));
        _server.MapPost("/v1/accounts/{account}/states", (string account, JsonElement body) => IsDown ? Results.StatusCode(503) : Results.Json(new
        {
            devices = body.GetProperty("deviceIds").EnumerateArray().Select(id => id.GetString()!)
                .Where(id => Devices.GetValueOrDefault(account, []).ContainsKey(id))
                .ToDictionary(id => id, id => new { online = true, states = States.GetValueOrDefault(id, new Dictionary<string, object>(StringComparer.Ordinal) { ["on"] = false, ["brightness"] = 50 }) }, StringComparer.Ordinal),
        }));
    }

    public string Url { get; }

    public bool IsDown { get; set; }

    /// <summary>By account: names by device id.</summary>
    public ConcurrentDictionary<string, ConcurrentDictionary<string, string>> Devices { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, Dictionary<string, object>> States { get; } = new(StringComparer.Ordinal);

    public static async Task<StubMaker> Start()
    {
        var maker = new StubMaker($"http://127.0.0.1:{SandboxProcess.FreePorts(1)[0]}");
        await maker._server.StartAsync();
        return maker;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
