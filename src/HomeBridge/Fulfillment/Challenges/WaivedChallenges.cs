using HomeBridge.Audit;

namespace HomeBridge.Fulfillment.Challenges;

/// <summary>A challenge that configuration takes away is said aloud at each start, and stays in the audit trail.</summary>
internal sealed class WaivedChallenges(ChallengeOptions options, AuditTrail audit, ILogger<WaivedChallenges> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Waived.Count > 0)
        {
            var waived = string.Join(", ", options.Waived);
            log.LogWarning("These commands go without the confirmation that is the default: {Waived}. {Because}", waived, options.WaivedBecause);
            audit.Append("system", "challenge.waived", waived, options.WaivedBecause!);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
