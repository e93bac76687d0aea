using System.Text.Json;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;

namespace HomeBridge.Gateways;

/// <summary>
/// Tells the other bridges how this one and its gateways are, and reads what they tell: once a second, and at once when
/// somebody applied what is suspended. So whoever asks any bridge sees all of them.
/// </summary>
internal sealed class ReplicaNews(
    ReplicaRoll roll, ReplicaBell bell, Replicas replicas, OtherBridges others, TicketKeyRing keys, Signal signal, TimeProvider time, ILogger<ReplicaNews> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>While somebody waits here for the others, they are looked at so often, also where no ring arrives.</summary>
    private static readonly TimeSpan WhileWaitedFor = TimeSpan.FromMilliseconds(100);

    private bool _said;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (!roll.IsShared)
        {
            return;
        }

        var (stamp, toldAt) = ("", 0L);
        while (!stoppingToken.IsCancellationRequested)
        {
            var (changed, confirmed, applied, ended) = (signal.Next, replicas.Next, bell.Next(BellTopic.Applied), bell.Next(BellTopic.Ended));
            try
            {
                var news = replicas.News;
                if (news.Stamp != stamp || time.GetElapsedTime(toldAt) >= Every)
                {
                    roll.Say(JsonSerializer.Serialize(news));
                    toldAt = time.GetTimestamp();
                    if (news.Stamp != stamp)
                    {
                        stamp = news.Stamp;
                        bell.Ring(BellTopic.Applied);
                    }
                }

                roll.Look();
                others.Look();
                keys.Reload();
                replicas.Retold();
                _said = false;
            }
            catch (Exception failed)
            {
                if (!_said)
                {
                    _said = true;
                    log.LogError("The other bridges can't be told, nor heard ({Reason})", failed.Message);
                }
            }

            await Wait([changed, applied, ended], confirmed, stamp, stoppingToken);
        }

        try
        {
            roll.Leave();
        }
        catch (Exception unreachable)
        {
            log.LogWarning("This bridge could not be taken off the roll ({Reason})", unreachable.Message);
        }
    }

    /// <summary>A gateway is heard of four times a second, which is no news by itself: only what it applied is.</summary>
    private async Task Wait(Task[] news, Task confirmed, string stamp, CancellationToken stopping)
    {
        var since = time.GetTimestamp();
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var due = Task.Delay(WhileWaitedFor, time, pause.Token);
        while (!stopping.IsCancellationRequested)
        {
            var first = await Task.WhenAny([.. news, confirmed, due]);
            if (first == confirmed)
            {
                confirmed = replicas.Next;
                if (replicas.News.Stamp != stamp)
                {
                    break;
                }
            }
            else if (first != due || replicas.IsWaitedFor || time.GetElapsedTime(since) >= Every)
            {
                break;
            }
            else
            {
                due = Task.Delay(WhileWaitedFor, time, pause.Token);
            }
        }

        await pause.CancelAsync();
    }
}
