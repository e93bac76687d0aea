using System.Buffers.Binary;
using System.Text;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Streaming;

/// <summary>What is read of a unit besides its proof: cache headers, parameter sets, the name in the bytes.</summary>
public sealed class MarksInUnitsTests
{
    [Theory]
    [InlineData("Age", "0", false)]
    [InlineData("Age", "1", true)]
    [InlineData("Age", "0, 37", true)]
    [InlineData("Age", "later", true)]
    [InlineData("X-Cache", "MISS", false)]
    [InlineData("X-Cache", "Miss from cloudfront", false)]
    [InlineData("X-Cache", "MISS, HIT", true)]
    [InlineData("X-Cache", "TCP_MEM_HIT from a.example", true)]
    [InlineData("X-Cache", "RefreshHit from cloudfront", true)]
    [InlineData("X-Cache-Status", "STALE", true)]
    [InlineData("X-Cache-Status", "BYPASS", false)]
    [InlineData("X-Cache-Hits", "0, 0", false)]
    [InlineData("X-Cache-Hits", "0, 2", true)]
    [InlineData("CF-Cache-Status", "DYNAMIC", false)]
    [InlineData("CF-Cache-Status", "HIT", true)]
    [InlineData("CF-Cache-Status", "REVALIDATED", true)]
    [InlineData("Cache-Status", "Edge; fwd=miss", false)]
    [InlineData("Cache-Status", "Edge; fwd=uri-miss; stored", false)]
    [InlineData("Cache-Status", "Origin; hit; ttl=1100, Edge; fwd=miss", true)]
    [InlineData("Cache-Status", "Edge; fwd=uri-miss; collapsed", true)]
    [InlineData("Via", "1.1 proxy.example", false)]
    [InlineData("Via", "http/1.1 a (ApacheTrafficServer/9.0 [cMsSfW])", false)]
    [InlineData("Via", "http/1.1 a (ApacheTrafficServer/9.0 [cHs f ])", true)]
    [InlineData("Warning", "199 - \"Miscellaneous\"", false)]
    [InlineData("Warning", "113 - \"Heuristic Expiration\"", true)]
    public void A_header_says_whether_a_cache_answered(string name, string value, bool says)
    {
        Assert.Equal(says ? $"{name}: {value}" : null, CacheMarks.Find(asked => asked == name ? value : null));
    }

    [Fact]
    public void Parameter_sets_are_found_in_an_init_unit_and_nothing_else_counts()
    {
        var one = Init("AAAA", name: 1);

        Assert.Equal(ParameterSets.HashOf(one), ParameterSets.HashOf(Init("AAAA", name: 2)));
        Assert.NotEqual(ParameterSets.HashOf(one), ParameterSets.HashOf(Init("AAAB", name: 1)));
        Assert.Null(ParameterSets.HashOf(new byte[300]));
        Assert.Null(ParameterSets.HashOf([]));
        for (var length = 0; length < one.Length; length++)
        {
            ParameterSets.HashOf(one.AsSpan(0, length));
        }
    }

    [Fact]
    public void Parameter_sets_in_boxes_that_never_end_are_not_followed()
    {
        var nested = Box("avcC", "AAAA"u8.ToArray());
        for (var depth = 0; depth < 1_000; depth++)
        {
            nested = Box("moov", nested);
        }

        Assert.Null(ParameterSets.HashOf(nested));
    }

    [Fact]
    public void The_name_in_the_bytes_is_read_if_it_can_be_a_device_id()
    {
        UnverifiedUnit Unit(byte[] body) => new(200, body, new EvidenceHeaders(null, null, null, null, CameFromCache: false));

        Assert.Equal("acme-camera-000007", Unit([.. Box("ftyp", [1]), .. Box("uuid", [.. CameraIdentityBox.UserType, .. "acme-camera-000007"u8])]).NamedInBytes);
        Assert.Null(Unit(Box("uuid", [.. CameraIdentityBox.UserType, .. "a camera\n"u8])).NamedInBytes);
        // Behind a box with a 64-bit length, and as the last one, which goes to the end.
        byte[] wide = [0, 0, 0, 1, .. "mdat"u8, 0, 0, 0, 0, 0, 0, 0, 17, 9];
        Assert.Equal("acme-camera-000007", Unit([.. wide, .. Box("uuid", [.. CameraIdentityBox.UserType, .. "acme-camera-000007"u8])]).NamedInBytes);
        Assert.Equal("acme-camera-000007", Unit([0, 0, 0, 0, .. "uuid"u8, .. CameraIdentityBox.UserType, .. "acme-camera-000007"u8]).NamedInBytes);
        Assert.Null(Unit([0, 0, 0, 1, .. "mdat"u8, 255, 255, 255, 255, 255, 255, 255, 255]).NamedInBytes);
        Assert.Null(Unit(Box("uuid", [.. CameraIdentityBox.UserType, .. new byte[65]])).NamedInBytes);
        Assert.Null(Unit(Box("free", [1, 2, 3])).NamedInBytes);
    }

    /// <summary>
    /// Units of honest cameras, signed and checked, with clocks as wrong as they may be: none is refused. A million with
    /// <c>tests/run.sh --long</c>. Their pictures are short: what is tested is what is said about them.
    /// </summary>
    [Fact]
    public void Clean_units_are_proven_however_wrong_the_clocks_may_be()
    {
        const int cameras = 8;
        var unitsOfEach = Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 125_000 : 12_500;
        var refused = 0;
        Parallel.For(0, cameras, camera =>
        {
            var clock = new HomeBridge.Tests.World.SetClock();
            var verifier = new EvidenceVerifier(clock);
            var device = new DeviceRef("acme", $"camera-{camera:0000000000000}");
            var keys = DeviceEvidenceKeys.Derive(new byte[32], device);
            var body = Encoding.ASCII.GetBytes("pictures");
            var digest = EvidenceSigner.ContentDigest(body);
            for (var sequence = 1; sequence <= unitsOfEach; sequence++)
            {
                clock.Advance(TimeSpan.FromSeconds(2));
                var now = clock.GetUtcNow();
                var stated = new MediaUnit(device.VendorDeviceId, UnitKind.Segment, sequence, now.AddSeconds((sequence % 24) - 19.5).ToUnixTimeMilliseconds(), body.Length).ToHeader();
                var ingest = EvidenceSigner.SignIngest(keys.Ingest, "acme-1", stated, digest, now.ToUnixTimeSeconds());
                var fresh = EvidenceSigner.SignFresh(keys.Fresh, "acme-1", 200, stated, digest, ingest, "nonce", now.ToUnixTimeSeconds() + (sequence % 21) - 10);
                var headers = new EvidenceHeaders(stated, digest, $"{ingest.Input}, {fresh.Input}", $"{ingest.Value}, {fresh.Value}", CameFromCache: false);
                var verdict = verifier.Verify(new UnitExpectation(device, keys, UnitKind.Segment, sequence, "nonce"), new UnverifiedUnit(200, body, headers), out _);
                if (verdict != EvidenceVerdict.Proven)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        });

        Assert.Equal(0, refused);
    }

    private static byte[] Init(string sets, byte name) =>
        [.. Box("ftyp", [name]), .. Box("moov", Box("trak", Box("mdia", Box("minf", Box("stbl", Box("stsd", [.. new byte[8], .. Box("avc1", [.. new byte[78], .. Box("avcC", Encoding.ASCII.GetBytes(sets))])]))))))];

    private static byte[] Box(string type, byte[] payload)
    {
        var box = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(box, (uint)box.Length);
        Encoding.ASCII.GetBytes(type, box.AsSpan(4));
        payload.CopyTo(box, 8);
        return box;
    }
}
