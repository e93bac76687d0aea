using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// Progressive MP4: one response, in which fragment after fragment follows. Each is a unit like those of a playlist:
/// fetched whole, proven, and let out by the session's egress. What ends the session cuts the response.
/// </summary>
internal sealed class ServeProgressive(BridgeView view, ServePlaylist playlists, ServeUnit units, ReleaseQueue releases, TimeProvider time)
{
    /// <summary>Units to begin with: enough to play on while the next one is made.</summary>
    private const int UnitsAtStart = 2;

    /// <summary>How often the maker's playlist is looked at.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Without a proven unit for this long there is no live picture, and no reason to hold a connection.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(8);

    /// <summary>The stream of a session, from now on.</summary>
    public MediaAnswer Answer(StreamSession session, CancellationToken gone) => new Response(this, session, gone);

    private sealed class Response(ServeProgressive serve, StreamSession session, CancellationToken gone) : MediaAnswer
    {
        private long _newest = -1;
        private long? _init;
        private bool _begun;
        private long _lastUnit = serve.Now;

        public override async Task Give(IViewer viewer)
        {
            using var turn = session.NewResponse(gone);
            await using var cut = session.Attach(viewer);
            MediaAnswer? end = null;
            try
            {
                while (end is null)
                {
                    end = await Next(viewer, turn.Token);
                    if (end is null)
                    {
                        await Task.Delay(LookEvery, serve.Time, turn.Token);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                end = SessionDoor.Refusal(session, serve.View);
            }

            if (_begun)
            {
                viewer.Cut();
            }
            else
            {
                await end.Give(viewer);
            }
        }

        /// <summary>Whatever is new. Null to go on.</summary>
        private async Task<MediaAnswer?> Next(IViewer viewer, CancellationToken cancel)
        {
            session.Used();
            if (session.SinceRenewal > GatewayTiming.RenewEvery && await serve.Playlists.Renew(session, cancel) is { } ended)
            {
                return ended;
            }

            if (await serve.Playlists.Refresh(session, cancel))
            {
                var listed = session.Window.After(_newest);
                foreach (var (sequence, init) in _newest < 0 ? listed.TakeLast(UnitsAtStart) : listed)
                {
                    // A file has one init unit, so a camera that starts anew ends it.
                    if (_init is { } begunWith && begunWith != init)
                    {
                        return Unavailable;
                    }

                    if (_init is null && session.Window.TryDeliverInit(init) && await Release(viewer, UnitKind.Init, init, cancel))
                    {
                        _init = init;
                    }

                    if (_init is null)
                    {
                        break;
                    }

                    // One that could not be had as often as a player may ask is left out.
                    if (!session.Window.TryDeliver(sequence))
                    {
                        _newest = sequence;
                    }
                    else if (await Release(viewer, UnitKind.Segment, sequence, cancel))
                    {
                        (_newest, _lastUnit) = (sequence, serve.Now);
                    }
                    else
                    {
                        break;
                    }
                }
            }

            return !SessionDoor.MayRelease(session, serve.View) || serve.Time.GetElapsedTime(_lastUnit) > SilenceMax
                ? SessionDoor.Refusal(session, serve.View)
                : null;
        }

        private async Task<bool> Release(IViewer viewer, UnitKind kind, long sequence, CancellationToken cancel)
        {
            using var span = serve.Units.Trace(session, kind);
            if ((await serve.Units.Prove(session, kind, sequence, span, cancel)).Unit is not { } unit)
            {
                return false;
            }

            cancel.ThrowIfCancellationRequested();
            var egress = new SessionEgress(session, serve.View, serve.Releases, unit);
            _begun = _begun || egress.Begin(viewer);
            if (_begun)
            {
                await serve.Units.Release(session, egress, kind, span, () => egress.Append(viewer));
            }

            return egress.IsOut;
        }
    }

    private BridgeView View => view;

    private ServePlaylist Playlists => playlists;

    private ServeUnit Units => units;

    private ReleaseQueue Releases => releases;

    private TimeProvider Time => time;

    private long Now => time.GetTimestamp();
}
