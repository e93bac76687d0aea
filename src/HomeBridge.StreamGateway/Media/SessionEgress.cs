using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// The only place where media bytes are written. It takes verified units only, compares their camera with the session's
/// once more, and looks at the door again before each piece. What leaves has a place in the record before its first byte.
/// </summary>
internal sealed class SessionEgress(StreamSession session, BridgeView view, ReleaseQueue releases, VerifiedUnit unit) : MediaAnswer
{
    private const string UnitType = "video/mp4";
    private const int PieceLength = 64 * 1024;

    public override async Task Give(IViewer viewer)
    {
        if (unit.Device != session.Device)
        {
            throw new InvalidOperationException("A verified unit of another camera reached a session's egress.");
        }

        if (!SessionDoor.MayRelease(session, view))
        {
            await SessionDoor.Refusal(session, view).Give(viewer);
            return;
        }

        if (releases.Reserve() is not { } place)
        {
            await Unavailable.Give(viewer);
            return;
        }

        var sent = 0;
        try
        {
            await Release(viewer, length => sent += length);
        }
        finally
        {
            place.Fill(session.Granted.Grant, unit, sent);
        }
    }

    private async Task Release(IViewer viewer, Action<int> leaving)
    {
        viewer.Begin(UnitType, unit.Bytes.Length);

        // A cut must not wait for a slow reader: the end of the session resets the connection under this write.
        await using var cut = session.Over.UnsafeRegister(static state => ((IViewer)state!).Cut(), viewer);
        for (var rest = unit.Bytes; rest.Length > 0;)
        {
            if (!SessionDoor.MayRelease(session, view))
            {
                viewer.Cut();
                return;
            }

            var piece = rest[..Math.Min(PieceLength, rest.Length)];
            leaving(piece.Length);
            await viewer.Write(piece);
            Interlocked.Add(ref session.BytesReleased, piece.Length);
            rest = rest[piece.Length..];
        }

        Interlocked.Increment(ref session.UnitsReleased);
    }
}
