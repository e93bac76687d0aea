using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HomeBridge.Hbctl;

/// <summary>The ops API. What it refuses, and that it can't be reached, ends the command with a sentence that says what to do.</summary>
internal sealed class OpsClient : IDisposable
{
    public const string Root = "/ops/v1";

    /// <summary>Beyond what the caller itself waits for.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(5);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient _http;
    private AuthenticationHeaderValue? _credential;

    public OpsClient(Uri url)
    {
        Url = url;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = ConnectWithin, UseProxy = !url.IsLoopback })
        {
            BaseAddress = url,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public Uri Url { get; }

    public Task<JsonElement> Get(string path, CancellationToken cancel) => Send(HttpMethod.Get, path, null, TimeSpan.Zero, cancel);

    public Task<JsonElement> Post(string path, object body, CancellationToken cancel, TimeSpan more = default) => Send(HttpMethod.Post, path, body, more, cancel);

    /// <summary>Null when this bridge has no such route: it is older than this tool.</summary>
    public async Task<JsonElement?> GetIfKnown(string path, CancellationToken cancel)
    {
        try
        {
            return await Get(path, cancel);
        }
        catch (UnknownRoute)
        {
            return null;
        }
    }

    /// <summary>Before anybody is signed in.</summary>
    public Task<JsonElement> GetOpenly(string path, CancellationToken cancel) => Send(HttpMethod.Get, path, null, TimeSpan.Zero, cancel, openly: true);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> Send(HttpMethod method, string path, object? body, TimeSpan more, CancellationToken cancel, bool openly = false)
    {
        using var request = new HttpRequestMessage(method, Root + path);
        if (!openly)
        {
            request.Headers.Authorization = _credential ??= await Credentials.Find(Url, cancel);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body, options: Json);

            // A request whose answer got lost may be sent again by hand; one that is repeated on the way must not act twice.
            request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("N"));
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(AnswerWithin + more);
        try
        {
            using var answer = await _http.SendAsync(request, deadline.Token);
            return await Read(answer, path, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CommandEnds(
                method == HttpMethod.Get ? ExitCodes.Other : ExitCodes.Timeout,
                $"{Url.GetLeftPart(UriPartial.Authority)} did not answer within {(AnswerWithin + more).TotalSeconds:0} s.{(method == HttpMethod.Get ? "" : " It may have acted all the same: look with hbctl status.")}");
        }
        catch (HttpRequestException broken) when (method != HttpMethod.Get && !NeverArrived(broken))
        {
            throw new CommandEnds(
                ExitCodes.Timeout,
                $"The connection to {Url.GetLeftPart(UriPartial.Authority)} broke before it answered: {(broken.InnerException ?? broken).Message} It may have acted all the same: look with hbctl status.");
        }
        catch (HttpRequestException away)
        {
            throw new CommandEnds(ExitCodes.Other, $"""
                {Url.GetLeftPart(UriPartial.Authority)} can't be reached: {(away.InnerException ?? away).Message}
                Is the bridge running, and is --url or HBCTL_URL its private listener?
                If it stays away: gateways that lost it have closed their cameras by themselves.
                """);
        }
    }

    /// <summary>What broke before a connection stood: nothing can have acted.</summary>
    private static bool NeverArrived(HttpRequestException broken) =>
        broken.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    private async Task<JsonElement> Read(HttpResponseMessage answer, string path, CancellationToken cancel)
    {
        var text = await answer.Content.ReadAsStringAsync(cancel);
        if (answer.IsSuccessStatusCode)
        {
            return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
        }

        var detail = Detail(text);
        throw answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new CommandEnds(ExitCodes.Refused, $"The bridge does not take {Credentials.Used}. Sign in with: hbctl login --url {Url.GetLeftPart(UriPartial.Authority)}"),
            HttpStatusCode.Forbidden when detail is null => new CommandEnds(
                ExitCodes.Refused, "Your roles do not allow this. Raising takes the role Operator, lifting Approver, the audit trail Auditor."),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed when detail is null => new UnknownRoute(Root + path.Split('?')[0]),
            HttpStatusCode.TooManyRequests => new CommandEnds(
                ExitCodes.Refused, detail ?? $"Too many requests. Wait {answer.Headers.RetryAfter?.Delta?.TotalSeconds ?? 60:0} s."),
            >= HttpStatusCode.InternalServerError => new CommandEnds(ExitCodes.Other, $"The bridge answered {(int)answer.StatusCode}. {detail ?? "Its log says why."}"),
            >= HttpStatusCode.BadRequest => new CommandEnds(ExitCodes.Refused, detail ?? $"The bridge answered {(int)answer.StatusCode}."),
            _ => new CommandEnds(ExitCodes.Other, $"{Url.GetLeftPart(UriPartial.Authority)} answered {(int)answer.StatusCode}, as no bridge does. Is --url its private listener?"),
        };
    }

    /// <summary>The sentence of problem details (RFC 9457); null when there are none.</summary>
    private static string? Detail(string text)
    {
        try
        {
            return text.Length > 0 && JsonDocument.Parse(text).RootElement is { ValueKind: JsonValueKind.Object } problem ? problem.Text("detail") : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
