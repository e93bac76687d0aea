using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;

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
/// is a leak, signed or not: it suspends both cameras.
/// </summary>
internal sealed class PeerAnswers(PeerMarks marks, IsolationMonitor monitor, StreamGrants grants, DeviceRegister register)
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

        if (marks.Note(device, answered) is not { } other)
        {
            return PeerNoting.New;
        }

        monitor.SharedPeer(gateway, grant, device, other);
        return PeerNoting.OtherCameras;
    }

    private static bool IsWellFormed(PeerAnswered answered) =>
        answered is { Fingerprint.Length: HashLength, PasswordSha256.Length: HashLength, Ufrag.Length: >= 4 and <= 256, Answer.Length: HashLength, Offer.Length: HashLength };
}
