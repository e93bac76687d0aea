using System.Net;
using System.Net.Http.Headers;
using System.Text;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Sandbox;

/// <summary>A stream as the gateway holds it, with the gateway's own verifier.</summary>
internal sealed record OpenedStream(
    RunningCloud Cloud, string Camera, string Id, string MediaUrl, string Token)
{
    /// <summary>As they were when it was opened.</summary>
    public required DeviceEvidenceKeys Keys { get; init; }

    /// <summary>What is demanded of its units.</summary>
    public EvidenceGrade Grade { get; init; } = EvidenceGrade.G2;

    public async Task<HttpResponseMessage> GetAsync(
        string file, string? nonce = "nonce-0123456789", string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, MediaUrl + file);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? Token);
        if (nonce is not null)
            request.Headers.Add("Media-Nonce", nonce);
        return await Cloud.Anyone.SendAsync(request);
    }

    public async Task<string> PlaylistAsync()
    {
        using var answer = await GetAsync("live.m3u8", nonce: null);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    public async Task<long[]> SequencesAsync() => [.. (await PlaylistAsync()).Split('\n')
        .Where(line => line.EndsWith(".m4s", StringComparison.Ordinal))
        .Where(line => !line.StartsWith("http", StringComparison.Ordinal))
        .Select(line => long.Parse(line[..^4]))];

    public async Task<long> NewestAsync() => (await SequencesAsync())[^1];

    /// <summary>
    /// Fetches a unit, the newest segment when nothing else is said, and judges it as the gateway would.
    /// </summary>
    public async Task<(EvidenceVerdict Verdict, string Body)> JudgeAsync(UnitKind kind = UnitKind.Segment)
    {
        var sequence = kind == UnitKind.Init ? 0 : await NewestAsync();
        var nonce = Guid.NewGuid().ToString("N");
        using var answer = await GetAsync(kind == UnitKind.Init ? "init.mp4" : $"{sequence}.m4s", nonce);
        var body = await answer.Content.ReadAsByteArrayAsync();
        var unit = new UnverifiedUnit((int)answer.StatusCode, body, new(
            One(answer, "Media-Unit"), One(answer, "Content-Digest"), One(answer, "Signature-Input"),
            One(answer, "Signature"), answer.Headers.Age > TimeSpan.Zero));
        var verdict = new EvidenceVerifier(Cloud.Time).Verify(
            new(new DeviceRef("acme", Camera), Keys, kind, sequence, nonce) { Grade = Grade }, unit, out _);
        return (verdict, Encoding.ASCII.GetString(body));
    }

    public Task<HttpResponseMessage> CloseAsync(
        ) => Cloud.Bridge.DeleteAsync($"/v1/devices/{Camera}/streams/{Id}");

    public async Task<HttpStatusCode> StatusAsync()
    {
        using var answer = await GetAsync("live.m3u8", nonce: null);
        return answer.StatusCode;
    }

    private static string? One(HttpResponseMessage answer, string name) =>
        (answer.Headers.TryGetValues(name, out var values)
            || answer.Content.Headers.TryGetValues(name, out values))
            && values.Count() == 1
            ? values.Single()
            : null;
}
