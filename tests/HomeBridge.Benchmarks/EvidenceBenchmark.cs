using System.Globalization;
using System.Security.Cryptography;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Releases;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Benchmarks;

/// <summary>
/// What proof costs: verifying and releasing a unit, beside the bare cost of one SHA-256 over it and two signature checks.
/// Both are measured in the same run, in short turns one after the other, and the fastest turn of each counts: whatever else
/// the machine does only adds.
/// </summary>
internal static class EvidenceBenchmark
{
    private const double RatioMax = 1.3;
    private const string Nonce = "dGhpcyByZXF1ZXN0J3Mgb3du";
    private static readonly DeviceRef Camera = new("acme", "acme-camera-000007");
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    public static int Run(int turns)
    {
        var worst = 0.0;
        Console.WriteLine("grade  unit      bare µs   verify and release µs   ratio");
        foreach (var grade in (EvidenceGrade[])[EvidenceGrade.G2, EvidenceGrade.G3])
        {
            foreach (var kibibytes in (int[])[64, 256, 512])
            {
                using var unit = new SignedUnit(grade, kibibytes * 1024);
                var (bare, whole) = Measure(unit, turns);
                var ratio = whole / bare;
                worst = Math.Max(worst, ratio);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{grade}     {kibibytes,3} KiB {bare,10:0.0} {whole,23:0.0} {ratio,7:0.000}"));
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"worst ratio {worst:0.000}, allowed {RatioMax}"));
        return worst <= RatioMax ? 0 : 1;
    }

    private static (double Bare, double Whole) Measure(SignedUnit unit, int turns)
    {
        var (bare, whole) = (double.MaxValue, double.MaxValue);
        for (var turn = -turns / 4; turn < turns; turn++)
        {
            unit.GoOn();
            if (turn <= 0)
            {
                // The compiler is still at work.
                (bare, whole) = (double.MaxValue, double.MaxValue);
            }

            bare = Math.Min(bare, Time(unit.Bare));
            whole = Math.Min(whole, Time(unit.VerifyAndRelease));
        }

        return (bare, whole);
    }

    /// <summary>Microseconds of one call.</summary>
    private static double Time(Action action)
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        var calls = 0;
        TimeSpan took;
        do
        {
            action();
            calls++;
        }
        while ((took = clock.GetElapsedTime(start)) < Turn);
        return took.TotalMicroseconds / calls;
    }

    /// <summary>One unit as it arrives, everything about it genuine, and what is compared on it.</summary>
    private sealed class SignedUnit : IDisposable
    {
        private readonly byte[] _body;
        private readonly byte[] _ingestBase;
        private readonly byte[] _freshBase;
        private readonly byte[] _ingest;
        private readonly ECDsa _camera = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly DeviceEvidenceKeys _keys;
        private readonly EvidenceHeaders _headers;
        private readonly UnitExpectation _expected;
        private readonly EvidenceVerifier _verifier = new(TimeProvider.System);
        private readonly Viewer _viewer = new();
        private readonly BridgeView _view;
        private readonly SnapshotSigner _signer = SnapshotSigner.New();
        private readonly SnapshotVerifier _snapshots;
        private readonly SignedSnapshot _none;
        private readonly ReleaseQueue _releases = new(TimeProvider.System);
        private readonly StreamSession _session;

        public SignedUnit(EvidenceGrade grade, int length)
        {
            var derived = DeviceEvidenceKeys.Derive(RandomNumberGenerator.GetBytes(32), Camera);
            _body = RandomNumberGenerator.GetBytes(length);
            var now = TimeProvider.System.GetUtcNow();
            var stated = new MediaUnit(Camera.VendorDeviceId, UnitKind.Init, 0, now.ToUnixTimeMilliseconds(), length).ToHeader();
            var digest = EvidenceSigner.ContentDigest(_body);
            var ingest = grade is EvidenceGrade.G3
                ? EvidenceSigner.SignIngest(_camera, "camera", stated, digest, now.ToUnixTimeSeconds())
                : EvidenceSigner.SignIngest(derived.Ingest, "acme-1", stated, digest, now.ToUnixTimeSeconds());
            // Far enough ahead for a long run.
            var fresh = EvidenceSigner.SignFresh(derived.Fresh, "acme-1", 200, stated, digest, ingest, Nonce, now.ToUnixTimeSeconds() + 5);
            _ingest = Convert.FromBase64String(ingest.Value["ingest=:".Length..^1]);
            _ingestBase = SignatureBase.Build([("\"media-unit\"", stated), ("\"content-digest\"", digest)], ingest.Input["ingest=".Length..]);
            _freshBase = SignatureBase.Build(
                [("\"@status\"", "200"), ("\"media-unit\"", stated), ("\"content-digest\"", digest), ("\"signature\";key=\"ingest\"", ingest.Value["ingest=".Length..])],
                fresh.Input["fresh=".Length..]);
            _keys = derived;
            if (grade is EvidenceGrade.G3 && DevicePublicKey.TryRead(Convert.ToBase64String(_camera.ExportSubjectPublicKeyInfo()), out var key))
            {
                _keys = new DeviceEvidenceKeys([], derived.Fresh) { Device = key };
            }

            _headers = new EvidenceHeaders(stated, digest, $"{ingest.Input}, {fresh.Input}", $"{ingest.Value}, {fresh.Value}", CameFromCache: false);
            _expected = new UnitExpectation(Camera, _keys, UnitKind.Init, 0, Nonce) { Grade = grade };
            _snapshots = new SnapshotVerifier(_signer.PublicKeyPem);
            _none = _signer.Sign(new NumberedSnapshot(1, new SuspensionSnapshot(1, [])));
            _view = new BridgeView(TimeProvider.System, _snapshots, LeaseTerms.Default, NullLogger<BridgeView>.Instance);
            using var random = RandomNumberGenerator.Create();
            _session = new StreamSession(
                ticketKey: 1,
                new RedeemedGrant
                {
                    Grant = "1",
                    AccountLink = "lnk_1",
                    Platform = "google",
                    Device = "dev_1",
                    Vendor = Camera.Vendor,
                    VendorDeviceId = Camera.VendorDeviceId,
                    MediaUrl = "http://127.0.0.1/",
                    MediaToken = "token",
                    Grade = grade,
                    DevicePublicKey = _keys.Device?.SubjectPublicKeyInfo,
                    IngestKey = Convert.ToBase64String(_keys.Ingest),
                    FreshKey = Convert.ToBase64String(_keys.Fresh),
                },
                new NoOrigin(), random, TimeProvider.System);
        }

        /// <summary>The least that proof can cost: one hash of the unit, two signature checks over texts that lie ready.</summary>
        public void Bare()
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
            SHA256.HashData(_body, hash);
            if (_expected.Grade is EvidenceGrade.G3)
            {
                _camera.VerifyData(_ingestBase, _ingest, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
            else
            {
                HMACSHA256.HashData(_keys.Ingest, _ingestBase, mac);
            }

            HMACSHA256.HashData(_keys.Fresh, _freshBase, mac);
        }

        /// <summary>The whole way of a unit through the gateway, but for the two sockets.</summary>
        public void VerifyAndRelease()
        {
            var verdict = _verifier.Verify(_expected, new UnverifiedUnit(200, _body, _headers), out var unit);
            var release = verdict is EvidenceVerdict.Proven ? new SessionEgress(_session, _view, _releases, unit!).Give(_viewer) : Task.CompletedTask;
            if (!release.IsCompletedSuccessfully || _viewer.Taken != _body.Length)
            {
                throw new InvalidOperationException($"{verdict}: what is measured must be a released unit.");
            }
        }

        /// <summary>The bridge's heartbeat, the maker's word that the camera is still theirs, and the ledger's receipt.</summary>
        public void GoOn()
        {
            while (_releases.Take(1000).Length > 0)
            {
                _releases.Told();
            }

            _view.Apply(new FeedMessage { Version = 1, Cursor = 0, Suspensions = _none, TicketKeys = [], Echo = _view.Beat() });
            _session.Renewed();
        }

        public void Dispose()
        {
            _session.Dispose();
            _camera.Dispose();
            _snapshots.Dispose();
            _signer.Dispose();
        }
    }

    /// <summary>A player that reads as fast as it is written to.</summary>
    private sealed class Viewer : IViewer
    {
        public long Taken { get; private set; }

        public Task Text(int status, string contentType, string text) => throw new InvalidOperationException($"Refused: {status}.");

        public void Begin(string contentType, long? length) => Taken = 0;

        public ValueTask Room() => ValueTask.CompletedTask;

        public ValueTask Write(ReadOnlyMemory<byte> piece)
        {
            Taken += piece.Length;
            return ValueTask.CompletedTask;
        }

        public void Cut() => throw new InvalidOperationException("Cut.");
    }

    /// <summary>The unit lies ready: what is measured is what the gateway adds.</summary>
    private sealed class NoOrigin : IMediaOrigin
    {
        public Task<MakerPlaylist?> Playlist(CancellationToken cancel) => Task.FromResult<MakerPlaylist?>(null);

        public Task<UnverifiedUnit?> Unit(UnitExpectation expected, CancellationToken cancel) => Task.FromResult<UnverifiedUnit?>(null);

        public void Dispose()
        {
        }
    }
}
