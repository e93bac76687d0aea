using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// The only place where media bytes are written. It takes verified units only, compares their camera with the session's
/// once more, and looks at the door again before each piece.
/// </summary>
internal sealed class SessionEgress(StreamSession session, BridgeView view, VerifiedUnit unit) : MediaAnswer
{
    private const int PieceLength = 64 * 1024;

    public override async Task Give(IViewer viewer)
    {
        if (!SessionDoor.MayRelease(session, view))
        {
            await SessionDoor.Refusal(session, view).Give(viewer);
            return;
        }

        viewer.Begin(session.Container is MediaContainer.MpegTs ? "video/mp2t" : "video/mp4", unit.Bytes.Length);
        await Append(viewer);
    }

    /// <summary>Writes the unit into an answer that has begun. False when it was cut.</summary>
    public async Task<bool> Append(IViewer viewer)
    {
        if (unit.Device != session.Device)
        {
            throw new InvalidOperationException("A verified unit of another camera reached a session's egress.");
        }

        // A cut must not wait for a slow reader: the end of the session resets the connection under this write.
        await using var cut = session.Over.UnsafeRegister(static state => ((IViewer)state!).Cut(), viewer);
        for (var rest = unit.Bytes; rest.Length > 0;)
        {
            if (!SessionDoor.MayRelease(session, view))
            {
                viewer.Cut();
                return false;
            }

            var piece = rest[..Math.Min(PieceLength, rest.Length)];
            await viewer.Write(piece);
            Interlocked.Add(ref session.BytesReleased, piece.Length);
            rest = rest[piece.Length..];
        }

        Interlocked.Increment(ref session.UnitsReleased);
        return true;
    }
}
