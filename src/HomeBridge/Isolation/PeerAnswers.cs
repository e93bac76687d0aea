using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Suspensions;

namespace HomeBridge.Isolation;

/// <summary>What became of telling of an answer.</summary>
internal enum PeerNoting
{
    /// <summary>Nobody else's: the display may have it.</summary>
    New,

    /// <summary>Another camera's of the last day: both are suspended when this is said.</summary>
    OtherCameras,

    /// <summary>Of no grant that this gateway has.</summary>
    Unknown,
}

/// <summary>
/// Hears of every answer that gateways found proven, before a display gets it. One that shares a mark with another camera's
/// is a leak, signed or not: it suspends both cameras. What stood there when somebody looked at this camera and lifted is
/// settled: a certificate that a camera keeps would otherwise bring back for a day what was found harmless.
/// </summary>
internal sealed class PeerAnswers(PeerMarks marks, IsolationMonitor monitor, StreamGrants grants, DeviceRegister register, SuspensionBoard board, TimeProvider time)
{
    private const int HashLength = 64;

    public PeerNoting Heard(string gateway, PeerAnswered answered)
    {
        if (!IsWellFormed(answered)
            || !GrantId.TryParse(answered.Grant, out var id)
            || grants.FindRunning(id, gateway) is not { Protocol: StreamProtocols.WebRtc } grant
            || register.Find(grant.Device.Value) is not { } device)
        {
            return PeerNoting.Unknown;
        }

        if (marks.Note(device, answered).FirstOrDefault(mark => !IsSettled(mark.At, grant, device)) is not { } other)
        {
            return PeerNoting.New;
        }

        monitor.SharedPeer(gateway, grant, device, other.Device);
        return PeerNoting.OtherCameras;
    }

    private bool IsSettled(DateTimeOffset at, StreamGrant grant, Device device)
    {
        var (facts, now) = (GrantStream.Facts(grant.Platform, grant.Link, device, "CameraStream"), time.GetUtcNow());
        return board.LiftsSince(at).Any(lift => lift.At <= now && lift.Settles(at, facts));
    }

    private static bool IsWellFormed(PeerAnswered answered) =>
        answered is { Fingerprint.Length: HashLength, PasswordSha256.Length: HashLength, Ufrag.Length: >= 4 and <= 256, Answer.Length: HashLength, Offer.Length: HashLength };
}
