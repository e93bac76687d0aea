namespace HomeBridge.StreamGateway.WebRtc.Relay;

/// <summary>A rate with a second's worth of it in store. One caller at a time.</summary>
internal struct TokenBucket(int perSecond, long frequency)
{
    private double _tokens = perSecond;
    private long _at;

    public bool TryTake(int count, long now)
    {
        if (_at != 0)
        {
            _tokens = Math.Min(perSecond, _tokens + ((now - _at) * (double)perSecond / frequency));
        }

        _at = now;
        if (_tokens < count)
        {
            return false;
        }

        _tokens -= count;
        return true;
    }
}
