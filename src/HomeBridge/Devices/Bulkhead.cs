using System.Threading.RateLimiting;

namespace HomeBridge.Devices;

/// <summary>Why a call was turned away before it was sent.</summary>
internal enum Refusal
{
    /// <summary>The home, or camera, has too much under way.</summary>
    OwnShare,

    /// <summary>The maker has too much under way.</summary>
    MakersShare,

    /// <summary>Calls of this home, or about this camera, failed again and again.</summary>
    SetAside,

    /// <summary>The breaker is open.</summary>
    Open,

    /// <summary>The maker just came back, and enough others ask already.</summary>
    Recovering,

    /// <summary>The caller's time was up.</summary>
    Late,
}

/// <summary>
/// A share of what the maker takes at one time, and in it a share for each home: a home that has filled its own waits for
/// itself, and holds no place that another home could use. Both queues are short and bounded.
/// </summary>
internal sealed class Bulkhead(int callsMax, int ownCallsMax, TimeProvider time) : IDisposable
{
    private readonly ConcurrencyLimiter _maker = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = callsMax,
        QueueLimit = callsMax * DeviceCloudLimits.QueueFactor,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private readonly PartitionedRateLimiter<string> _own = PartitionedRateLimiter.Create<string, string>(
        home => RateLimitPartition.GetConcurrencyLimiter(home, _ => new ConcurrencyLimiterOptions
        {
            PermitLimit = ownCallsMax,
            QueueLimit = ownCallsMax * DeviceCloudLimits.HomeQueueFactor,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }),
        StringComparer.Ordinal);

    /// <summary>A place for one call; refused when there is none in time.</summary>
    public async ValueTask<Place> Enter(string home, Deadline deadline)
    {
        var own = _own.AttemptAcquire(home);
        var maker = own.IsAcquired ? _maker.AttemptAcquire() : null;
        if (maker is { IsAcquired: true })
        {
            return new Place(own, maker);
        }

        using var patience = new Deadline(DeviceCloudLimits.QueueWaitMax, time, deadline.Token);
        try
        {
            own = own.IsAcquired ? own : await _own.AcquireAsync(home, 1, patience.Token);
            if (!own.IsAcquired)
            {
                return Place.Refused(Refusal.OwnShare);
            }

            maker = await _maker.AcquireAsync(1, patience.Token);
            if (maker.IsAcquired)
            {
                return new Place(own, maker);
            }
        }
        catch (OperationCanceledException)
        {
            // It waited for its turn in vain.
        }

        var refusal = deadline.Token.IsCancellationRequested ? Refusal.Late : own.IsAcquired ? Refusal.MakersShare : Refusal.OwnShare;
        own.Dispose();
        return Place.Refused(refusal);
    }

    public void Dispose()
    {
        _maker.Dispose();
        _own.Dispose();
    }

    /// <summary>A place in both shares, or why there is none. Given back by disposing it.</summary>
    internal readonly struct Place(RateLimitLease? own, RateLimitLease? maker) : IDisposable
    {
        public Refusal? Refusal { get; private init; }

        public static Place Refused(Refusal refusal) => new(null, null) { Refusal = refusal };

        public void Dispose()
        {
            maker?.Dispose();
            own?.Dispose();
        }
    }
}
