using System.Text.Json;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>A report of states and notifications, by device.</summary>
internal sealed record GraphReport(
    string AgentUserId, string? RequestId, string? EventId,
    IReadOnlyList<(string Device, JsonElement States)> States,
    IReadOnlyList<(string Device, JsonElement Notification)> Notifications);

/// <summary>
/// Reads the calls' bodies. A member that the API doesn't have, one in snake_case included, refuses the whole call.
/// </summary>
internal static class GraphRequests
{
    private const int DepthMax = 32;
    private const int TextMax = 1024;

    public static async Task<JsonElement> Body(HttpContext context)
    {
        try
        {
            using var read = await JsonDocument.ParseAsync(
                context.Request.Body, new() { MaxDepth = DepthMax, AllowDuplicateProperties = false }, context.RequestAborted);
            return read.RootElement.ValueKind == JsonValueKind.Object
                ? read.RootElement.Clone()
                : throw GraphException.InvalidArgument("The body is not an object.");
        }
        catch (JsonException)
        {
            throw GraphException.InvalidArgument("The body is not JSON.");
        }
    }

    public static (string AgentUserId, bool Async) RequestSync(JsonElement body)
    {
        Only(body, "agentUserId", "async");
        var async = body.TryGetProperty("async", out var says);
        return async && says.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            ? throw GraphException.InvalidArgument("'async' is not a boolean.")
            : (AgentUserId(body), async && says.GetBoolean());
    }

    public static GraphReport Report(JsonElement body)
    {
        Only(body, "requestId", "eventId", "agentUserId", "payload", "followUpToken");
        Text(body, "followUpToken");
        var payload = Member(body, "payload", "devices");
        var devices = Member(payload, "devices", "states", "notifications");
        var report = new GraphReport(
            AgentUserId(body), Text(body, "requestId"), Text(body, "eventId"), ByDevice(devices, "states"), ByDevice(devices, "notifications"));
        return report.States.Count + report.Notifications.Count > 0
            ? report
            : throw GraphException.InvalidArgument("The report is empty.");
    }

    public static (string AgentUserId, string? RequestId, IReadOnlyList<string> Devices) Query(JsonElement body)
    {
        Only(body, "requestId", "agentUserId", "inputs");
        var devices = Items(body, "inputs")
            .Select(input =>
            {
                Only(input, "payload");
                return Member(input, "payload", "devices");
            })
            .SelectMany(payload => Items(payload, "devices"))
            .Select(device =>
            {
                Only(device, "id");
                return Text(device, "id") ?? throw GraphException.InvalidArgument("A device lacks 'id'.");
            })
            .ToList();
        return (AgentUserId(body), Text(body, "requestId"), devices);
    }

    public static (string AgentUserId, string? RequestId) Sync(JsonElement body)
    {
        Only(body, "requestId", "agentUserId");
        return (AgentUserId(body), Text(body, "requestId"));
    }

    private static string AgentUserId(JsonElement body) =>
        Text(body, "agentUserId") is { Length: > 0 } id ? id : throw GraphException.InvalidArgument("'agentUserId' is missing.");

    private static void Only(JsonElement where, params ReadOnlySpan<string> members)
    {
        if (where.ValueKind != JsonValueKind.Object)
        {
            throw GraphException.InvalidArgument("Something that should be an object is none.");
        }

        foreach (var member in where.EnumerateObject())
        {
            if (!members.Contains(member.Name))
            {
                throw GraphException.InvalidArgument($"Unknown name \"{member.Name}\": cannot find field.");
            }
        }
    }

    private static JsonElement Member(JsonElement where, string name, params ReadOnlySpan<string> members)
    {
        if (!where.TryGetProperty(name, out var value))
        {
            throw GraphException.InvalidArgument($"'{name}' is missing.");
        }

        Only(value, members);
        return value;
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement where, string name) =>
        where.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray()
            : throw GraphException.InvalidArgument($"'{name}' is not an array.");

    private static List<(string, JsonElement)> ByDevice(JsonElement where, string name)
    {
        if (!where.TryGetProperty(name, out var devices))
        {
            return [];
        }

        return devices.ValueKind == JsonValueKind.Object
            ? [.. devices.EnumerateObject().Select(device => (device.Name, device.Value))]
            : throw GraphException.InvalidArgument($"'{name}' is not an object.");
    }

    private static string? Text(JsonElement where, string name)
    {
        if (!where.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= TextMax } text
            ? text
            : throw GraphException.InvalidArgument($"'{name}' is not a text of reasonable length.");
    }
}
