using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.Streaming.Events;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.DeviceCloudEvents;

/// <summary>Another hand at the maker's key: sends what the sandbox's maker never would.</summary>
internal sealed class Maker : IDisposable
{
    public const string KeyId = "acme-events-1";

    private static long _sequence = Now.AddDays(1).ToUnixTimeMilliseconds();

    private readonly HttpClient _http;
    private readonly ECDsa _key = ECDsa.Create();

    public Maker(SandboxFixture sandbox)
    {
        _http = sandbox.Http;
        Url = new Uri(sandbox.Bridge, "/device-cloud/events");
        _key.ImportFromPem(File.ReadAllText(Path.Combine(sandbox.Process.DataFolder, "events-key.pem")));
    }

    public Uri Url { get; }

    public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    /// <summary>Above everything that was told so far, by the sandbox's maker too.</summary>
    public static long NextSequence => Interlocked.Increment(ref _sequence);

    public static Dictionary<string, object?> Event(string kind, string account, string? device, params (string Name, object? Value)[] more)
    {
        var told = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["eventId"] = Guid.NewGuid().ToString("N"),
            ["kind"] = kind,
            ["accountId"] = account,
            ["occurredAt"] = Now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"),
        };
        if (device is not null)
        {
            (told["deviceId"], told["sequence"]) = (device, NextSequence);
        }

        foreach (var (name, value) in more)
        {
            told[name] = value;
        }

        return told;
    }

    public static Dictionary<string, object?> On(string account, string device, bool on, long? sequence = null) =>
        Event("stateChanged", account, device, ("online", true), ("states", new { on, brightness = 50 }), ("sequence", sequence ?? NextSequence));

    public static byte[] Body(params object[] events) => JsonSerializer.SerializeToUtf8Bytes(new { events });

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static string Nonce() => Guid.NewGuid().ToString("N");

    public EventSigner.Headers Sign(byte[] body, long? created = null, ECDsa? key = null, string? url = null, string keyId = KeyId, string? nonce = null) =>
        EventSigner.Sign(key ?? _key, keyId, url ?? Url.AbsoluteUri, body, nonce ?? Nonce(), created ?? Now.ToUnixTimeSeconds());

    public byte[] SignData(byte[] data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Sends a call with these headers, whatever they are.</summary>
    public async Task<(int Status, string Text, HttpResponseHeaders Headers)> Send(
        byte[] body, EventSigner.Headers? signed, string contentType = "application/json", Uri? url = null, Action<HttpRequestMessage>? more = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url ?? Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (signed is not null)
        {
            foreach (var (name, value) in (IEnumerable<(string, string)>)
                [("Content-Digest", signed.ContentDigest), ("Signature-Input", signed.SignatureInput), ("Signature", signed.Signature)])
            {
                if (value.Length > 0)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            }
        }

        more?.Invoke(request);
        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers);
    }

    /// <summary>A call as it should be; each event's result, which must be a 200's.</summary>
    public async Task<IReadOnlyList<string>> Tell(params object[] events)
    {
        var body = Body(events);
        var (status, text, _) = await Send(body, Sign(body));
        Assert.True(status == 200, $"{status}: {text}");
        return Results(text);
    }

    public static IReadOnlyList<string> Results(string text) =>
        [.. JsonDocument.Parse(text).RootElement.GetProperty("results").EnumerateArray().Select(one => one.GetProperty("result").GetString()!)];

    public void Dispose() => _key.Dispose();
}
