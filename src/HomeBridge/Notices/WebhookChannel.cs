using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Hosting;

namespace HomeBridge.Notices;

/// <summary>How notices leave.</summary>
internal interface INoticeChannel
{
    string Name { get; }

    /// <summary>Null when it arrived, otherwise what was wrong. May throw, and may take too long.</summary>
    Task<string?> Send(WrittenNotice notice, string? address, CancellationToken cancel);
}

/// <summary>
/// Posts notices to the maker, who tells residents in his own app. Signed, because the receiver shows what it gets to people:
/// HMAC-SHA-256 over the time and the body, as <c>contracts/notices.md</c> has it.
/// </summary>
internal sealed class WebhookChannel(WebhookOptions webhook, NoticeOptions options, TimeProvider time) : INoticeChannel, IDisposable
{
    public const string Id = "webhook";

    private readonly HttpClient _http = new(OutsideHttps.NewHandler(certificate: null)) { Timeout = Timeout.InfiniteTimeSpan };

    public string Name => Id;

    public async Task<string?> Send(WrittenNotice notice, string? address, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Body(notice.Id, notice.Kind, notice.At, notice.Vendor, notice.Account, notice.Language, notice.Subject, notice.Text, options.AccountUrl), JsonSerializerOptions.Web);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("HomeBridge-Notice-Id", notice.Id);
        request.Headers.Add("HomeBridge-Timestamp", timestamp);
        request.Headers.Add("HomeBridge-Signature", "v1=" + Sign(webhook.Key, timestamp, body));

        // The answer's body is nobody's concern, so it is not waited for.
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        return answer.IsSuccessStatusCode ? null : $"status {(int)answer.StatusCode}";
    }

    public void Dispose() => _http.Dispose();

    private static string Sign(byte[] key, string timestamp, byte[] body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData(Encoding.ASCII.GetBytes(timestamp + "."));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Body(
        string Id, string Kind, DateTimeOffset At, string Vendor, string Account, string Language, string Subject, string Text, string Url);
}
