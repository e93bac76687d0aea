using System.Net;
using Google;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.HomeGraphService.v1;
using Google.Apis.HomeGraphService.v1.Data;
using Google.Apis.Http;
using Google.Apis.Requests;
using Google.Apis.Services;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Vitals;

namespace HomeBridge.HomeGraph;

/// <summary>What the platform made of one call.</summary>
internal abstract record PlatformAnswer
{
    private PlatformAnswer()
    {
    }

    public sealed record Accepted : PlatformAnswer;

    /// <summary>What was sent is wrong, and will be the next time.</summary>
    public sealed record Refused(string Why) : PlatformAnswer;

    /// <summary>The platform knows no such user, or no such device of it.</summary>
    public sealed record NotFound(string Why) : PlatformAnswer;

    /// <summary>Our credentials are, that is to say all homes are, refused.</summary>
    public sealed record Denied(string Why) : PlatformAnswer;

    /// <summary>The project's quota is used up.</summary>
    public sealed record OverQuota(string Why, TimeSpan? RetryAfter) : PlatformAnswer;

    /// <summary>No answer, or the platform's own failure. It may have taken what was sent.</summary>
    public sealed record Failed(string Why, TimeSpan? RetryAfter) : PlatformAnswer;
}

/// <summary>Calls the Home Graph. Each call is made once: when to repeat is for the worker to say.</summary>
internal sealed class HomeGraphClient : IDisposable
{
    /// <summary>Credentials that were renewed this short a time ago and are refused are wrong, not old.</summary>
    private static readonly TimeSpan RenewedRecently = TimeSpan.FromMinutes(1);

    /// <summary>Characters of the platform's message that are kept.</summary>
    private const int MessageLengthMax = 300;

    private readonly HomeGraphServiceService _service;
    private readonly ServiceAccountToken _credential;
    private readonly QualityFigures _figures;
    private readonly HomeGraphOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _renewing = new(1);
    private long? _renewedAt;

    public HomeGraphClient(HomeGraphOptions options, ServiceAccount account, QualityFigures figures, TimeProvider time)
    {
        _figures = figures;
        _options = options;
        _time = time;
        _credential = new ServiceAccountToken(new ServiceAccountCredential.Initializer(account.Email, account.TokenUrl)
        {
            KeyId = account.KeyId,
            Scopes = [HomeGraphServiceService.ScopeConstants.Homegraph],
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        }.FromPrivateKey(account.PrivateKey));
        _service = new HomeGraphServiceService(new BaseClientService.Initializer
        {
            ApplicationName = "HomeBridge",

            // It would also pack what is sent, and that is small.
            GZipEnabled = false,
            BaseUri = options.BaseUrl + "/",
            HttpClientInitializer = _credential,
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        });

        // The first try, and one more with a renewed token after a 401.
        _service.HttpClient.MessageHandler.NumTries = 2;
    }

    /// <param name="agentUserId">Whose devices.</param>
    /// <param name="eventId">The one event that the notification tells; null when there is none.</param>
    /// <param name="states">By device id: complete, never with <c>status</c>.</param>
    /// <param name="notifications">By device id, then by trait.</param>
    /// <param name="cancel">Gives up.</param>
    public Task<PlatformAnswer> Report(
        string agentUserId, string? eventId, IReadOnlyDictionary<string, JsonMap> states, IReadOnlyDictionary<string, JsonMap> notifications, CancellationToken cancel) =>
        Call(() => _service.Devices.ReportStateAndNotification(new ReportStateAndNotificationRequest
        {
            RequestId = RequestId(),
            AgentUserId = agentUserId,
            EventId = eventId,
            Payload = new StateAndNotificationPayload
            {
                Devices = new ReportStateAndNotificationDevice { States = ByDevice(states), Notifications = ByDevice(notifications) },
            },
        }), cancel);

    /// <summary>
    /// Queued by the platform: any number at once, but it tells of no errors. Not queued: one at a time per user, and
    /// its answer says whether the user is known.
    /// </summary>
    public Task<PlatformAnswer> RequestSync(string agentUserId, bool queued, CancellationToken cancel) =>
        Call(() => _service.Devices.RequestSync(new RequestSyncDevicesRequest { AgentUserId = agentUserId, Async = queued }), cancel);

    /// <summary>Unlinks the user at the platform.</summary>
    public Task<PlatformAnswer> Delete(string agentUserId, CancellationToken cancel) =>
        Call(() =>
        {
            var request = _service.AgentUsers.Delete("agentUsers/" + Uri.EscapeDataString(agentUserId));
            request.RequestId = RequestId();
            return request;
        }, cancel);

    /// <summary>The states that the platform holds, for operators.</summary>
    public async Task<(PlatformAnswer Answer, QueryResponse? Held)> Query(string agentUserId, IEnumerable<string> devices, CancellationToken cancel)
    {
        QueryResponse? held = null;
        var answer = await Call(() => _service.Devices.Query(new QueryRequest
        {
            RequestId = RequestId(),
            AgentUserId = agentUserId,
            Inputs = [new QueryRequestInput { Payload = new QueryRequestPayload { Devices = [.. devices.Select(id => new AgentDeviceId { Id = id })] } }],
        }), cancel, response => held = response);
        return (answer, held);
    }

    /// <summary>The devices that the platform holds, for operators.</summary>
    public async Task<(PlatformAnswer Answer, SyncResponse? Held)> Sync(string agentUserId, CancellationToken cancel)
    {
        SyncResponse? held = null;
        var answer = await Call(
            () => _service.Devices.Sync(new SyncRequest { RequestId = RequestId(), AgentUserId = agentUserId }), cancel, response => held = response);
        return (answer, held);
    }

    public void Dispose()
    {
        _service.Dispose();
        _renewing.Dispose();
    }

    private static string RequestId() => Guid.NewGuid().ToString("N");

    private static Dictionary<string, object>? ByDevice(IReadOnlyDictionary<string, JsonMap> values) =>
        values.Count == 0 ? null : values.ToDictionary(pair => pair.Key, object (pair) => pair.Value, StringComparer.Ordinal);

    private async Task<PlatformAnswer> Call<T>(Func<ClientServiceRequest<T>> request, CancellationToken cancel, Action<T>? take = null)
    {
        var started = _time.GetTimestamp();
        var answer = await Counted(request(), take, cancel);
        return answer is PlatformAnswer.Denied && await Renew(started, cancel)
            ? await Counted(request(), take, cancel)
            : answer;
    }

    private async Task<PlatformAnswer> Counted<T>(ClientServiceRequest<T> request, Action<T>? take, CancellationToken cancel)
    {
        var answer = await Send(request, take, cancel);
        _figures.PlatformCall(request.MethodName, answer is PlatformAnswer.Accepted);
        return answer;
    }

    private async Task<PlatformAnswer> Send<T>(ClientServiceRequest<T> request, Action<T>? take, CancellationToken cancel)
    {
        var waits = new RetryAfter(_time);
        request.AddUnsuccessfulResponseHandler(waits);
        using var deadline = new CancellationTokenSource(_options.CallTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            var response = await request.ExecuteAsync(either.Token);
            take?.Invoke(response);
            return new PlatformAnswer.Accepted();
        }
        catch (GoogleApiException answered)
        {
            var why = $"{(int)answered.HttpStatusCode} {Shortened(answered.Error?.Message ?? answered.Message)}";
            return answered.HttpStatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new PlatformAnswer.Denied(why),
                HttpStatusCode.NotFound => new PlatformAnswer.NotFound(why),
                HttpStatusCode.TooManyRequests => new PlatformAnswer.OverQuota(why, waits.Asked),
                HttpStatusCode.RequestTimeout => new PlatformAnswer.Failed(why, waits.Asked),
                >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => new PlatformAnswer.Refused(why),
                _ => new PlatformAnswer.Failed(why, waits.Asked),
            };
        }
        catch (TokenResponseException refused) when (refused.StatusCode is null or < HttpStatusCode.InternalServerError)
        {
            return new PlatformAnswer.Denied("no access token: " + Shortened(refused.Error?.Error ?? refused.Message));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new PlatformAnswer.Failed($"no answer within {_options.CallTimeout.TotalSeconds:0.###} s", null);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or TokenResponseException or Newtonsoft.Json.JsonException)
        {
            return new PlatformAnswer.Failed(Shortened(broken.Message), null);
        }
    }

    /// <summary>Renews the credentials unless that was just done; whether the call is worth repeating.</summary>
    private async Task<bool> Renew(long started, CancellationToken cancel)
    {
        await _renewing.WaitAsync(cancel);
        try
        {
            if (_renewedAt is { } renewedAt)
            {
                if (renewedAt > started)
                {
                    return true;
                }

                if (_time.GetElapsedTime(renewedAt) < RenewedRecently)
                {
                    return false;
                }
            }

            using var deadline = new CancellationTokenSource(_options.CallTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
            _renewedAt = _time.GetTimestamp();
            return await _credential.RequestAccessTokenAsync(either.Token);
        }
        catch (Exception failed) when (failed is TokenResponseException or HttpRequestException or IOException or Newtonsoft.Json.JsonException
            || (failed is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
        finally
        {
            _renewing.Release();
        }
    }

    private static string Shortened(string message) => message.Length <= MessageLengthMax ? message : message[..MessageLengthMax];

    /// <summary>Keeps how long the platform asks us to wait. Repeats nothing.</summary>
    private sealed class RetryAfter(TimeProvider time) : IHttpUnsuccessfulResponseHandler
    {
        public TimeSpan? Asked { get; private set; }

        public Task<bool> HandleResponseAsync(HandleUnsuccessfulResponseArgs args)
        {
            var header = args.Response.Headers.RetryAfter;
            Asked = header?.Delta ?? (header?.Date - time.GetUtcNow());
            return Task.FromResult(false);
        }
    }
}
