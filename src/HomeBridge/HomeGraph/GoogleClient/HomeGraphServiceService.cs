using Google.Apis.Discovery;
using Google.Apis.HomeGraphService.v1.Data;
using Google.Apis.Requests;
using Google.Apis.Services;

namespace Google.Apis.HomeGraphService.v1;

/// <summary>
/// The Home Graph API with the names of Google's generated client, so that its package can take the place of this
/// folder.
/// </summary>
internal sealed class HomeGraphServiceService : BaseClientService
{
    public HomeGraphServiceService(Initializer initializer)
        : base(initializer)
    {
        AgentUsers = new AgentUsersResource(this);
        Devices = new DevicesResource(this);
    }

    public AgentUsersResource AgentUsers { get; }

    public DevicesResource Devices { get; }

    public override string Name => "homegraph";

    public override string BaseUri => BaseUriOverride ?? "https://homegraph.googleapis.com/";

    public override string BasePath => "";

    public override IList<string> Features => [];

    public static class ScopeConstants
    {
        public const string Homegraph = "https://www.googleapis.com/auth/homegraph";
    }
}

internal sealed class DevicesResource(IClientService service)
{
    public RequestSyncRequest RequestSync(RequestSyncDevicesRequest body) => new(service, body);

    public ReportStateAndNotificationRequest ReportStateAndNotification(Data.ReportStateAndNotificationRequest body) => new(service, body);

    public QueryRequest Query(Data.QueryRequest body) => new(service, body);

    public SyncRequest Sync(Data.SyncRequest body) => new(service, body);

    internal sealed class RequestSyncRequest : PostRequest<RequestSyncDevicesResponse>
    {
        public RequestSyncRequest(IClientService service, RequestSyncDevicesRequest body)
            : base(service, "requestSync", body) => InitParameters();
    }

    internal sealed class ReportStateAndNotificationRequest : PostRequest<ReportStateAndNotificationResponse>
    {
        public ReportStateAndNotificationRequest(IClientService service, Data.ReportStateAndNotificationRequest body)
            : base(service, "reportStateAndNotification", body) => InitParameters();
    }

    internal sealed class QueryRequest : PostRequest<QueryResponse>
    {
        public QueryRequest(IClientService service, Data.QueryRequest body)
            : base(service, "query", body) => InitParameters();
    }

    internal sealed class SyncRequest : PostRequest<SyncResponse>
    {
        public SyncRequest(IClientService service, Data.SyncRequest body)
            : base(service, "sync", body) => InitParameters();
    }

    internal abstract class PostRequest<TResponse>(IClientService service, string method, object body) : ClientServiceRequest<TResponse>(service)
    {
        public override string MethodName => method;

        public override string HttpMethod => "POST";

        public override string RestPath => "v1/devices:" + method;

        protected override object GetBody() => body;
    }
}

internal sealed class AgentUsersResource(IClientService service)
{
    /// <summary>The path is <c>agentUsers/</c> and the id, percent-encoded by the caller.</summary>
    public DeleteRequest Delete(string agentUserId) => new(service, agentUserId);

    internal sealed class DeleteRequest : ClientServiceRequest<Empty>
    {
        public DeleteRequest(IClientService service, string agentUserId)
            : base(service)
        {
            AgentUserId = agentUserId;
            InitParameters();
        }

        [Google.Apis.Util.RequestParameter("agentUserId", Google.Apis.Util.RequestParameterType.Path)]
        public string AgentUserId { get; }

        [Google.Apis.Util.RequestParameter("requestId", Google.Apis.Util.RequestParameterType.Query)]
        public string? RequestId { get; set; }

        public override string MethodName => "delete";

        public override string HttpMethod => "DELETE";

        public override string RestPath => "v1/{+agentUserId}";

        protected override void InitParameters()
        {
            base.InitParameters();
            RequestParameters.Add("agentUserId", Named("agentUserId", "path", isRequired: true, "^agentUsers/.*$"));
            RequestParameters.Add("requestId", Named("requestId", "query", isRequired: false, pattern: null));
        }

        private static Parameter Named(string name, string type, bool isRequired, string? pattern) =>
            new() { Name = name, ParameterType = type, IsRequired = isRequired, Pattern = pattern };
    }
}
