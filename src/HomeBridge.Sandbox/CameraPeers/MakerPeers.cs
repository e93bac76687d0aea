using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Sandbox.CameraIngest;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>A signed answer, ready to be sent; its connection waits for the display.</summary>
internal sealed record SignedAnswer(CameraPeer Peer, byte[] Text, IReadOnlyList<KeyValuePair<string, string>> Headers);

/// <summary>Answers offers as the camera that is asked, by the signing side of <c>contracts/webrtc-signalling.md</c>.</summary>
internal sealed class MakerPeers(
    SandboxCloudOptions options, MakerEvidence evidence, MakerCameras cameras, FaultBoard faults, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Earlier = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<SandboxDevice, LiveCamera?> _live = new();
    private readonly Lazy<PeerCertificate> _shared = new(() => PeerCertificate.New(time.GetUtcNow()));

    /// <summary>Whether the camera has frames for a peer connection.</summary>
    public bool CanAnswer(IngestedCamera camera) => Live(camera.Device) is not null;

    /// <summary>The answer, bent by at most one fault.</summary>
    /// <param name="shown">The camera that the stream shows.</param>
    /// <param name="asked">The one that it was opened for, which faults are switched on for.</param>
    /// <param name="offer">What was read of the offer.</param>
    /// <param name="offered">Its bytes.</param>
    /// <param name="nonce">The gateway's.</param>
    public SignedAnswer Answer(IngestedCamera shown, IngestedCamera asked, PeerOffer offer, byte[] offered, string nonce)
    {
        bool Hits(string kind) => faults.Hits(kind, asked.Device);
        var device = shown.Device;
        var (named, signs) = (device, device);
        if (Hits(PeerFaults.Swapped))
        {
            device = named = signs = cameras.StrangerTo(asked).Device;
        }
        else if (Hits(PeerFaults.Relabelled))
        {
            device = signs = cameras.StrangerTo(asked).Device;
        }

        var now = time.GetUtcNow();
        var own = Hits(PeerFaults.SharedCertificate) ? _shared.Value : PeerCertificate.New(now);
        var taken = Hits(PeerFaults.WrongFingerprint) || Hits(PeerFaults.WrongCertificate) ? PeerCertificate.New(now) : own;
        var peer = new CameraPeer(offer, Live(device)!, Hits(PeerFaults.WrongFingerprint) ? taken : own, taken, time);
        var text = Encoding.ASCII.GetBytes(peer.Answer);
        var digest = EvidenceSigner.ContentDigest(text);
        if (Hits(PeerFaults.Replayed))
        {
            (offered, nonce, now) = (RandomNumberGenerator.GetBytes(offered.Length), Secrets.New(), now - Earlier);
        }

        var statement = PeerAnswerStatement.Of(named.Id, offered, own.Fingerprint, peer.Ufrag).ToHeader();
        var signature = evidence.IngestKeyOf(signs).SignAnswer(
            options.EvidenceKeyId, statement, digest, nonce, now.ToUnixTimeSeconds(), (now + GoodFor).ToUnixTimeSeconds());
        KeyValuePair<string, string>[] headers = [new("Content-Digest", digest), new(PeerAnswerStatement.Header, statement)];
        return new(peer, text, Hits(PeerFaults.Stripped)
            ? headers
            : [.. headers, new("Signature-Input", signature.Input), new("Signature", signature.Value)]);
    }

    public void Dispose()
    {
        foreach (var camera in _live.Values)
        {
            camera?.Dispose();
        }
    }

    private LiveCamera? Live(SandboxDevice device) => _live.GetOrAdd(
        device, one => options.Cameras(one.Name, one.CameraNumber!.Value, one.Id).StartLive is { } start ? new LiveCamera(start, time) : null);
}
