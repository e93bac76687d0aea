using System.Threading.Channels;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Vitals;

namespace HomeBridge.HomeGraph;

/// <summary>
/// State accuracy as the platform counts it: what it was told against what QUERY answers now. Looked at behind the
/// answer, never before it. A device that turns out stale, because an event of the maker's got lost, is told anew.
/// </summary>
internal sealed class AccuracyCheck(HomeGraphOutbox outbox, QualityFigures figures, ILogger<AccuracyCheck> log) : BackgroundService
{
    /// <summary>Answers that wait to be looked at; beyond that they are let go, which costs a figure and nothing else.</summary>
    private const int WaitingMax = 1000;

    private readonly Channel<Queried> _queried = Channel.CreateBounded<Queried>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Whether what this link is told is compared with anything.</summary>
    public bool IsWanted(AccountLink link) => outbox.Enabled && link.Platform == HomeGraphOutbox.Platform;

    /// <summary>QUERY told the platform these states, complete and checked.</summary>
    public void Answered(AccountLink link, IReadOnlyList<(Device Device, JsonMap States)> devices)
    {
        if (IsWanted(link) && devices.Count > 0)
        {
            _queried.Writer.TryWrite(new Queried(link.AgentUserId, devices));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var queried in _queried.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                Compare(queried);
            }
            catch (Exception broken) when (broken is not OperationCanceledException)
            {
                // It costs a figure. Thrown further, it would stop the bridge.
                log.LogWarning(broken, "State accuracy could not be looked at");
            }
        }
    }

    private void Compare(Queried queried)
    {
        var settled = outbox.Settled(queried.AgentUserId, [.. queried.Devices.Select(one => one.Device.Id.Value)]);
        var stale = 0;
        foreach (var (device, states) in queried.Devices)
        {
            if (settled.TryGetValue(device.Id.Value, out var told))
            {
                var isAccurate = !SignificantChange.Between(told, StateDocument.After(null, device, online: true, states, out _));
                figures.Compared(device.Type, isAccurate);
                stale += isAccurate ? 0 : 1;
            }
        }

        if (stale > 0)
        {
            log.LogInformation("{Count} devices are not as the platform was told: all of the user's are told anew", stale);
            outbox.TellAnew(queried.AgentUserId);
        }
    }

    private sealed record Queried(string AgentUserId, IReadOnlyList<(Device Device, JsonMap States)> Devices);
}
