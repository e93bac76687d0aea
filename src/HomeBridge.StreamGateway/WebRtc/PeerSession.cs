using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>How far a peer connection is. It only goes on, and ends from anywhere.</summary>
internal enum PeerState
{
    /// <summary>A ticket is out.</summary>
    Issued,

    /// <summary>The display offered; the camera was asked.</summary>
    Offered,

    /// <summary>The camera answered, proven; the display has it.</summary>
    Answered,

    /// <summary>Media flow.</summary>
    Live,

    /// <summary>Over.</summary>
    Ended,
}

/// <summary>
/// A session's way out that is no HTTP response: the relay, and the camera at the other end. Whatever cuts sessions cuts it,
/// in the same moment.
/// </summary>
internal sealed class PeerSession(StreamSession session, PeerRelay? relay, TimeProvider time) : IMediaOutlet
{
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = (int)PeerState.Issued;
    private ReleasePlace? _place;
    private byte[]? _answer;
    private long _answeredAt;

    public StreamSession Session => session;

    /// <summary>Null where media go another way.</summary>
    public PeerRelay? Relay => relay;

    public PeerState State => (PeerState)Volatile.Read(ref _state);

    /// <summary>Completes when it is cut.</summary>
    public Task WhenCut => _cut.Task;

    /// <summary>Where the maker ends it.</summary>
    public string? Location { get; set; }

    public TimeSpan SinceAnswer => time.GetElapsedTime(_answeredAt);

    /// <summary>One step on; false when it is not there, or over.</summary>
    public bool Go(PeerState from, PeerState to) => Interlocked.CompareExchange(ref _state, (int)to, (int)from) == (int)from;

    /// <summary>The display gets the answer now, unless it was cut. The place is filled at the end, with what went through.</summary>
    public bool Answer(ReleasePlace place, byte[] answer)
    {
        (_place, _answer) = (place, answer);
        _answeredAt = time.GetTimestamp();
        if (Go(PeerState.Offered, PeerState.Answered))
        {
            return true;
        }

        // Cut meanwhile: one of the two finds the place.
        Interlocked.Exchange(ref _place, null)?.GiveBack();
        return false;
    }

    /// <summary>Looks whether media flow; a connection past the gateway does as soon as it is answered.</summary>
    public void Look()
    {
        if (relay is null || relay.PacketsToDisplay > 0)
        {
            Go(PeerState.Answered, PeerState.Live);
        }
    }

    /// <summary>Nothing goes on after this. May be called more than once, by any thread.</summary>
    public void Cut()
    {
        relay?.Cut();
        if (Interlocked.Exchange(ref _state, (int)PeerState.Ended) == (int)PeerState.Ended)
        {
            return;
        }

        var bytes = relay?.BytesToDisplay ?? 0;
        Interlocked.Exchange(ref session.BytesReleased, bytes);
        if (Interlocked.Exchange(ref _place, null) is { } place && _answer is { } answer)
        {
            place.Fill(session.Granted.Grant, PeerRecord.Relayed, answer, bytes);
        }

        _cut.TrySetResult();
    }
}
