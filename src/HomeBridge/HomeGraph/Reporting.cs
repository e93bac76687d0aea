using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.HomeGraph;

/// <summary>
/// Sends what waits for one agent user: states of several devices in one call, notifications one by one, each with its
/// device's state. Bindings and suspensions are asked last.
/// </summary>
internal sealed class Reporting(
    HomeGraphQueue queue, HomeGraphClient client, RequestQuota quota, AccountLinks links, DeviceRegister register,
    SuspensionBoard suspensions, HomeGraphOptions options, TimeProvider time, ILogger<Reporting> log)
{
    private readonly BackOff _backOff = new(options);

    public async Task States(Work work, AgentUser user, CancellationToken cancel)
    {
        var snapshot = suspensions.Current;
        var waiting = queue.States(user.AgentUserId);
        var permits = Permits(user.AgentUserId, waiting.Select(state => state.Device), snapshot);
        var ready = waiting.Where(state => permits[state.Device] is Permit.Tell).ToLookup(IsNews);
        queue.Write(outcome =>
        {
            foreach (var state in waiting.Where(state => permits[state.Device] is Permit.NotBound))
            {
                outcome.Unbound(user.AgentUserId, state.Device);
            }

            outcome.Held(user.AgentUserId, waiting.Where(state => permits[state.Device] is Permit.Hold));
            outcome.Known(user.AgentUserId, ready[false]);
            if (!ready[true].Any())
            {
                outcome.Rearm(work, TimeSpan.Zero);
            }
        });
        if (suspensions.Current.Version != snapshot.Version)
        {
            // Lifted between the question and the answer: nobody else would look at what was just held.
            queue.Release();
        }

        if (ready[true].Any())
        {
            await Send(work, user, [.. ready[true]], null, cancel);
        }
    }

    public async Task Notifications(Work work, AgentUser user, CancellationToken cancel)
    {
        if (queue.Notification(user.AgentUserId) is not { } notification)
        {
            queue.Write(outcome => outcome.Rearm(work, TimeSpan.Zero));
            return;
        }

        var permit = Permits(user.AgentUserId, [notification.Device], suspensions.Current)[notification.Device];
        if (permit is Permit.Tell)
        {
            // What happened comes with the state that it led to, never after a later one.
            await Send(work, user, queue.State(user.AgentUserId, notification.Device), notification, cancel);
            return;
        }

        // A state is told when the suspension is lifted; the news of an hour ago is not.
        log.LogInformation("A notification of {Device} is not told: {Reason}", notification.Device, permit is Permit.Hold ? "suspended" : "not bound any more");
        queue.Write(outcome =>
        {
            if (permit is Permit.NotBound)
            {
                outcome.Unbound(user.AgentUserId, notification.Device);
            }

            outcome.Done(notification);
            outcome.Rearm(work, TimeSpan.Zero);
        });
    }

    private static bool IsNews(WaitingState state) =>
        state.IsUncertain || state.Told is null || SignificantChange.Between(state.Told, state.ToTell);

    private async Task Send(Work work, AgentUser user, IReadOnlyList<WaitingState> states, WaitingNotification? notification, CancellationToken cancel)
    {
        var (answer, started) = await Call(user.AgentUserId, states, notification, cancel);
        var several = states.Count + (notification is null ? 0 : 1) > 1;
        switch (answer)
        {
            case PlatformAnswer.Accepted:
                queue.Write(outcome =>
                {
                    outcome.Told(user.AgentUserId, states);
                    if (notification is not null)
                    {
                        outcome.Done(notification);
                    }

                    outcome.Succeeded(work);
                });
                break;
            case PlatformAnswer.Refused or PlatformAnswer.NotFound when several && (answer is PlatformAnswer.Refused || user.NotFoundAt is not null):
                await SendSingly(work, user, states, notification, cancel);
                break;
            case PlatformAnswer.Refused refused:
                queue.Write(outcome =>
                {
                    Drop(outcome, user, states.SingleOrDefault(), notification, refused.Why);
                    outcome.Noted(user.AgentUserId, refused.Why);
                    outcome.Rearm(work, options.ReportInterval);
                });
                break;
            case PlatformAnswer.NotFound missing when user.NotFoundAt is null:
                log.LogInformation("The platform does not know a user of {Count} devices: it is asked to SYNC once", states.Count);
                queue.Write(outcome =>
                {
                    outcome.Noted(user.AgentUserId, missing.Why);
                    outcome.Probe(work);
                });
                break;
            case PlatformAnswer.NotFound missing:
                await Missing(work, user, states, notification, missing.Why, cancel);
                break;
            default:
                Later(work, user, states, answer, started);
                break;
        }
    }

    /// <summary>One of several is bad, and the platform doesn't say which: each alone, once, so that the good ones arrive.</summary>
    private async Task SendSingly(Work work, AgentUser user, IReadOnlyList<WaitingState> states, WaitingNotification? notification, CancellationToken cancel)
    {
        var parcels = states.Select(state => (State: (WaitingState?)state, Notification: (WaitingNotification?)null)).ToList();
        if (notification is not null)
        {
            parcels.Add((null, notification));
        }

        var anyAccepted = false;
        var missing = new List<(WaitingState? State, WaitingNotification? Notification)>();
        var why = "";
        foreach (var (state, news) in parcels)
        {
            var (answer, started) = await Call(user.AgentUserId, state is null ? [] : [state], news, cancel);
            switch (answer)
            {
                case PlatformAnswer.Accepted:
                    anyAccepted = true;
                    queue.Write(outcome =>
                    {
                        outcome.Told(user.AgentUserId, state is null ? [] : [state]);
                        if (news is not null)
                        {
                            outcome.Done(news);
                        }
                    });
                    break;
                case PlatformAnswer.Refused refused:
                    queue.Write(outcome => Drop(outcome, user, state, news, refused.Why));
                    break;
                case PlatformAnswer.NotFound notFound:
                    missing.Add((state, news));
                    why = notFound.Why;
                    break;
                default:
                    Later(work, user, state is null ? [] : [state], answer, started);
                    return;
            }
        }

        if (missing.Count > 0 && !anyAccepted)
        {
            await Missing(work, user, [.. missing.Select(one => one.State).OfType<WaitingState>()], missing[^1].Notification, why, cancel);
            return;
        }

        queue.Write(outcome =>
        {
            foreach (var (state, news) in missing)
            {
                Drop(outcome, user, state, news, why);
            }

            outcome.Succeeded(work);
        });
    }

    /// <summary>
    /// Not found, and it was asked to SYNC already. If it takes the state of another device that it had before, it knows
    /// the user and not these devices; otherwise the user is gone.
    /// </summary>
    private async Task Missing(
        Work work, AgentUser user, IReadOnlyList<WaitingState> states, WaitingNotification? notification, string why, CancellationToken cancel)
    {
        var devices = states.Select(state => state.Device).Append(notification?.Device ?? "").ToArray();
        if (queue.Witness(user.AgentUserId, devices) is { } witness
            && Permits(user.AgentUserId, [witness.Device], suspensions.Current)[witness.Device] is Permit.Tell)
        {
            var (answer, started) = await Call(user.AgentUserId, [witness], null, cancel);
            if (answer is PlatformAnswer.Accepted)
            {
                queue.Write(outcome =>
                {
                    foreach (var state in states)
                    {
                        Drop(outcome, user, state, null, why);
                    }

                    Drop(outcome, user, null, notification, why);
                    outcome.Succeeded(work);
                });
                return;
            }

            if (answer is not (PlatformAnswer.NotFound or PlatformAnswer.Refused))
            {
                Later(work, user, states, answer, started);
                return;
            }
        }

        var link = links.LiveOf(user.AgentUserId) is [var first, ..] ? first.Id.Value : "none";
        log.LogWarning("The platform has forgotten the user of {Link}: nothing is reported until it sends a SYNC ({Why})", link, why);
        queue.Write(outcome => outcome.Unlinked(user.AgentUserId, link, why));
    }

    private async Task<(PlatformAnswer Answer, long Started)> Call(
        string agentUserId, IReadOnlyList<WaitingState> states, WaitingNotification? notification, CancellationToken cancel)
    {
        await quota.Take(cancel);
        var started = time.GetTimestamp();
        var devices = states.Select(state => state.Device).Concat(notification is null ? [] : [notification.Device]);
        if (Permits(agentUserId, devices, suspensions.Current).Values.Any(permit => permit is not Permit.Tell))
        {
            // A pause may have kept us for an hour. It is looked at anew, and held or dropped.
            return (new PlatformAnswer.Failed("Not sent: a suspension or an unlinking came first.", null), started);
        }

        var answer = await client.Report(
            agentUserId,
            notification?.EventId,
            states.ToDictionary(state => state.Device, state => state.ToTell, StringComparer.Ordinal),
            notification is null ? NoNotifications : new Dictionary<string, JsonMap>(StringComparer.Ordinal) { [notification.Device] = notification.Payload },
            cancel);
        if (answer is PlatformAnswer.Accepted)
        {
            quota.Served(started);
        }

        return (answer, started);
    }

    private static readonly Dictionary<string, JsonMap> NoNotifications = [];

    private void Drop(Outcome outcome, AgentUser user, WaitingState? state, WaitingNotification? notification, string why)
    {
        if (state is not null)
        {
            log.LogError("The platform refuses the state of {Device}: {Why}", state.Device, why);
            outcome.Refused(user.AgentUserId, state, why);
        }

        if (notification is not null)
        {
            log.LogError("The platform refuses a notification of {Device}: {Why}", notification.Device, why);
            outcome.Refused(notification, why);
        }
    }

    private void Later(Work work, AgentUser user, IReadOnlyList<WaitingState> states, PlatformAnswer answer, long started)
    {
        var (why, wait) = Waiting.For(answer, work, started, quota, _backOff, log);
        queue.Write(outcome =>
        {
            if (answer is PlatformAnswer.Failed)
            {
                outcome.Uncertain(user.AgentUserId, states);
            }

            outcome.Failed(work, why, wait);
        });
    }

    private enum Permit
    {
        Tell,
        Hold,
        NotBound,
    }

    /// <summary>A state reaches every link of the user, so a suspension of any of them holds it back.</summary>
    private Dictionary<string, Permit> Permits(string agentUserId, IEnumerable<string> devices, SuspensionSnapshot snapshot)
    {
        var permits = devices.Distinct(StringComparer.Ordinal).ToDictionary(device => device, _ => Permit.NotBound, StringComparer.Ordinal);
        var known = register.Find(permits.Keys).ToDictionary(device => device.Id.Value, StringComparer.Ordinal);
        foreach (var (link, id) in links.BoundThrough(agentUserId, [.. permits.Keys]))
        {
            if (known.TryGetValue(id, out var device) && permits[id] is not Permit.Hold)
            {
                permits[id] = GrantStream.IsStateDenied(HomeGraphOutbox.Platform, link, device, snapshot) ? Permit.Hold : Permit.Tell;
            }
        }

        return permits;
    }
}
