namespace HomeBridge.Audit;

/// <summary>Signs the head of the trail when the bridge starts, every hour, and when it stops.</summary>
internal sealed class AuditHeadSigner(AuditHeads heads, TimeProvider time, ILogger<AuditHeadSigner> log) : BackgroundService
{
    /// <summary>What was written within the last hour could be rewritten unseen; a shorter time makes a longer file.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>The alarm of heads that can't be signed.</summary>
    private static readonly EventId NotSigned = new(1, "audit-head-not-signed");

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Sign();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!heads.Configured)
        {
            return;
        }

        await Task.Yield();
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            Sign();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Sign()
    {
        try
        {
            heads.Sign();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            log.LogCritical(NotSigned, failed, "The head of the audit trail could not be signed: look at Audit:HeadsFile and its disk");
        }
    }
}
