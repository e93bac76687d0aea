using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using HomeBridge.Hosting.StrangersJson;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace HomeBridge.Devices;

/// <summary>
/// The wire to the device cloud: deadlines, one retry for what may be repeated, and a check that an answer is the answer
/// to this very request. HTTP/1.1 matches replies by their order only, and a connection that lost its place hands one
/// home's reply to the next caller.
/// </summary>
internal sealed class DeviceCloudConnection : IDisposable
{
    /// <summary>An answer's bytes: ten thousand devices, generously described.</summary>
    private const int AnswerBytesMax = 8 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly DeviceCloudOptions _options;
    private readonly ILogger _log;
    private readonly ResiliencePipeline _repeatable;
    private readonly ResiliencePipeline _once;

    public DeviceCloudConnection(DeviceCloudOptions options, TimeProvider time, ILogger<DeviceCloudConnection> log)
    {
        _options = options;
        _log = log;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),

            // An answer that is not read to its end takes its connection with it.
            MaxResponseDrainSize = 0,
        })
        {
            BaseAddress = new Uri(options.BaseUrl + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
        _http.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { NoCache = true, NoStore = true };

        // Reading again does no harm; acting again might. One retry, so that a maker in trouble isn't asked twice as
        // often for long.
        _once = new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(options.CallTimeout).Build();
        _repeatable = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<TimeoutRejectedException>(),
            })
            .AddTimeout(options.CallTimeout)
            .Build();
    }

    /// <summary>For questions: asked again once when no answer came.</summary>
    public Task<DeviceCloudAnswer> Ask(HttpMethod method, string path, ReadOnlyMemory<byte>? body, CancellationToken cancel) =>
        Send(_repeatable, method, path, body, cancel);

    /// <summary>For what acts: sent once, whatever comes of it.</summary>
    public Task<DeviceCloudAnswer> Act(HttpMethod method, string path, ReadOnlyMemory<byte>? body, CancellationToken cancel) =>
        Send(_once, method, path, body, cancel);

    public void Dispose() => _http.Dispose();

    private async Task<DeviceCloudAnswer> Send(
        ResiliencePipeline pipeline, HttpMethod method, string path, ReadOnlyMemory<byte>? body, CancellationToken cancel)
    {
        var deadline = _options.CallTimeout;
        try
        {
            return await pipeline.ExecuteAsync(
                async attempt =>
                {
                    using var request = new HttpRequestMessage(method, path);
                    var requestId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
                    request.Headers.Add("Request-Id", requestId);
                    request.Headers.Add("Deadline-Ms", ((int)deadline.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
                    if (body is { } bytes)
                    {
                        request.Content = new ReadOnlyMemoryContent(bytes);
                        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                    }

                    using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, attempt);
                    if ((int)response.StatusCode >= 500)
                    {
                        throw new HttpRequestException("server error", null, response.StatusCode);
                    }

                    if (!response.Headers.TryGetValues("Answer-To", out var answersTo) || string.Join(',', answersTo) != requestId)
                    {
                        _log.LogError("The device cloud's reply answers another request: it is thrown away with its connection");
                        throw new DeviceCloudUnavailableException("The device cloud's reply answers another request.");
                    }

                    await response.Content.LoadIntoBufferAsync(AnswerBytesMax, attempt);
                    return new DeviceCloudAnswer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(attempt));
                },
                cancel);
        }
        catch (Exception failed) when (failed is HttpRequestException or TimeoutRejectedException or IOException
            || (failed is OperationCanceledException && cancel.IsCancellationRequested))
        {
            throw new DeviceCloudUnavailableException($"The device cloud did not answer ({failed.GetType().Name}).", failed);
        }
    }
}

/// <summary>A whole answer. What can't be read in it is the device cloud's failure, not ours.</summary>
internal sealed record DeviceCloudAnswer(HttpStatusCode Status, byte[] Body)
{
    public T Read<T>(HttpStatusCode expected, Func<JsonInput, T> read)
    {
        if (Status != expected)
        {
            throw new DeviceCloudUnavailableException($"The device cloud answered {(int)Status}.");
        }

        try
        {
            using var json = JsonInput.Open(Body, Body.Length);
            return read(json);
        }
        catch (Exception wrong) when (wrong is NotJsonException or JsonShapeException)
        {
            throw new DeviceCloudUnavailableException("The device cloud's answer can't be read.", wrong);
        }
    }
}
