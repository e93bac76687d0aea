using System.Net.Http.Headers;
using System.Text.Json;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>A suspension that the bridge raised by itself.</summary>
internal sealed record AutomaticSuspension(string Id, string Reason, string Scope, string Incident, DateTimeOffset RaisedAt);

/// <summary>The two sandbox operators: what they would see, and the button that only the second one may press.</summary>
internal sealed class OpsDesk(TheatreOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan SettledWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(50);

    private const string Reader = "sandbox-operator";
    private const string Approver = "sandbox-operator-2";

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        BaseAddress = new Uri(options.OpsUrl),
        Timeout = TimeSpan.FromSeconds(5),
    };

    public async Task<IReadOnlyList<AutomaticSuspension>> Automatic(CancellationToken cancel)
    {
        var answer = await Ask(HttpMethod.Get, "/ops/v1/suspensions", Reader, null, cancel);
        return [.. answer.GetProperty("suspensions").EnumerateArray()
            .Where(one => Text(one, "origin") == "automatic" && Text(one, "state") != "lifted")
            .Select(one => new AutomaticSuspension(
                Text(one, "id"), Text(one, "reason"), ScopeOf(one.GetProperty("scope")), Text(one, "incident"), one.GetProperty("raised_at").GetDateTimeOffset()))];
    }

    /// <summary>Lifts what the bridge raised by itself, and waits until its gateways have heard of it.</summary>
    public async Task LiftAutomatic(CancellationToken cancel)
    {
        var raised = await Automatic(cancel);
        foreach (var suspension in raised)
        {
            await Ask(
                HttpMethod.Post, $"/ops/v1/suspensions/{suspension.Id}/lift", Approver, new { reason = "the incident theatre was cleared", force = true }, cancel);
        }

        var since = time.GetTimestamp();
        while (raised.Count > 0 && !await Settled(cancel) && time.GetElapsedTime(since) < SettledWithin)
        {
            await Task.Delay(AskAgainAfter, time, cancel);
        }
    }

    /// <summary>Rows of the trail since a moment, newest first.</summary>
    public async Task<IReadOnlyList<(string Action, string Detail)>> Trail(DateTimeOffset since, CancellationToken cancel)
    {
        var answer = await Ask(HttpMethod.Get, "/ops/v1/audit?limit=40", Reader, null, cancel);
        return [.. answer.GetProperty("rows").EnumerateArray()
            .Where(row => row.GetProperty("at").GetInt64() >= since.ToUnixTimeMilliseconds())
            .Select(row => (Text(row, "action"), Text(row, "detail")))];
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> Settled(CancellationToken cancel)
    {
        var answer = await Ask(HttpMethod.Get, "/ops/v1/replicas", Reader, null, cancel);
        var version = answer.GetProperty("version").GetInt64();
        return answer.GetProperty("replicas").EnumerateArray()
            .All(replica => !replica.GetProperty("live").GetBoolean() || replica.GetProperty("version").GetInt64() >= version);
    }

    private async Task<JsonElement> Ask(HttpMethod method, string path, string who, object? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", who);
        using var answer = await _http.SendAsync(request, cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancel);
    }

    /// <summary>The members that narrow it, as words.</summary>
    private static string ScopeOf(JsonElement scope) => string.Join(
        ", ",
        scope.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String).Select(member => $"{member.Name} {member.Value}"));

    private static string Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
