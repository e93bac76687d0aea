using System.Diagnostics;
using System.Security.Cryptography;
using HomeBridge.Streaming.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace HomeBridge.Devices;

/// <summary>Whose share of the maker a call uses (an account's, or a camera's), and how long its caller waits.</summary>
internal readonly record struct GuardedCall(CallKind Kind, string Whose, Deadline Deadline);

/// <summary>A question to the maker, whoever that is; the arguments come along so that asking makes no closure.</summary>
internal delegate ValueTask<T> MakersAnswer<in TAsked, T>(IDeviceCloud maker, TAsked asked, TimeSpan patience, CancellationToken cancel);

/// <summary>
/// What stands in front of the device cloud, over the network or in this process: shares, breaker, deadlines, and one retry
/// for what may be repeated.
/// </summary>
internal sealed class GuardedDeviceCloud : IDisposable
{
    private readonly IDeviceCloud _maker;
    private readonly DeviceCloudOptions _options;
    private readonly DeviceCloudHealth _health;
    private readonly Tracing _tracing;
    private readonly TimeProvider _time;
    private readonly Lane _homes;
    private readonly Lane _streams;
    private readonly CircuitBreakerStateProvider _breaker = new();
    private readonly ResiliencePipeline _guarded;
    private readonly ResiliencePipeline _repeatable;

    public GuardedDeviceCloud(DeviceCloudOptions options, IDeviceCloud maker, DeviceCloudHealth health, Tracing tracing, TimeProvider time)
    {
        (_options, _maker, _health, _tracing, _time) = (options, maker, health, tracing, time);
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
    public async ValueTask<T> Ask<TAsked, T>(GuardedCall call, TAsked asked, MakersAnswer<TAsked, T> answer)
    {
        try
        {
            return await _repeatable.ExecuteAsync(
                static (state, _) => state.Guard.Send(state.Call, state.Asked, state.Answer),
                (Guard: this, Call: call, Asked: asked, Answer: answer),
                call.Deadline.Token);
        }
        catch (Exception failed) when (failed is not DeviceCloudUnavailableException)
        {
            throw Unavailable(failed, call);
        }
    }

    /// <summary>For what acts: sent once, whatever comes of it.</summary>
    public async ValueTask<T> Act<TAsked, T>(GuardedCall call, TAsked asked, MakersAnswer<TAsked, T> answer)
    {
        try
        {
            return await Send(call, asked, answer);
        }
        catch (Exception failed) when (failed is not DeviceCloudUnavailableException)
        {
            throw Unavailable(failed, call);
        }
    }

    public void Dispose()
    {
        _homes.Bulkhead.Dispose();
        _streams.Bulkhead.Dispose();
    }

    /// <summary>One attempt: a place, the breaker's leave, and only then the maker.</summary>
    private async ValueTask<T> Send<TAsked, T>(GuardedCall call, TAsked asked, MakersAnswer<TAsked, T> answer)
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
                static (state, attempt) => state.Guard.AskMaker(state.Call, state.Lane, state.Asked, state.Answer, attempt),
                (Guard: this, Call: call, Lane: lane, Asked: asked, Answer: answer),
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

    private async ValueTask<T> AskMaker<TAsked, T>(GuardedCall call, Lane lane, TAsked asked, MakersAnswer<TAsked, T> answer, CancellationToken attempt)
    {
        var startedAt = _time.GetTimestamp();
        var outcome = DeviceCloudHealth.Failed;
        using var span = _tracing.Step("device_cloud.call", ActivityKind.Client);
        _health.Sending(call.Kind);
        try
        {
            var left = call.Deadline.Left;
            var asking = answer(_maker, asked, left < _options.CallTimeout ? left : _options.CallTimeout, attempt);

            // A maker in this process may not listen to the cancellation. The caller is not left waiting for that.
            var answered = asking.IsCompleted ? await asking : await asking.AsTask().WaitAsync(attempt);
            lane.Troubled.Succeeded(call.Whose);
            outcome = DeviceCloudHealth.Answered;
            return answered;
        }
        catch (OperationCanceledException)
        {
            outcome = DeviceCloudHealth.Late;
            throw;
        }
        catch (Exception failed)
        {
            if (IsMakersFailure(failed))
            {
                lane.Troubled.Failed(call.Whose);
            }
            else
            {
                lane.Troubled.Succeeded(call.Whose);
                outcome = DeviceCloudHealth.Answered;
            }

            throw;
        }
        finally
        {
            _health.Done(call.Kind, outcome, _time.GetElapsedTime(startedAt));
            span.Say(SpanTags.Outcome, outcome);
        }
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

    /// <summary>A caller that hung up says nothing about the maker, and words that nobody understands say that he is there.</summary>
    private static bool IsMakersFailure(Exception failed) =>
        failed is not OperationCanceledException and not DeviceCloudUnavailableException { Fate: CallFate.Unreadable };

    private DeviceCloudUnavailableException Refused(GuardedCall call, Refusal refusal)
    {
        _health.Refused(call.Kind, refusal);
        return new DeviceCloudUnavailableException(CallFate.NeverSent, $"The device cloud was not called ({refusal}).");
    }

    /// <summary>What broke after it was sent. What broke before is refused above, with its reason.</summary>
    private static Exception Unavailable(Exception failed, GuardedCall call) => failed switch
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
