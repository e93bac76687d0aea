using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Devices;

namespace HomeBridge.HomeGraph;

/// <summary>Everything that is about a whole home: asking for a SYNC, the states after one, and unlinking.</summary>
internal sealed class Linkage(
    HomeGraphQueue queue, HomeGraphOutbox outbox, HomeGraphClient client, RequestQuota quota, AccountLinks links, DeviceRegister register,
    DeviceCloud deviceCloud, AuditTrail audit, HomeGraphOptions options, TimeProvider time, ILogger<Linkage> log)
{
    /// <summary>In the trail, with the link that was the last and the kind of the platform's answer: the platform was told.</summary>
    public const string DeletedAction = "homegraph.deleted";

    /// <summary>Devices in one question to the device cloud.</summary>
    private const int DevicesPerQuestion = 500;

    private readonly BackOff _backOff = new(options);

    /// <summary>Asks for a SYNC, unless each link's devices are what it was told in its last one.</summary>
    public async Task Sync(Work work, AgentUser user, CancellationToken cancel)
    {
        bool isNeeded;
        try
        {
            isNeeded = await Changed(user, cancel);
        }
        catch (DeviceCloudUnavailableException unavailable)
        {
            // A SYNC would fail as well.
            queue.Write(outcome => outcome.Failed(work, unavailable.Message, _backOff.After(work.Failures)));
            return;
        }

        if (!isNeeded)
        {
            queue.Write(outcome => outcome.Rearm(work, options.RequestSyncDelay));
            return;
        }

        var (answer, started) = await Call(call => client.RequestSync(user.AgentUserId, queued: true, call), cancel);
        switch (answer)
        {
            case PlatformAnswer.Accepted:
                queue.Write(outcome => outcome.Rearm(work, options.RequestSyncDelay));
                break;
            case PlatformAnswer.NotFound missing:
                queue.Write(outcome =>
                {
                    outcome.Noted(user.AgentUserId, missing.Why);
                    outcome.NotFound(work);
                });
                break;
            case PlatformAnswer.Refused refused:
                log.LogError("The platform refuses a request to SYNC: {Why}", refused.Why);
                queue.Write(outcome =>
                {
                    outcome.Noted(user.AgentUserId, refused.Why);
                    outcome.Rearm(work, options.RequestSyncDelay);
                });
                break;
            default:
                Later(work, answer, started);
                break;
        }
    }

    /// <summary>A report was not found. This asks for one SYNC; the next report tells whether it helped.</summary>
    public async Task Probe(Work work, AgentUser user, CancellationToken cancel)
    {
        var (answer, started) = await Call(call => client.RequestSync(user.AgentUserId, queued: false, call), cancel);
        if (answer is PlatformAnswer.Denied or PlatformAnswer.OverQuota)
        {
            Later(work, answer, started);
            return;
        }

        queue.Write(outcome => outcome.Probed(work));
    }

    /// <summary>After a SYNC the platform is told the states of everything in it, as the device cloud says they are now.</summary>
    public async Task Refresh(Work work, AgentUser user, CancellationToken cancel)
    {
        var announced = queue.Announced(user.AgentUserId);
        var bound = links.BoundThrough(user.AgentUserId, [.. announced.Keys]).Select(one => one.Device).ToHashSet(StringComparer.Ordinal);
        try
        {
            foreach (var devices in register.Find(bound).Where(device => device.Ref.Vendor == user.Vendor).Chunk(DevicesPerQuestion))
            {
                var states = await deviceCloud.QueryStates(user.Account, Array.ConvertAll(devices, device => device.Ref.VendorDeviceId), cancel);
                outbox.Refreshed(user.AgentUserId, [.. devices.Zip(states)
                    .Where(one => one.Second is { Error: null })
                    .Select(one => (one.First, announced[one.First.Id.Value], one.Second!))]);
            }
        }
        catch (DeviceCloudUnavailableException unavailable)
        {
            queue.Write(outcome => outcome.Failed(work, unavailable.Message, _backOff.After(work.Failures)));
            return;
        }

        queue.Write(outcome => outcome.Rearm(work, options.FirstReportDelay));
    }

    /// <summary>We ended the last link: the platform shall show its devices no longer.</summary>
    public async Task Delete(Work work, AgentUser user, CancellationToken cancel)
    {
        // Asked after the wait, which may have been long.
        await quota.Take(cancel);
        if (links.LiveOf(user.AgentUserId).Count > 0)
        {
            // Linked anew meanwhile.
            queue.Write(outcome => outcome.Rearm(work, TimeSpan.Zero));
            return;
        }

        var (answer, started) = await Ask(call => client.Delete(user.AgentUserId, call), cancel);
        if (answer is PlatformAnswer.Denied or PlatformAnswer.OverQuota or PlatformAnswer.Failed)
        {
            Later(work, answer, started);
            return;
        }

        if (answer is PlatformAnswer.Refused refused)
        {
            log.LogError("The platform refuses to unlink a user: {Why}", refused.Why);
        }

        var isLinkedAgain = links.LiveOf(user.AgentUserId).Count > 0;
        queue.Write(outcome =>
        {
            if (isLinkedAgain)
            {
                outcome.Rearm(work, TimeSpan.Zero);
            }
            else
            {
                outcome.Forget(user.AgentUserId);
            }
        });
        audit.Append("system", DeletedAction, links.LastEnded(user.AgentUserId)?.Link.Id.Value ?? "none", answer.GetType().Name);
    }

    private async Task<bool> Changed(AgentUser user, CancellationToken cancel)
    {
        var live = links.LiveOf(user.AgentUserId);
        if (live.Count == 0)
        {
            return false;
        }

        var devices = register.Identify(user.Vendor, (await deviceCloud.ListDevices(user.Account, cancel)).Devices);
        var told = queue.AnnouncedHashes(user.AgentUserId);
        return live.Any(link =>
        {
            var bindings = links.Bindings(link.Id);
            return told.GetValueOrDefault(link.Id.Value) != AnnouncedDevices.Hash(
                devices.Select(device => bindings.TryGetValue(device.Id.Value, out var binding) ? binding.Device.Shown(device) : null).OfType<IdentifiedDevice>());
        });
    }

    private async Task<(PlatformAnswer Answer, long Started)> Call(Func<CancellationToken, Task<PlatformAnswer>> call, CancellationToken cancel)
    {
        await quota.Take(cancel);
        return await Ask(call, cancel);
    }

    private async Task<(PlatformAnswer Answer, long Started)> Ask(Func<CancellationToken, Task<PlatformAnswer>> call, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var answer = await call(cancel);
        if (answer is PlatformAnswer.Accepted)
        {
            quota.Served(started);
        }

        return (answer, started);
    }

    private void Later(Work work, PlatformAnswer answer, long started)
    {
        var (why, wait) = Waiting.For(answer, work, started, quota, _backOff, log);
        queue.Write(outcome => outcome.Failed(work, why, wait));
    }
}
