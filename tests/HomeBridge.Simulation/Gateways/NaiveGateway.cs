using System.Globalization;
using System.Text;
using HomeBridge.Simulation.Makers;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Simulation.Gateways;

/// <summary>
/// What is usually built: a signed URL, an access check at the start, a shared cache keyed by the camera's full address,
/// the last good unit when the maker does not answer, and no question about what passes. Its own code has no mistake.
/// </summary>
internal sealed class NaiveGateway(World world) : IGateway
{
    private static readonly TimeSpan CachedFor = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (string Grant, SimCamera Camera)> _sessions = [];
    private readonly Dictionary<string, (byte[] Body, TimeSpan At)> _cache = [];
    private readonly Dictionary<int, byte[]> _lastGood = [];
    private TicketVerifier? _tickets;

    public long? Cursor { get; private set; }

    public long Beat() => 0;

    public void Hear(FeedMessage message)
    {
        Cursor = message.Cursor;
        if (message.TicketKeys is { } keys)
        {
            _tickets = new TicketVerifier(keys.Select(key => TicketPublicKey.From(Convert.FromBase64String(key.SubjectPublicKeyInfo))), world.Clock);
        }
    }

    public async Task Enter(string ticket, IViewer viewer, CancellationToken gone)
    {
        if (_tickets is null || _tickets.Verify(ticket, out var read) is not TicketVerdict.Honoured)
        {
            await viewer.Text(404, "text/plain", "");
            return;
        }

        var session = read!.Grant.ToString();
        if (!_sessions.ContainsKey(session))
        {
            var (verdict, grant) = await world.Bridge.Redeem(new RedeemRequest(session), CancellationToken.None);
            if (verdict is not GrantVerdict.Granted)
            {
                await viewer.Text(verdict is GrantVerdict.Suspended ? 403 : 404, "text/plain", "");
                return;
            }

            _sessions.TryAdd(session, (session, world.Camera(grant!.VendorDeviceId)));
        }

        await viewer.Text(200, "application/vnd.apple.mpegurl", $"#EXTM3U\n../../s/{session}/live.m3u8\n");
    }

    public async Task Serve(string session, string file, IViewer viewer, CancellationToken gone)
    {
        if (!_sessions.TryGetValue(session, out var found))
        {
            await viewer.Text(404, "text/plain", "");
            return;
        }

        if (file.EndsWith(MediaUrls.PlaylistSuffix, StringComparison.Ordinal))
        {
            var playlist = await world.Maker.Playlist(found.Camera, gone);
            await viewer.Text(playlist is null ? 503 : 200, "application/vnd.apple.mpegurl", playlist is null ? "" : Write(playlist));
            return;
        }

        var body = await Fetch(found.Camera, file, gone);
        if (body is null)
        {
            await viewer.Text(503, "text/plain", "");
            return;
        }

        viewer.Begin("video/mp4", body.Length);
        await viewer.Write(body);
    }

    public void Sweep()
    {
    }

    public void Dispose()
    {
    }

    private async Task<byte[]?> Fetch(SimCamera camera, string file, CancellationToken gone)
    {
        var path = camera.VendorDeviceId + "/" + file;
        if (_cache.TryGetValue(path, out var cached) && world.Clock.Elapsed - cached.At < CachedFor)
        {
            return cached.Body;
        }

        var isInit = file.EndsWith(MediaUrls.InitSuffix, StringComparison.Ordinal);
        var sequence = isInit ? 0 : long.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture);
        var exchange = world.Begin(new Exchange(camera, isInit ? UnitKind.Init : UnitKind.Segment, sequence, nonce: null));
        if (await world.Maker.Unit(exchange, gone) is not { Status: 200 } answer)
        {
            return isInit || gone.IsCancellationRequested ? null : _lastGood.GetValueOrDefault(camera.Number);
        }

        if (!isInit)
        {
            _lastGood[camera.Number] = answer.Body;
        }

        _cache[path] = (answer.Body, world.Clock.Elapsed);
        return answer.Body;
    }

    private static string Write(MakerPlaylist playlist)
    {
        var units = playlist.Units[^Math.Min(3, playlist.Units.Length)..];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{units[0].Sequence}\n#EXT-X-MAP:URI=\"init.mp4\"\n");
        foreach (var unit in units)
        {
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:2,\n{unit.Sequence}{MediaUrls.SegmentSuffix}\n");
        }

        return text.ToString();
    }
}
