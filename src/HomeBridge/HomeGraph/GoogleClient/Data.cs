using Newtonsoft.Json;

namespace Google.Apis.HomeGraphService.v1.Data;

internal sealed class RequestSyncDevicesRequest
{
    [JsonProperty("agentUserId")]
    public string? AgentUserId { get; set; }

    [JsonProperty("async")]
    public bool? Async { get; set; }
}

internal sealed class RequestSyncDevicesResponse;

internal sealed class ReportStateAndNotificationRequest
{
    [JsonProperty("agentUserId")]
    public string? AgentUserId { get; set; }

    [JsonProperty("eventId")]
    public string? EventId { get; set; }

    [JsonProperty("payload")]
    public StateAndNotificationPayload? Payload { get; set; }

    [JsonProperty("requestId")]
    public string? RequestId { get; set; }
}

internal sealed class StateAndNotificationPayload
{
    [JsonProperty("devices")]
    public ReportStateAndNotificationDevice? Devices { get; set; }
}

internal sealed class ReportStateAndNotificationDevice
{
    /// <summary>By device id.</summary>
    [JsonProperty("states")]
    public IDictionary<string, object>? States { get; set; }

    /// <summary>By device id.</summary>
    [JsonProperty("notifications")]
    public IDictionary<string, object>? Notifications { get; set; }
}

internal sealed class ReportStateAndNotificationResponse
{
    [JsonProperty("requestId")]
    public string? RequestId { get; set; }
}

internal sealed class QueryRequest
{
    [JsonProperty("agentUserId")]
    public string? AgentUserId { get; set; }

    [JsonProperty("inputs")]
    public IList<QueryRequestInput>? Inputs { get; set; }

    [JsonProperty("requestId")]
    public string? RequestId { get; set; }
}

internal sealed class QueryRequestInput
{
    [JsonProperty("payload")]
    public QueryRequestPayload? Payload { get; set; }
}

internal sealed class QueryRequestPayload
{
    [JsonProperty("devices")]
    public IList<AgentDeviceId>? Devices { get; set; }
}

internal sealed class AgentDeviceId
{
    [JsonProperty("id")]
    public string? Id { get; set; }
}

internal sealed class QueryResponse
{
    [JsonProperty("payload")]
    public QueryResponsePayload? Payload { get; set; }

    [JsonProperty("requestId")]
    public string? RequestId { get; set; }
}

internal sealed class QueryResponsePayload
{
    /// <summary>States by device id.</summary>
    [JsonProperty("devices")]
    public IDictionary<string, IDictionary<string, object>>? Devices { get; set; }
}

internal sealed class SyncRequest
{
    [JsonProperty("agentUserId")]
    public string? AgentUserId { get; set; }

    [JsonProperty("requestId")]
    public string? RequestId { get; set; }
}

internal sealed class SyncResponse
{
    [JsonProperty("payload")]
    public SyncResponsePayload? Payload { get; set; }

    [JsonProperty("requestId")]
    public string? RequestId { get; set; }
}

internal sealed class SyncResponsePayload
{
    [JsonProperty("agentUserId")]
    public string? AgentUserId { get; set; }

    [JsonProperty("devices")]
    public IList<IDictionary<string, object>>? Devices { get; set; }
}

internal sealed class Empty;
