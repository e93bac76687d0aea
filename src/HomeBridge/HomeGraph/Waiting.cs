namespace HomeBridge.HomeGraph;

/// <summary>How long work waits after an answer that isn't about what was sent.</summary>
internal static class Waiting
{
    public static (string Why, TimeSpan Wait) For(PlatformAnswer answer, Work work, long started, RequestQuota quota, BackOff backOff, ILogger log)
    {
        switch (answer)
        {
            case PlatformAnswer.Denied denied:
                var pause = quota.Refused(started, null);
                log.LogError("The Home Graph refuses our credentials; nothing is sent for {Pause}: {Why}", pause, denied.Why);
                return (denied.Why, pause);
            case PlatformAnswer.OverQuota over:
                pause = quota.Refused(started, over.RetryAfter);
                log.LogWarning("The Home Graph's quota is used up; nothing is sent for {Pause}: {Why}", pause, over.Why);
                return (over.Why, pause);
            case PlatformAnswer.Failed failed:
                var wait = backOff.After(work.Failures, failed.RetryAfter);
                log.LogWarning("{Kind} failed {Failures} times in a row; again in {Wait}: {Why}", work.Kind, work.Failures + 1, wait, failed.Why);
                return (failed.Why, wait);
            default:
                throw new ArgumentOutOfRangeException(nameof(answer), answer.GetType().Name, "This answer is about what was sent.");
        }
    }
}
