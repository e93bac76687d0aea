namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>Calls in the minute that is under way. When it is full, the rest of the minute is refused.</summary>
internal sealed class CallQuota(HomeGraphOptions options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private DateTimeOffset _began = time.GetUtcNow();
    private int _calls;

    public void Spend()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (now - _began >= Window)
            {
                (_began, _calls) = (now, 0);
            }

            if (_calls >= options.CallsPerMinuteMax)
            {
                throw GraphException.ResourceExhausted("Quota exceeded for calls per minute of this project.", _began + Window - now);
            }

            _calls++;
        }
    }
}
