using System.Net.Http.Headers;
using System.Text.Json;

namespace HomeBridge.Sandbox.NaiveGateway;

/// <summary>A stream that the maker opened for us.</summary>
internal sealed record NaiveStream(string Id, string DeviceId, string MediaUrl, string Token)
{
    public override string ToString() => nameof(NaiveStream);
}

/// <summary>The maker's API and media, over pooled connections.</summary>
internal sealed class MakerClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    public MakerClient(string cloudUrl, string bridgeKey)
    {
        _http = new HttpClient { BaseAddress = new Uri(cloudUrl), Timeout = Patience };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bridgeKey);
    }

    /// <summary>Opens the camera at a place in the account's list: the account was signed in, so the list is its own.</summary>
    public async Task<NaiveStream?> Open(string account, int place, CancellationToken cancel)
    {
        var list = await _http.GetFromJsonAsync<JsonElement>($"/v1/accounts/{account}/devices", cancel);
        var camera = list.GetProperty("devices").EnumerateArray()
            .Where(device => device.GetProperty("type").GetString() == "CAMERA")
            .ElementAt(place)
            .GetProperty("id").GetString()!;
        using var answer = await _http.PostAsJsonAsync(
            $"/v1/devices/{camera}/streams", new { accountId = account, sessionId = Secrets.New() }, cancel);
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        var opened = await answer.Content.ReadFromJsonAsync<JsonElement>(cancel);
        string Text(string name) => opened.GetProperty(name).GetString()!;
        return new NaiveStream(Text("streamId"), camera, Text("mediaUrl"), Text("mediaToken"));
    }

    public async Task Close(NaiveStream stream, CancellationToken cancel)
    {
        using var answer = await _http.DeleteAsync(new Uri($"/v1/devices/{stream.DeviceId}/streams/{stream.Id}", UriKind.Relative), cancel);
    }

    /// <summary>A playlist or a unit as it comes, or null.</summary>
    public async Task<byte[]?> Fetch(NaiveStream stream, string file)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, stream.MediaUrl + file);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", stream.Token);
        request.Headers.Add("Media-Nonce", Secrets.New());
        using var answer = await _http.SendAsync(request);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync() : null;
    }

    public void Dispose() => _http.Dispose();
}
