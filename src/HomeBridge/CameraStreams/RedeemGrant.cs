using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Suspensions;

namespace HomeBridge.CameraStreams;

/// <summary>What a gateway is told when it redeems, renews or ends.</summary>
internal enum Redemption
{
    Honoured,
    NotHonoured,
    Suspended,

    /// <summary>The device cloud did not say in time, or the database does not say what is suspended.</summary>
    Unavailable,
}

/// <summary>
/// The bridge's side of a running stream. Link, binding, suspension and ownership are looked at again each time: a grant
/// is a record of what was allowed once, not a right to go on.
/// </summary>
internal sealed class RedeemGrant(
    StreamGrants grants, AccountLinks links, DeviceRegister register, DeviceCloud deviceCloud, DeviceCloudOptions maker, CameraStreamOptions options, EvidenceDemands demands, SuspensionBoard suspensions,
    AuditTrail audit, ILogger<RedeemGrant> log)
{
    public async Task<(Redemption Verdict, RedeemedGrant? Grant)> Redeem(string gateway, GrantId id, string protocol, CancellationToken cancel)
    {
        if (!grants.MayRedeem(id, gateway) || grants.Find(id) is not { } grant || links.Binding(grant.Link, grant.Device.Value) is not { Device.IsCamera: true } binding)
        {
            return (Redemption.NotHonoured, null);
        }

        // A ticket for one protocol opens no other, whatever a gateway says.
        if (grant.Protocol is { } granted && granted != protocol)
        {
            return (Redemption.NotHonoured, null);
        }

        if (!suspensions.Holds(LeaseClass.Cameras))
        {
            return (Redemption.Unavailable, null);
        }

        var device = binding.Device;
        if (GrantStream.IsSuspended(grant.Platform, grant.Link, device, suspensions.Current) || demands.Of(binding) is not { } demand)
        {
            return (Redemption.Suspended, null);
        }

        try
        {
            // The maker checks the owner again before it opens.
            var isProgressive = protocol == StreamProtocols.ProgressiveMp4;
            var isPeer = protocol == StreamProtocols.WebRtc;
            var wanted = new StreamWish(isProgressive ? MediaContainer.Fmp4 : options.HlsContainer, device.HasSound) { IsPeer = isPeer };
            var opening = await deviceCloud.OpenStream(device.Ref.VendorDeviceId, grant.Account, id.ToString(), wanted, cancel);
            switch (opening)
            {
                case StreamOpening.Opened { Container: not MediaContainer.Fmp4 } other when isProgressive:
                    log.LogWarning("A camera has no fragmented MP4, which a progressive stream is made of");
                    await deviceCloud.CloseStream(device.Ref.VendorDeviceId, other.StreamId, cancel);
                    return (Redemption.Unavailable, null);
                case StreamOpening.Opened opened when grants.Redeem(grant, device, gateway, opened.StreamId, demand.Grade, options.SessionsMax(demand)):
                    // The maker took its time: the link may have ended meanwhile. What ends after this look is in the
                    // revocation log after it too, and the gateway compares that with what it heard.
                    if (links.Binding(grant.Link, grant.Device.Value) is { Device.IsCamera: true })
                    {
                        return (Redemption.Honoured, Answer(grant, device, demand, opened, isPeer));
                    }

                    grants.End(id, gateway, "Revoked", "while it was opened", units: 0, bytes: 0);
                    await deviceCloud.CloseStream(device.Ref.VendorDeviceId, opened.StreamId, cancel);
                    return (Redemption.NotHonoured, null);
                case StreamOpening.Opened opened:
                    await deviceCloud.CloseStream(device.Ref.VendorDeviceId, opened.StreamId, cancel);
                    return (Redemption.NotHonoured, null);
                case StreamOpening.Offline:
                    return (Redemption.Unavailable, null);
                default:
                    return (Redemption.NotHonoured, null);
            }
        }
        catch (DeviceCloudUnavailableException unavailable)
        {
            log.LogWarning("A stream could not be opened: {Reason}", unavailable.Message);
            return (Redemption.Unavailable, null);
        }
    }

    public async Task<Redemption> Renew(string gateway, GrantId id, CancellationToken cancel)
    {
        if (grants.FindRunning(id, gateway) is not { } grant || links.Binding(grant.Link, grant.Device.Value) is not { Device.IsCamera: true } binding)
        {
            return Redemption.NotHonoured;
        }

        if (!suspensions.Holds(LeaseClass.Cameras))
        {
            return Redemption.Unavailable;
        }

        // What was opened with less than is demanded by now does not go on.
        if (GrantStream.IsSuspended(grant.Platform, grant.Link, binding.Device, suspensions.Current)
            || demands.Of(binding) is not { } demand || demand.Grade > grant.Grade)
        {
            return Redemption.Suspended;
        }

        try
        {
            var owner = await deviceCloud.Owner(binding.Device.Ref.VendorDeviceId, cancel);
            return owner?.Account == grant.Account ? Redemption.Honoured : Redemption.NotHonoured;
        }
        catch (DeviceCloudUnavailableException)
        {
            return Redemption.Unavailable;
        }
    }

    public async Task Ended(string gateway, SessionEnded ended, GrantId id, CancellationToken cancel)
    {
        if (grants.End(id, gateway, ended.Why, ended.Detail, ended.UnitsReleased, ended.BytesReleased) is not { } grant)
        {
            return;
        }

        if (ended.Why == "Evidence")
        {
            log.LogError("Evidence was wrong ({Verdict}) for {Device}: the session is over, nothing of the unit was released", ended.Detail, grant.Device);
            audit.Append($"gateway:{gateway}", "evidence.refused", grant.Device.Value, $"{ended.Detail} grant={id}");
        }

        if (grant.MakerStream is { } stream && register.Find(grant.Device.Value) is { } device)
        {
            await deviceCloud.CloseStream(device.Ref.VendorDeviceId, stream, cancel);
        }
    }

    /// <summary>The keys of this one camera, as long as the maker's key lives; that one stays here.</summary>
    private RedeemedGrant Answer(StreamGrant grant, Device device, EvidenceDemand demand, StreamOpening.Opened opened, bool isPeer)
    {
        var keys = DeviceEvidenceKeys.Derive(maker.EvidenceKey, device.Ref);
        return new RedeemedGrant
        {
            Grant = grant.Id.ToString(),
            AccountLink = grant.Link.Value,
            Platform = grant.Platform,
            Device = device.Id.Value,
            Vendor = device.Ref.Vendor,
            VendorDeviceId = device.Ref.VendorDeviceId,
            DeviceModel = device.Model,
            Firmware = device.Firmware,
            PeerPath = isPeer ? maker.PeerPath : null,
            MediaUrl = opened.MediaUrl.AbsoluteUri,
            MediaToken = opened.MediaToken,
            Container = opened.Container,
            Codecs = opened.Codecs,
            WithoutSound = !device.HasSound,
            Grade = demand.Grade,
            DevicePublicKey = demand.DeviceKey,
            IngestKey = demand.DeviceKey is null ? Convert.ToBase64String(keys.Ingest) : "",
            FreshKey = Convert.ToBase64String(keys.Fresh),
        };
    }
}
