using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.Display;

/// <summary>What came of one intent.</summary>
internal abstract record IntentOutcome
{
    private IntentOutcome()
    {
    }

    /// <summary>The bridge answered; errors of devices are in the payload, in the platform's own words.</summary>
    public sealed record Answered(JsonNode? Payload) : IntentOutcome;

    /// <summary>The link is over: the resident, or somebody for them, has ended it.</summary>
    public sealed record LinkOver : IntentOutcome;

    public sealed record Unavailable : IntentOutcome;
}

/// <summary>
/// Speaks the platform's protocol to the bridge for one link. An access token that is refused is renewed, and the
/// request is sent once more: a 401 means that nothing was done.
/// </summary>
internal sealed class BridgeFulfillment(DisplayOptions options, BridgeTokens tokens) : IDisposable
{
    /// <summary>Longer than the bridge's own budget for its slowest intent, SYNC.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = 4 * 1024 * 1024,
    };

    public Task<IntentOutcome> Sync(LinkedHome home, CancellationToken cancel) => Ask(home, "SYNC", null, cancel);

    public Task<IntentOutcome> Query(LinkedHome home, IEnumerable<string> devices, CancellationToken cancel) =>
        Ask(home, "QUERY", new JsonObject { ["devices"] = Devices(devices) }, cancel);

    public Task<IntentOutcome> Execute(LinkedHome home, string device, JsonArray execution, CancellationToken cancel) => Ask(
        home,
        "EXECUTE",
        new JsonObject
        {
            ["commands"] = new JsonArray(new JsonObject { ["devices"] = Devices([device]), ["execution"] = execution }),
        },
        cancel);

    public Task<IntentOutcome> Disconnect(LinkedHome home, CancellationToken cancel) => Ask(home, "DISCONNECT", null, cancel);

    public void Dispose() => _http.Dispose();

    private static JsonArray Devices(IEnumerable<string> ids) => [.. ids.Select(id => new JsonObject { ["id"] = id })];

    private async Task<IntentOutcome> Ask(LinkedHome home, string intent, JsonObject? payload, CancellationToken cancel)
    {
        var requestId = Secrets.New();
        var input = new JsonObject { ["intent"] = $"action.devices.{intent}" };
        if (payload is not null)
        {
            input["payload"] = payload;
        }

        var request = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject { ["requestId"] = requestId, ["inputs"] = new JsonArray(input) });
        var current = home.Tokens;
        var outcome = await Send(current, request, requestId, cancel);
        if (outcome is not IntentOutcome.LinkOver)
        {
            return outcome;
        }

        return await home.Renew(current, tokens) switch
        {
            TokenOutcome.Issued renewed => await Send(renewed.Tokens, request, requestId, cancel),
            TokenOutcome.Over => new IntentOutcome.LinkOver(),
            _ => new IntentOutcome.Unavailable(),
        };
    }

    private async Task<IntentOutcome> Send(GrantTokens with, byte[] body, string requestId, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, options.BridgeUrl + "/fulfillment/google");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", with.AccessToken);
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
            using var answer = await _http.SendAsync(request, cancel);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                return new IntentOutcome.LinkOver();
            }

            if (!answer.IsSuccessStatusCode
                || JsonNode.Parse(await answer.Content.ReadAsByteArrayAsync(cancel)) is not JsonObject envelope)
            {
                return new IntentOutcome.Unavailable();
            }

            // DISCONNECT is answered with {}; whatever else carries an id must carry ours.
            return envelope["requestId"] is { } id && id.ToString() != requestId
                ? new IntentOutcome.Unavailable()
                : new IntentOutcome.Answered(envelope["payload"]?.DeepClone());
        }
        catch (Exception unusable) when (
            unusable is HttpRequestException or JsonException
            || (unusable is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return new IntentOutcome.Unavailable();
        }
    }
}
