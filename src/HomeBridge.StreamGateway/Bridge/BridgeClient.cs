using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Serialization.Metadata;
using HomeBridge.StreamGateway.WebRtc;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Bridge;

/// <summary>Calls to the bridge's private listener with this gateway's own key.</summary>
internal sealed class BridgeClient : IBridge, IPeerBridge, IDisposable
{
    /// <summary>A redemption waits for two calls to the maker; a viewer waits for a redemption.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private readonly HttpClient _http;

    public BridgeClient(GatewayOptions options)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            BaseAddress = new Uri(options.BridgeUrl),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"{options.Name}.{options.Key}");
    }

    /// <summary>Opens the feed where it was left. Its first line answers this beat.</summary>
    public async Task<Stream> OpenFeed(long? after, long beat, CancellationToken cancel)
    {
        var path = after is { } cursor ? $"{GatewayPaths.Feed}?beat={beat}&after={cursor}" : $"{GatewayPaths.Feed}?beat={beat}";
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Deadline);
        var answer = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStreamAsync(cancel);
    }

    /// <summary>Redeems a grant, once.</summary>
    public async Task<(GrantVerdict Verdict, RedeemedGrant? Grant)> Redeem(RedeemRequest request, CancellationToken cancel)
    {
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(Deadline);
            using var answer = await Post(GatewayPaths.Redeem, request, GatewayJson.Default.RedeemRequest, deadline.Token);
            var verdict = Verdict(answer.StatusCode);
            var grant = verdict is GrantVerdict.Granted
                ? await answer.Content.ReadFromJsonAsync(GatewayJson.Default.RedeemedGrant, deadline.Token)
                : null;
            return (verdict, grant);
        }
        catch (Exception failed) when (IsFailure(failed))
        {
            return (GrantVerdict.Unavailable, null);
        }
    }

    /// <summary>Asks whether a running session may go on.</summary>
    public async Task<GrantVerdict> Renew(RenewRequest request, CancellationToken cancel)
    {
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(Deadline);
            using var answer = await Post(GatewayPaths.Renew, request, GatewayJson.Default.RenewRequest, deadline.Token);
            return Verdict(answer.StatusCode);
        }
        catch (Exception failed) when (IsFailure(failed))
        {
            return GrantVerdict.Unavailable;
        }
    }

    /// <summary>Tells that a session is over, so that the maker's stream is closed and the record is complete.</summary>
    public Task<bool> Ended(SessionEnded ended, CancellationToken cancel) =>
        Tell(GatewayPaths.Ended, ended, GatewayJson.Default.SessionEnded, cancel);

    /// <summary>Tells what was refused or is odd.</summary>
    public Task<bool> Found(EvidenceFinding finding, CancellationToken cancel) =>
        Tell(GatewayPaths.Findings, finding, GatewayJson.Default.EvidenceFinding, cancel);

    /// <summary>Tells how much was proven.</summary>
    public Task<bool> Counted(UnitTally tally, CancellationToken cancel) =>
        Tell(GatewayPaths.Tally, tally, GatewayJson.Default.UnitTally, cancel);

    /// <summary>Tells that a suspension version is applied.</summary>
    public Task<bool> Acknowledge(FeedAcknowledgement acknowledgement, CancellationToken cancel) =>
        Tell(GatewayPaths.Acknowledge, acknowledgement, GatewayJson.Default.FeedAcknowledgement, cancel);

    /// <summary>Tells that this gateway is there.</summary>
    public Task<bool> Beat(GatewayBeat beat, CancellationToken cancel) =>
        Tell(GatewayPaths.Beat, beat, GatewayJson.Default.GatewayBeat, cancel);

    /// <summary>Tells that this node's cameras were stopped by hand, or go on.</summary>
    public Task<bool> BreakGlass(BreakGlassReport report, CancellationToken cancel) =>
        Tell(GatewayPaths.BreakGlass, report, GatewayJson.Default.BreakGlassReport, cancel);

    /// <summary>Tells what the self-probe found.</summary>
    public Task<bool> Probed(SelfProbeReport found, CancellationToken cancel) =>
        Tell(SelfProbeReport.Path, found, SelfProbeJson.Default.SelfProbeReport, cancel);

    /// <summary>Tells what was released.</summary>
    public Task<bool> Released(UnitsReleased released, CancellationToken cancel) =>
        Tell(UnitsReleased.Path, released, ReleaseJson.Default.UnitsReleased, cancel);

    /// <summary>Tells of a camera's answer, and asks whether another camera has had the like.</summary>
    public async Task<PeerVerdict> Answered(PeerAnswered answered, CancellationToken cancel)
    {
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(Deadline);
            using var answer = await Post(PeerAnswered.Path, answered, PeerJson.Default.PeerAnswered, deadline.Token);
            return answer.StatusCode switch
            {
                HttpStatusCode.NoContent => PeerVerdict.New,
                HttpStatusCode.Conflict => PeerVerdict.OtherCameras,
                _ => PeerVerdict.Unavailable,
            };
        }
        catch (Exception failed) when (IsFailure(failed))
        {
            return PeerVerdict.Unavailable;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> Tell<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(Deadline);
            using var answer = await Post(path, body, type, deadline.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failed) when (IsFailure(failed))
        {
            return false;
        }
    }

    private Task<HttpResponseMessage> Post<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancel) =>
        _http.PostAsJsonAsync(path, body, type, cancel);

    private static GrantVerdict Verdict(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK or HttpStatusCode.NoContent => GrantVerdict.Granted,
        HttpStatusCode.NotFound => GrantVerdict.NotHonoured,
        HttpStatusCode.Forbidden => GrantVerdict.Suspended,
        _ => GrantVerdict.Unavailable,
    };

    private static bool IsFailure(Exception failed) =>
        failed is HttpRequestException or OperationCanceledException or IOException or System.Text.Json.JsonException;
}
