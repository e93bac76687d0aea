using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// The only place where media bytes are written. It takes verified units only, compares their camera with the session's
/// once more, and looks at the door again before each piece. What leaves has a place in the record before its first byte.
/// </summary>
internal sealed class SessionEgress(StreamSession session, BridgeView view, ReleaseQueue releases, VerifiedUnit unit) : MediaAnswer
{
    /// <summary>Fits into the third of a connection's send buffer that is free when the kernel says that it can be written to.</summary>
    private const int PieceLength = 32 * 1024;

    /// <summary>A viewer who takes longer for two seconds of video is not watching live, and holds a unit in memory.</summary>
    private static readonly TimeSpan ReleasedWithin = TimeSpan.FromSeconds(15);

    /// <summary>The unit has left, whole.</summary>
    public bool IsOut { get; private set; }

    public override async Task Give(IViewer viewer)
    {
        Compare();
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

        viewer.Begin(session.Container is MediaContainer.MpegTs ? "video/mp2t" : "video/mp4", unit.Bytes.Length);
        await Release(viewer, place);
    }

    /// <summary>Starts an answer that goes on until it is cut, for units to be appended to. False when none may leave.</summary>
    public bool Begin(IViewer viewer)
    {
        Compare();
        if (!SessionDoor.MayRelease(session, view))
        {
            return false;
        }

        viewer.Begin("video/mp4", null);
        return true;
    }

    /// <summary>Writes the unit into an answer that has begun. False when it was cut, or when nobody would remember it.</summary>
    public async Task<bool> Append(IViewer viewer)
    {
        Compare();
        return releases.Reserve() is { } place && await Release(viewer, place);
    }

    private void Compare()
    {
        if (unit.Device != session.Device)
        {
            throw new InvalidOperationException("A verified unit of another camera reached a session's egress.");
        }
    }

    private async Task<bool> Release(IViewer viewer, ReleasePlace place)
    {
        var leaving = 0;
        try
        {
            // A cut must not wait for a slow reader: it resets the connection under this write.
            await using var cut = session.Attach(viewer);
            await using var late = session.NewTimer(static state => ((IViewer)state!).Cut(), viewer, ReleasedWithin);
            for (var rest = unit.Bytes; rest.Length > 0;)
            {
                await viewer.Room();
                if (!SessionDoor.MayRelease(session, view))
                {
                    viewer.Cut();
                    return false;
                }

                var piece = rest[..Math.Min(PieceLength, rest.Length)];
                leaving += piece.Length;
                await viewer.Write(piece);
                Interlocked.Add(ref session.BytesReleased, piece.Length);
                rest = rest[piece.Length..];
            }

            Interlocked.Increment(ref session.UnitsReleased);
            return IsOut = true;
        }
        finally
        {
            place.Fill(session.Granted.Grant, unit, leaving);
        }
    }
}
