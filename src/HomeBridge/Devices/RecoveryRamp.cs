namespace HomeBridge.Devices;

/// <summary>
/// How a maker is met that just came back: a few calls in the first second, twice as many in each second after it. What
/// thousands waited for doesn't fall on it at once.
/// </summary>
internal sealed class RecoveryRamp(int callsInFirstSecond, TimeProvider time)
{
    /// <summary>Calls that may go before it is known that the ramp began.</summary>
    private const int AheadMax = 4;

    private long _beganAt = Over;
    private long _calls;

    private const long Over = -1;
    private const long NotBegun = 0;

    public bool IsOver => Interlocked.Read(ref _beganAt) switch
    {
        Over => true,
        NotBegun => false,
        var beganAt => time.GetElapsedTime(beganAt) > DeviceCloudLimits.RecoveryMax,
    };

    /// <summary>The maker is in trouble: after that, it is met slowly.</summary>
    public void Hold()
    {
        Interlocked.Exchange(ref _calls, 0);
        Interlocked.Exchange(ref _beganAt, NotBegun);
    }

    public void Begin() => Interlocked.CompareExchange(ref _beganAt, time.GetTimestamp(), NotBegun);

    public bool Admits()
    {
        if (IsOver)
        {
            return true;
        }

        var beganAt = Interlocked.Read(ref _beganAt);
        var passed = beganAt == NotBegun ? TimeSpan.Zero : time.GetElapsedTime(beganAt);
        var allowed = AheadMax + (callsInFirstSecond * (Math.Pow(2, passed.TotalSeconds) - 1));
        if (Interlocked.Increment(ref _calls) <= allowed)
        {
            return true;
        }

        Interlocked.Decrement(ref _calls);
        return false;
    }
}
