using System.Buffers.Text;
using System.Security.Cryptography;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Telemetry;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Suspensions;

namespace HomeBridge.CameraStreams;

/// <summary>What came of asking for a camera's stream.</summary>
internal abstract record StreamGranting
{
    private StreamGranting()
    {
    }

    /// <summary>The URL is the credential: it is shown to this one viewer and to nobody else. On a Cast device it is for our receiver, if there is one.</summary>
    public sealed record Granted(string AccessUrl, string? ReceiverAppId) : StreamGranting
    {
        /// <summary>Of a camera that declares that it needs one: for this camera and this grant only.</summary>
        public string? AuthToken { get; init; }

        /// <summary>For a peer connection, the platform's JSON text; null when none is configured.</summary>
        public string? IceServers { get; init; }

        public override string ToString() => nameof(Granted);
    }

    public sealed record Refused(string ErrorCode) : StreamGranting;
}

/// <summary>
/// Grants one viewer one camera: ownership asked anew at the device cloud, suspensions asked last, the grant recorded
/// before its ticket exists.
/// </summary>
internal sealed class GrantStream(
    DeviceCloud deviceCloud, StreamGrants grants, EvidenceDemands demands, SuspensionBoard suspensions, SharingPauses pauses, TicketKeyRing keys,
    OwnershipInstruments ownership, CameraStreamOptions options, Tracing tracing, TimeProvider time)
{
    /// <summary>Bytes of a token: from the cryptographic generator, one for each grant.</summary>
    private const int TokenLength = 32;

    public async Task<StreamGranting> Grant(AccountLink link, DeviceBinding binding, string protocol, bool needsToken, Deadline deadline)
    {
        using var span = tracing.Step("stream.grant");
        span.Say(SpanTags.Vendor, link.Vendor);
        span.Say(SpanTags.Protocol, protocol);
        var granting = await Decide(link, binding, protocol, needsToken, deadline);
        span.Say(SpanTags.Outcome, granting is StreamGranting.Refused refused ? refused.ErrorCode : "granted");
        return granting;
    }

    private async Task<StreamGranting> Decide(AccountLink link, DeviceBinding binding, string protocol, bool needsToken, Deadline deadline)
    {
        var device = binding.Device;
        if (!suspensions.Holds(LeaseClass.Cameras) || IsSuspended(link.Platform, link.Id, device, suspensions.Current))
        {
            return new StreamGranting.Refused("streamUnavailable");
        }

        if (pauses.IsPaused(link.Vendor, link.Account, device.Id.Value))
        {
            return new StreamGranting.Refused("streamUnavailable");
        }

        DeviceOwner? owner;
        try
        {
            owner = await deviceCloud.Owner(device.Ref.VendorDeviceId, deadline);
        }
        catch (DeviceCloudUnavailableException)
        {
            return new StreamGranting.Refused("transientError");
        }

        // Whose it is now decides, whatever was bound once.
        if (owner?.Account != link.Account)
        {
            ownership.FoundWhenGranting();
            return new StreamGranting.Refused("deviceNotFound");
        }

        if (!owner.Online)
        {
            return new StreamGranting.Refused("deviceOffline");
        }

        if (owner.Error is { } error)
        {
            return new StreamGranting.Refused(error);
        }

        if (demands.Of(binding) is not { } demand || !suspensions.Holds(LeaseClass.Cameras) || IsSuspended(link.Platform, link.Id, device, suspensions.Current))
        {
            return new StreamGranting.Refused("streamUnavailable");
        }

        // No key may sign any more: an operator took it out, and the next one is not configured yet.
        if (keys.Signing is not { } signer)
        {
            return new StreamGranting.Refused("streamUnavailable");
        }

        if (grants.Record(link, device.Id, options, options.SessionsMax(demand), protocol, tracing.Carried) is not { } grant)
        {
            return new StreamGranting.Refused(pauses.IsPaused(link.Vendor, link.Account, device.Id.Value) ? "streamUnavailable" : "deviceBusy");
        }

        // Never the account's own token, which opens nothing here.
        var token = needsToken || protocol == StreamProtocols.WebRtc ? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenLength)) : null;
        if (protocol == StreamProtocols.WebRtc)
        {
            var signalling = signer.SignSignalling(grant, time.GetUtcNow(), options.TicketLifetime, SignallingBinding.Of(token!, device.Id.Value));
            return new StreamGranting.Granted($"{options.GatewayUrl}/v1/w/{signalling}", options.ReceiverAppId) { AuthToken = token, IceServers = options.IceServers };
        }

        var (purpose, file) = protocol == StreamProtocols.ProgressiveMp4 ? (TicketPurpose.Progressive, "live.mp4") : (TicketPurpose.Hls, "live.m3u8");
        var ticket = signer.Sign(grant, time.GetUtcNow(), options.TicketLifetime, purpose);
        return new StreamGranting.Granted($"{options.GatewayUrl}/v1/e/{ticket}/{file}", options.ReceiverAppId) { AuthToken = token };
    }

    public static bool IsSuspended(string platform, AccountLinkId link, Device device, SuspensionSnapshot suspensions) =>
        suspensions.Denies(SuspensionEffects.CutStreams, Facts(platform, link, device, "CameraStream"), out _);

    /// <summary>Whether a device's state is told to nobody: it, or any of its traits, is suspended.</summary>
    public static bool IsStateDenied(string platform, AccountLinkId link, Device device, SuspensionSnapshot suspensions)
    {
        var facts = Facts(platform, link, device, trait: null);
        if (suspensions.Denies(SuspensionEffects.DenyState, facts, out _))
        {
            return true;
        }

        foreach (var trait in device.Traits)
        {
            if (suspensions.Denies(SuspensionEffects.DenyState, facts with { Trait = trait }, out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What suspensions are asked about a device of a link.</summary>
    public static SuspensionFacts Facts(string platform, AccountLinkId link, Device device, string? trait) => new(
        platform,
        device.Ref.Vendor,
        device.Model ?? SuspensionFacts.Unknown,
        device.Firmware ?? SuspensionFacts.Unknown,
        trait,
        link.Value,
        device.Id.Value);
}
