using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Sandbox.HomeGraph;

/// <summary>
/// A bridge of which the test says what it answers: any device of any type, any challenge. It links whoever comes.
/// </summary>
internal sealed class FakeBridge : IAsyncDisposable
{
    private readonly WebApplication _app;

    public FakeBridge(int port)
    {
        Url = $"http://127.0.0.1:{port}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(Url);
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapGet("/oauth/authorize", (HttpContext context) => Results.Redirect(QueryHelpers.AddQueryString(
            context.Request.Query["redirect_uri"]!,
            new Dictionary<string, string?> { ["code"] = "c", ["state"] = context.Request.Query["state"], ["iss"] = Url })));
        _app.MapPost("/oauth/token", () => Over
            ? Results.Json(new { error = "invalid_grant" }, statusCode: 400)
            : Results.Json(new { access_token = Guid.NewGuid().ToString("N"), refresh_token = "r", token_type = "bearer", expires_in = 3600 }));
        _app.MapPost("/fulfillment/google", (Delegate)Fulfill);
    }

    public string Url { get; }

    public string AgentUserId { get; set; } = "user-1";

    /// <summary>By id, in the order of SYNC.</summary>
    public List<JsonObject> Devices { get; } = [];

    /// <summary>What QUERY answers, by id.</summary>
    public ConcurrentDictionary<string, JsonObject> States { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Intents { get; } = [];

    public ConcurrentQueue<string[]> Queried { get; } = [];

    /// <summary>The link is over: 401, and no new token.</summary>
    public bool Over { get; set; }

    public bool SyncFails { get; set; }

    /// <summary>SYNC waits for it.</summary>
    public Task SyncGate { get; set; } = Task.CompletedTask;

    /// <summary>What an execution comes to; the device's id is set by the bridge.</summary>
    public Func<string, JsonObject, JsonObject> Execute { get; set; } = (_, _) => new JsonObject { ["status"] = "SUCCESS", ["states"] = new JsonObject { ["online"] = true } };

    public Task Start() => _app.StartAsync();

    /// <summary>Adds a device whose states are reported.</summary>
    public void Add(
        string id, string name, string type, string[] traits, JsonObject? states = null, JsonObject? attributes = null, string room = "Hall", bool notifies = false)
    {
        lock (Devices)
        {
            Devices.Add(new JsonObject
            {
                ["id"] = id,
                ["type"] = "action.devices.types." + type,
                ["traits"] = new JsonArray([.. traits.Select(trait => (JsonNode)("action.devices.traits." + trait))]),
                ["name"] = new JsonObject { ["name"] = name },
                ["willReportState"] = true,
                ["notificationSupportedByAgent"] = notifies,
                ["roomHint"] = room,
                ["attributes"] = attributes ?? [],
            });
        }

        var all = states ?? [];
        all["online"] ??= true;
        all["status"] = "SUCCESS";
        States[id] = all;
    }

    public void Remove(string id)
    {
        lock (Devices)
        {
            Devices.RemoveAll(device => (string?)device["id"] == id);
        }
    }

    public void Rename(string id, string name)
    {
        lock (Devices)
        {
            Devices.Single(device => (string?)device["id"] == id)["name"]!["name"] = name;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<IResult> Fulfill(HttpContext context)
    {
        if (Over)
        {
            return Results.StatusCode(401);
        }

        var request = (await JsonNode.ParseAsync(context.Request.Body))!;
        var input = request["inputs"]![0]!;
        var intent = ((string)input["intent"]!).Split('.').Last();
        Intents.Enqueue(intent);
        JsonNode payload;
        switch (intent)
        {
            case "SYNC":
                await SyncGate;
                lock (Devices)
                {
                    payload = SyncFails
                        ? new JsonObject { ["errorCode"] = "transientError" }
                        : new JsonObject { ["agentUserId"] = AgentUserId, ["devices"] = new JsonArray([.. Devices.Select(device => device.DeepClone())]) };
                }

                break;
            case "QUERY":
                var ids = input["payload"]!["devices"]!.AsArray().Select(device => (string)device!["id"]!).ToArray();
                Queried.Enqueue(ids);
                payload = new JsonObject { ["devices"] = new JsonObject(ids.Select(id => KeyValuePair.Create(id, (JsonNode?)States[id].DeepClone()))) };
                break;
            case "EXECUTE":
                var command = input["payload"]!["commands"]![0]!;
                var device = (string)command["devices"]![0]!["id"]!;
                var outcome = Execute(device, command["execution"]![0]!.AsObject());
                outcome["ids"] = new JsonArray(device);
                payload = new JsonObject { ["commands"] = new JsonArray(outcome) };
                break;
            default:
                return Results.Json(new { });
        }

        return Results.Json(new { requestId = (string)request["requestId"]!, payload });
    }
}
