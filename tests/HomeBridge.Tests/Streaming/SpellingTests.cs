using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Streaming;

/// <summary>
/// Evidence headers have one spelling. What the verifier reads is compared with the same spelling written as an expression,
/// over headers that are bent at random: no header is read by one and refused by the other.
/// </summary>
public sealed partial class SpellingTests(ITestOutputHelper output)
{
    private const int Rounds = 60_000;
    private const string Nonce = "bm9uY2U";
    private static readonly DeviceRef Camera = new("acme", "acme-camera-000007");
    private static readonly DeviceEvidenceKeys Keys = DeviceEvidenceKeys.Derive(new byte[32], Camera);
    private static readonly byte[] Body = Encoding.ASCII.GetBytes("a unit");

    private static readonly string[] Pieces =
    [
        " ", "  ", ",", ", ", ";", "=", "\"", ":", "::", "(", ")", "0", "00", "-1", "+", "\n", "\t", "\0", "é", "１", "ingest", "fresh", "alg=\"none\"", "alg=\"hmac-sha256\"",
        "alg=\"ecdsa-p256-sha256\"", "\"media-unit\"", "\"@status\"", ";expires=1", "sequence=", "device=\"x\", ", "kind=\"init\"", "length=9999999999", "18446744073709551616", "====",
    ];

    [Fact]
    public void A_bent_header_is_read_only_if_it_is_spelt_as_agreed()
    {
        var now = TimeProvider.System.GetUtcNow();
        var verifier = new EvidenceVerifier(TimeProvider.System);
        var stated = new MediaUnit(Camera.VendorDeviceId, UnitKind.Segment, 7, now.ToUnixTimeMilliseconds(), Body.Length).ToHeader();
        var digest = EvidenceSigner.ContentDigest(Body);
        using var held = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var chance = new Chance();
        var (read, refused) = (0, 0);
        foreach (var ingest in new[]
        {
            EvidenceSigner.SignIngest(Keys.Ingest, "acme-1", stated, digest, now.ToUnixTimeSeconds()),
            EvidenceSigner.SignIngest(held, "camera", stated, digest, now.ToUnixTimeSeconds()),
        })
        {
            var fresh = EvidenceSigner.SignFresh(Keys.Fresh, "acme-1", 200, stated, digest, ingest, Nonce, now.ToUnixTimeSeconds());
            var headers = new[] { stated, $"{ingest.Input}, {fresh.Input}", $"{ingest.Value}, {fresh.Value}" };
            for (var round = 0; round < Rounds; round++)
            {
                var bent = headers.ToArray();
                var at = chance.Below(bent.Length);
                bent[at] = Bend(bent[at], chance);

                var verdict = verifier.Verify(
                    new UnitExpectation(Camera, Keys, UnitKind.Segment, 7, Nonce), new UnverifiedUnit(200, Body, new(bent[0], digest, bent[1], bent[2], false)), out var unit);

                var agreed = IsSpeltAsAgreed(bent[0], bent[1], bent[2]);
                Assert.True(agreed == verdict is not EvidenceVerdict.Missing, $"{verdict}: {string.Join(" | ", bent)}");
                Assert.True(unit is null || bent.SequenceEqual(headers), $"Released with other headers than were signed: {string.Join(" | ", bent)}");
                read += agreed ? 1 : 0;
                refused += agreed ? 0 : 1;
            }
        }

        output.WriteLine($"{read} bent headers were spelt as agreed, {refused} were not; released only what nobody bent.");
        Assert.True(read > 1000 && refused > 1000);
    }

    private static bool IsSpeltAsAgreed(string stated, string inputs, string values) =>
        stated.Length <= 256 && inputs.Length <= 1024 && values.Length <= 1024
        && Stated().IsMatch(stated)
        && Inputs().Match(inputs) is { Success: true } input
        && (input.Groups["alg"].Value == "hmac-sha256" ? Macs() : Signatures()).IsMatch(values);

    private static string Bend(string header, Chance chance)
    {
        var (from, length) = (chance.Below(header.Length), 1 + chance.Below(4));
        var to = Math.Min(header.Length, from + length);
        return chance.Below(6) switch
        {
            0 => header[..from] + header[to..],
            1 => header[..from] + Pieces[chance.Below(Pieces.Length)] + header[from..],
            2 => header[..from] + Pieces[chance.Below(Pieces.Length)] + header[to..],
            3 => header[..from] + (char)(header[from] ^ (1 << chance.Below(7))) + header[(from + 1)..],
            4 => header[..from] + (char)('0' + chance.Below(10)) + header[(from + 1)..],
            _ => header[..to] + header[from..],
        };
    }

    [GeneratedRegex(
        """\Adevice="[A-Za-z0-9._:-]{1,64}", kind="(init|segment)", sequence=(0|[1-9][0-9]{0,17}), captured=(0|[1-9][0-9]{0,17}), length=(0|[1-9][0-9]{0,8})\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Stated();

    [GeneratedRegex(
        """\Aingest=\("media-unit" "content-digest"\);created=[0-9]{1,12};keyid="[A-Za-z0-9._-]{1,64}";alg="(?<alg>hmac-sha256|ecdsa-p256-sha256)";tag="homebridge-ingest", fresh=\("@status" "media-unit" "content-digest" "signature";key="ingest"\);created=[0-9]{1,12};keyid="[A-Za-z0-9._-]{1,64}";alg="hmac-sha256";nonce="[A-Za-z0-9_-]{1,64}";tag="homebridge-fresh"\z""",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Inputs();

    [GeneratedRegex("""\Aingest=:[A-Za-z0-9+/=]{44}:, fresh=:[A-Za-z0-9+/=]{44}:\z""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Macs();

    [GeneratedRegex("""\Aingest=:[A-Za-z0-9+/=]{88}:, fresh=:[A-Za-z0-9+/=]{44}:\z""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Signatures();

    /// <summary>The same numbers in each run.</summary>
    private sealed class Chance
    {
        private ulong _state = 0x9E3779B97F4A7C15;

        public int Below(int limit)
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return (int)(_state % (ulong)limit);
        }
    }
}
