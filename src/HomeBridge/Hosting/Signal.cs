namespace HomeBridge.Hosting;

/// <summary>
/// Wakes everybody who waits for a change. Says only that there is something new; what it is stands in the database, so
/// a wake-up that is lost costs a heartbeat and nothing else.
/// </summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next change. Take it before reading, so that no change falls in between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise() => Interlocked.Exchange(ref _next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
