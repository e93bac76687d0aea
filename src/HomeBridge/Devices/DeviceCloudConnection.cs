using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using HomeBridge.Hosting.StrangersJson;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace HomeBridge.Devices;

/// <summary>One call: whose share of the maker it uses (an account's, or a camera's), what it says, and how long its caller waits.</summary>
internal sealed record DeviceCloudCall(CallKind Kind, string Whose, HttpMethod Method, string Path, ReadOnlyMemory<byte>? Body, Deadline Deadline);

/// <summary>
/// The wire to the device cloud: shares, breaker, deadlines, one retry for what may be repeated, and a check that an
/// answer is the answer to this very request. HTTP/1.1 matches replies by their order only, and a connection that lost
/// its place hands one home's reply to the next caller.
/// </summary>
internal sealed class DeviceCloudConnection : IDisposable
{
    /// <summary>An answer's bytes: ten thousand devices, generously described.</summary>
    private const int AnswerBytesMax = 8 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly DeviceCloudOptions _options;
    private readonly DeviceCloudHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lane _homes;
    private readonly Lane _streams;
    private readonly CircuitBreakerStateProvider _breaker = new();
    private readonly ResiliencePipeline _guarded;
    private readonly ResiliencePipeline _repeatable;

    public DeviceCloudConnection(
        DeviceCloudOptions options, DeviceCloudWire wire, DeviceCloudHealth health, TimeProvider time, ILogger<DeviceCloudConnection> log)
    {
        (_options, _health, _time, _log) = (options, health, time, log);
        _http = new HttpClient(wire.Handler)
        {
            BaseAddress = new Uri(options.BaseUrl + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
        _http.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { NoCache = true, NoStore = true };

        var limits = options.Limits;
        _homes = new Lane(new Bulkhead(limits.CallsMax, limits.HomeCallsMax, time), new TroubledHomes(time), new RecoveryRamp(limits.RecoveryCallsPerSecond, time));
        _streams = new Lane(new Bulkhead(limits.StreamCallsMax, limits.CameraCallsMax, time), new TroubledHomes(time), new RecoveryRamp(limits.RecoveryCallsPerSecond, time));
        _guarded = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(Breaker(limits))
            .AddTimeout(options.CallTimeout)
            .Build();

        // Reading again does no harm; acting again might. One retry, so that a maker in trouble isn't asked twice as
        // often for long. What was turned away here is not tried again: that would be a storm of our own.
        _repeatable = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is HttpRequestException or TimeoutRejectedException),
            })
            .Build();
        health.Watch(() => (
            _breaker.CircuitState is CircuitState.Closed && !_homes.Ramp.IsOver ? "recovering" : DeviceCloudHealth.Name(_breaker.CircuitState),
            _homes.Troubled.SetAside,
            _streams.Troubled.SetAside));
    }

    /// <summary>For questions: asked again once when no answer came.</summary>
    public async Task<DeviceCloudAnswer> Ask(DeviceCloudCall call)
    {
        try
        {
            return await _repeatable.ExecuteAsync(
                static (state, _) => state.Connection.Send(state.Call), (Connection: this, Call: call), call.Deadline.Token);
        }
        catch (Exception failed) when (failed is not DeviceCloudUnavailableException)
        {
            throw Unavailable(failed, call);
        }
    }

    /// <summary>For what acts: sent once, whatever comes of it.</summary>
    public async Task<DeviceCloudAnswer> Act(DeviceCloudCall call)
    {
        try
        {
            return await Send(call);
        }
        catch (Exception failed) when (failed is not DeviceCloudUnavailableException)
        {
            throw Unavailable(failed, call);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _homes.Bulkhead.Dispose();
        _streams.Bulkhead.Dispose();
    }

    /// <summary>One attempt: a place, the breaker's leave, and only then the wire.</summary>
    private async ValueTask<DeviceCloudAnswer> Send(DeviceCloudCall call)
    {
        var lane = call.Kind is CallKind.Home ? _homes : _streams;
        using var place = await lane.Bulkhead.Enter(call.Whose, call.Deadline);
        if (place.Refusal is { } full)
        {
            throw Refused(call, full);
        }

        if (call.Deadline.Token.IsCancellationRequested || call.Deadline.Left < TimeSpan.FromMilliseconds(1))
        {
            throw Refused(call, Refusal.Late);
        }

        // Asked after the wait: what was true in front of the queue need not be true behind it.
        if (!lane.Troubled.MayCall(call.Whose))
        {
            throw Refused(call, Refusal.SetAside);
        }

        if (_breaker.CircuitState is CircuitState.Closed && !lane.Ramp.Admits())
        {
            throw Refused(call, Refusal.Recovering);
        }

        try
        {
            return await _guarded.ExecuteAsync(
                static (state, attempt) => state.Connection.OnTheWire(state.Call, state.Lane, attempt),
                (Connection: this, Call: call, Lane: lane),
                call.Deadline.Token);
        }
        catch (BrokenCircuitException)
        {
            throw Refused(call, Refusal.Open);
        }
        catch (TimeoutRejectedException)
        {
            lane.Troubled.Failed(call.Whose);
            throw;
        }
    }

    private async ValueTask<DeviceCloudAnswer> OnTheWire(DeviceCloudCall call, Lane lane, CancellationToken attempt)
    {
        var startedAt = _time.GetTimestamp();
        var outcome = "failed";
        _health.Sending(call.Kind);
        try
        {
            var answer = await Exchange(call, attempt);
            lane.Troubled.Succeeded(call.Whose);
            outcome = "answered";
            return answer;
        }
        catch (OperationCanceledException)
        {
            outcome = "late";
            throw;
        }
        catch (Exception failed) when (IsMakersFailure(failed))
        {
            lane.Troubled.Failed(call.Whose);
            throw;
        }
        finally
        {
            _health.Done(call.Kind, outcome, _time.GetElapsedTime(startedAt));
        }
    }

    private async Task<DeviceCloudAnswer> Exchange(DeviceCloudCall call, CancellationToken attempt)
    {
        using var request = new HttpRequestMessage(call.Method, call.Path);
        var requestId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var wait = call.Deadline.Left < _options.CallTimeout ? call.Deadline.Left : _options.CallTimeout;
        request.Headers.Add("Request-Id", requestId);
        request.Headers.Add("Deadline-Ms", ((int)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        if (call.Body is { } bytes)
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
            throw new DeviceCloudUnavailableException(CallFate.Unusable, "The device cloud's reply answers another request.");
        }

        var body = new ByteChunks();
        return await body.ReadToEnd(await response.Content.ReadAsStreamAsync(attempt), AnswerBytesMax, attempt)
            ? new DeviceCloudAnswer(response.StatusCode, body.ToSequence())
            : throw new DeviceCloudUnavailableException(CallFate.Unusable, "The device cloud's answer is too long.");
    }

    private CircuitBreakerStrategyOptions Breaker(DeviceCloudLimits limits) => new()
    {
        FailureRatio = limits.BreakerFailureRatio,
        SamplingDuration = limits.BreakerWindow,
        MinimumThroughput = limits.BreakerCallsMin,

        // By chance a little earlier or later, so that several bridges don't come back as one.
        BreakDurationGenerator = _ => ValueTask.FromResult(limits.BreakDuration * (RandomNumberGenerator.GetInt32(50, 151) / 100.0)),
        ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } failed && IsMakersFailure(failed)),
        StateProvider = _breaker,
        OnOpened = opened =>
        {
            _homes.Ramp.Hold();
            _streams.Ramp.Hold();
            _health.Opened(opened.BreakDuration);
            return default;
        },
        OnHalfOpened = _ =>
        {
            _health.HalfOpened();
            return default;
        },
        OnClosed = _ =>
        {
            _homes.Ramp.Begin();
            _streams.Ramp.Begin();
            _health.Closed();
            return default;
        },
    };

    /// <summary>A caller that hung up says nothing about the maker.</summary>
    private static bool IsMakersFailure(Exception failed) =>
        failed is HttpRequestException or TimeoutRejectedException or IOException or DeviceCloudUnavailableException;

    private DeviceCloudUnavailableException Refused(DeviceCloudCall call, Refusal refusal)
    {
        _health.Refused(call.Kind, refusal);
        return new DeviceCloudUnavailableException(CallFate.NeverSent, $"The device cloud was not called ({refusal}).");
    }

    /// <summary>What broke after it was sent. What broke before is refused above, with its reason.</summary>
    private static Exception Unavailable(Exception failed, DeviceCloudCall call) => failed switch
    {
        TimeoutRejectedException => new DeviceCloudUnavailableException(CallFate.Unanswered, "The device cloud did not answer in time.", failed),
        OperationCanceledException when call.Deadline.Token.IsCancellationRequested =>
            new DeviceCloudUnavailableException(CallFate.Unanswered, "The caller's time was up.", failed),
        HttpRequestException or IOException =>
            new DeviceCloudUnavailableException(CallFate.Unusable, $"The device cloud did not answer ({failed.GetType().Name}).", failed),
        _ => new InvalidOperationException("A call to the device cloud broke.", failed),
    };

    /// <summary>What the calls of one kind share.</summary>
    private sealed record Lane(Bulkhead Bulkhead, TroubledHomes Troubled, RecoveryRamp Ramp);
}

/// <summary>A whole answer. What can't be read in it is the device cloud's failure, not ours.</summary>
internal sealed record DeviceCloudAnswer(HttpStatusCode Status, ReadOnlySequence<byte> Body)
{
    public T Read<T>(HttpStatusCode expected, Func<JsonInput, T> read)
    {
        if (Status != expected)
        {
            throw new DeviceCloudUnavailableException(CallFate.Unusable, $"The device cloud answered {(int)Status}.");
        }

        try
        {
            using var json = JsonInput.Open(Body);
            return read(json);
        }
        catch (Exception wrong) when (wrong is NotJsonException or JsonShapeException)
        {
            throw new DeviceCloudUnavailableException(CallFate.Unusable, "The device cloud's answer can't be read.", wrong);
        }
    }
}
