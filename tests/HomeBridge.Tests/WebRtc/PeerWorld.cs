using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.StreamGateway;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.StreamGateway.WebRtc;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.StreamGateway.WebRtc.Sdp;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Tests.World;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.WebRtc;

/// <summary>What a maker was asked to answer.</summary>
internal sealed record AskedOfMaker(int Camera, string Offer, string Nonce);

/// <summary>What a maker's camera says, before somebody has been at it.</summary>
internal sealed record MadeAnswer(string Sdp, string Device, byte[] Key, string Offer, string Nonce, long Created, long Expires)
{
    public bool IsSigned { get; init; } = true;

    public string? Statement { get; init; }

    public string? BodyOnTheWay { get; init; }

    public UnverifiedPeerAnswer Send()
    {
        var body = Encoding.ASCII.GetBytes(Sdp);
        SdpReader.TryReadAnswer(Sdp, out var read);
        var stated = Statement ?? PeerAnswerStatement.Of(Device, Encoding.ASCII.GetBytes(Offer), read!.Fingerprint, read.Ufrag).ToHeader();
        var digest = EvidenceSigner.ContentDigest(body);
        var signed = PeerAnswerSigner.Sign(Key, "acme-1", stated, digest, Nonce, Created, Expires);
        return new UnverifiedPeerAnswer(
            201, Encoding.ASCII.GetBytes(BodyOnTheWay ?? Sdp), isSdp: true,
            new EvidenceHeaders(null, digest, IsSigned ? signed.Input : null, IsSigned ? signed.Value : null, CameFromCache: false) { WebrtcAnswer = stated },
            "webrtc/1");
    }
}

/// <summary>
/// The gateway's signalling and relay as they are composed, with a bridge and a maker in this process. Each grant has a link of its own;
/// a camera may have many.
/// </summary>
internal sealed class PeerWorld : IBridge, IPeerBridge, IPeerOrigins, IMediaOrigins, IAsyncDisposable
{
    private static readonly byte[] MakerKey = RandomNumberGenerator.GetBytes(32);

    private readonly ServiceProvider _parts;
    private readonly TicketSigner _signer;
    private readonly ConcurrentDictionary<string, int> _cameras = [];
    private readonly PeerPath _path;
    private long _version = 1;

    public PeerWorld(PeerPath path = PeerPath.Relay, Func<PeerOptions, PeerOptions>? change = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (_signer, _path) = (new TicketSigner(key.ExportECPrivateKeyPem()), path);
        var options = new PeerOptions
        {
            Relay = new RelayAddress(IPAddress.Loopback, IPAddress.Loopback, 0, 0),
            Candidates = new CandidatePolicy(AllowsLoopback: true, AllowsPrivate: true, []),
            LookEvery = TimeSpan.FromMilliseconds(50),
        };
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(RandomNumberGenerator.Create());
        services.AddSingleton<IBridge>(this);
        services.AddSingleton<IPeerBridge>(this);
        services.AddSingleton<IPeerOrigins>(this);
        services.AddSingleton<IMediaOrigins>(this);
        services.AddSingleton(_ => new SnapshotVerifier(SnapshotSigning.Signer.PublicKeyPem));
        services.AddStreams();
        services.AddSingleton(new LeaseTerms(TimeSpan.FromHours(1)));
        services.AddPeers(change?.Invoke(options) ?? options);
        _parts = services.BuildServiceProvider();
        var beat = Of<BridgeView>().Beat();
        Of<ApplyFeed>().Apply(Line([]) with
        {
            Echo = beat,
            TicketKeys = [new TicketKeyMessage(Convert.ToBase64String(_signer.PublicKey.SubjectPublicKeyInfo))],
        });
    }

    /// <summary>What the maker answers; by default what is right.</summary>
    public Func<AskedOfMaker, MadeAnswer, UnverifiedPeerAnswer?> Answering { get; set; } = (_, made) => made.Send();

    /// <summary>What the bridge says of an answer.</summary>
    public Func<PeerAnswered, PeerVerdict> Noting { get; set; } = _ => PeerVerdict.New;

    /// <summary>What happens while a grant is redeemed.</summary>
    public Func<Task> WhileRedeeming { get; set; } = () => Task.CompletedTask;

    /// <summary>What happens while the camera is asked.</summary>
    public Func<CancellationToken, Task> WhileAsking { get; set; } = _ => Task.CompletedTask;

    /// <summary>What happens while the bridge compares an answer.</summary>
    public Func<CancellationToken, Task> WhileNoting { get; set; } = _ => Task.CompletedTask;

    /// <summary>What the maker does with a request to end a session.</summary>
    public Func<CancellationToken, Task> WhileEnding { get; set; } = _ => Task.CompletedTask;

    public ConcurrentBag<SessionEnded> Ends { get; } = [];

    public ConcurrentBag<EvidenceFinding> Findings { get; } = [];

    public ConcurrentBag<PeerAnswered> Noted { get; } = [];

    /// <summary>Grants that were redeemed, each time.</summary>
    public ConcurrentBag<string> Redeemed { get; } = [];

    /// <summary>Set: the one link that all grants are of.</summary>
    public string? OneLink { get; set; }

    /// <summary>Sessions that the maker was asked to end.</summary>
    public ConcurrentBag<string> TornDown { get; } = [];

    public T Of<T>()
        where T : notnull => _parts.GetRequiredService<T>();

    public static string MakersId(int camera) => $"camera-{camera:0000000000000}";

    public static string DeviceId(int camera) => $"dev_{camera}";

    public static DeviceEvidenceKeys Keys(int camera) => DeviceEvidenceKeys.Derive(MakerKey, new DeviceRef("acme", MakersId(camera)));

    /// <summary>A grant for a camera: its ticket, its token, and the grant's own id.</summary>
    public (string Ticket, string Token, string Grant) NewTicket(int camera, TimeSpan? lifetime = null, DateTimeOffset? issuedAt = null)
    {
        var (grant, token) = (new GrantId(Guid.NewGuid()), Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
        _cameras[grant.ToString()] = camera;
        return (_signer.SignSignalling(grant, issuedAt ?? TimeProvider.System.GetUtcNow(), lifetime ?? TimeSpan.FromMinutes(1), SignallingBinding.Of(token, DeviceId(camera))), token, grant.ToString());
    }

    /// <summary>An entry ticket for units of a camera.</summary>
    public string NewEntry(int camera)
    {
        var grant = new GrantId(Guid.NewGuid());
        _cameras[grant.ToString()] = camera;
        return _signer.Sign(grant, TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));
    }

    public Task<SignalAnswer> Post(string ticket, string token, string action, string device, string? sdp, string word = "action") =>
        PostBody(ticket, [token], JsonSerializer.Serialize(new Dictionary<string, string?>(StringComparer.Ordinal) { [word] = action, ["deviceId"] = device, ["sdp"] = sdp }));

    /// <summary>A body as it stands, with these bearer tokens.</summary>
    public async Task<SignalAnswer> PostBody(string ticket, string[] tokens, string body, CancellationToken gone = default) =>
        Of<Signalling>().Refusal(ticket, tokens, out var caller) ?? await Of<Signalling>().Post(caller!, Encoding.UTF8.GetBytes(body), gone);

    public async Task<SignalAnswer> Offer(int camera, string? sdp = null)
    {
        var (ticket, token, _) = NewTicket(camera);
        return await Post(ticket, token, "offer", DeviceId(camera), sdp ?? Descriptions.Offer());
    }

    /// <summary>The bridge's feed tells these suspensions; when this returns they hold.</summary>
    public FeedAcknowledgement? Suspend(params SuspensionScope[] scopes) =>
        Of<ApplyFeed>().Apply(Line([.. scopes.Select((scope, index) => new SuspensionInForce($"sus_{_version}_{index}", scope, SuspensionEffects.CutStreams))]));

    public void Revoke(string link) => Of<ApplyFeed>().Apply(new FeedMessage { Version = _version, Cursor = 0, Revocations = [new Revocation(link, null)] });

    /// <summary>What was recorded of a grant so far, and is taken off the queue.</summary>
    public IReadOnlyList<UnitReleased> Records()
    {
        var records = new List<UnitReleased>();
        while (Of<ReleaseQueue>().Take(UnitsReleased.UnitsMax) is { Length: > 0 } taken)
        {
            records.AddRange(taken);
            Of<ReleaseQueue>().Told();
        }

        return records;
    }

    public static string Link(string grant) => "lnk_" + grant;

    public static async Task Until(Func<bool> so, string what)
    {
        for (var attempt = 0; attempt < 600 && !so(); attempt++)
        {
            await Task.Delay(25);
        }

        Assert.True(so(), what);
    }

    async Task<(GrantVerdict Verdict, RedeemedGrant? Grant)> IBridge.Redeem(RedeemRequest request, CancellationToken cancel)
    {
        Assert.Equal(StreamProtocols.WebRtc, request.Protocol);
        Redeemed.Add(request.Grant);
        await WhileRedeeming();
        var camera = _cameras[request.Grant];
        return (GrantVerdict.Granted, new RedeemedGrant
        {
            Grant = request.Grant,
            AccountLink = OneLink ?? Link(request.Grant),
            Platform = "google",
            Device = DeviceId(camera),
            Vendor = "acme",
            VendorDeviceId = MakersId(camera),
            MediaUrl = "http://127.0.0.1:9/media/",
            MediaToken = "token",
            PeerPath = _path,
            Grade = EvidenceGrade.G2,
            IngestKey = Convert.ToBase64String(Keys(camera).Ingest),
            FreshKey = Convert.ToBase64String(Keys(camera).Fresh),
        });
    }

    Task<GrantVerdict> IBridge.Renew(RenewRequest request, CancellationToken cancel) => Task.FromResult(GrantVerdict.Granted);

    Task<bool> IBridge.Ended(SessionEnded ended, CancellationToken cancel)
    {
        Ends.Add(ended);
        return Task.FromResult(true);
    }

    Task<bool> IBridge.Found(EvidenceFinding finding, CancellationToken cancel)
    {
        Findings.Add(finding);
        return Task.FromResult(true);
    }

    Task<bool> IBridge.Counted(UnitTally tally, CancellationToken cancel) => Task.FromResult(true);

    Task<bool> IBridge.Released(UnitsReleased released, CancellationToken cancel) => Task.FromResult(true);

    async Task<PeerVerdict> IPeerBridge.Answered(PeerAnswered answered, CancellationToken cancel)
    {
        Noted.Add(answered);
        try
        {
            await WhileNoting(cancel);
        }
        catch (OperationCanceledException)
        {
            // As over HTTP: who gives up has no answer.
            return PeerVerdict.Unavailable;
        }

        return Noting(answered);
    }

    IPeerOrigin IPeerOrigins.Open(RedeemedGrant granted) => new Maker(this, _cameras[granted.Grant]);

    IMediaOrigin IMediaOrigins.Open(RedeemedGrant granted) => new NoUnits();

    public async ValueTask DisposeAsync()
    {
        Of<SessionEnding>().EndAll(EndReason.Shutdown);
        await _parts.DisposeAsync();
        _signer.Dispose();
    }

    private FeedMessage Line(ImmutableArray<SuspensionInForce> inForce) =>
        new() { Version = ++_version, Cursor = 0, Suspensions = new SuspensionSnapshot(_version, inForce).Signed() };

    private sealed class Maker(PeerWorld world, int camera) : IPeerOrigin
    {
        public async Task<UnverifiedPeerAnswer?> Offer(string offer, string nonce, CancellationToken cancel)
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            var answer = world.Answering(
                new AskedOfMaker(camera, offer, nonce), new MadeAnswer(Descriptions.Answer(), MakersId(camera), Keys(camera).Ingest, offer, nonce, now, now + 30));
            try
            {
                await world.WhileAsking(cancel);
            }
            catch (OperationCanceledException)
            {
                return null;
            }

            return answer;
        }

        public Task End(string location, CancellationToken cancel)
        {
            world.TornDown.Add(location);
            return world.WhileEnding(cancel);
        }

        public void Dispose()
        {
        }
    }

    private sealed class NoUnits : IMediaOrigin
    {
        public Task<MakerPlaylist?> Playlist(CancellationToken cancel) => Task.FromResult<MakerPlaylist?>(null);

        public Task<UnverifiedUnit?> Unit(UnitExpectation expected, CancellationToken cancel) => Task.FromResult<UnverifiedUnit?>(null);

        public void Dispose()
        {
        }
    }
}
