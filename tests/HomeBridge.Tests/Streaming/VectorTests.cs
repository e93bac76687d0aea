using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.Tests.Streaming;

/// <summary>
/// Replays <c>contracts/vectors</c>: what another implementation checks itself against is what this one does.
/// </summary>
public sealed class VectorTests
{
    private static readonly JsonElement Ticket = Vectors("stream-ticket.json").GetProperty("entryTicket");
    private static readonly JsonElement Unit = Vectors("stream-ticket.json").GetProperty("unitToken");
    private static readonly JsonElement Evidence = Vectors("media-evidence.json");

    public static TheoryData<string> Units() => [.. Evidence.GetProperty("units").EnumerateArray().Select(unit => Text(unit, "name"))];

    [Fact]
    public void The_signed_ticket_is_honoured_from_its_issue_to_its_expiry()
    {
        var expires = Ticket.GetProperty("expiresAt").GetInt64();

        var first = VerifierAt(Ticket.GetProperty("issuedAt").GetInt64()).Verify(Text(Ticket, "text"), out var ticket);
        var last = VerifierAt(expires - 1).Verify(Text(Ticket, "text"), out _);
        var after = VerifierAt(expires).Verify(Text(Ticket, "text"), out _);

        Assert.Equal((TicketVerdict.Honoured, TicketVerdict.Honoured, TicketVerdict.Expired), (first, last, after));
        Assert.Equal(Text(Ticket, "keyId"), ticket!.KeyId.ToString("x8"));
        Assert.Equal(Text(Ticket, "grant"), ticket.Grant.ToString());
        Assert.Equal(Ticket.GetProperty("issuedAt").GetInt64(), ticket.IssuedAt.ToUnixTimeSeconds());
        Assert.Equal(expires, ticket.ExpiresAt.ToUnixTimeSeconds());
    }

    [Fact]
    public void The_text_of_a_ticket_is_its_payload_and_its_signature()
    {
        var bytes = Base64Url.DecodeFromChars(Text(Ticket, "text"));

        Assert.Equal(Text(Ticket, "payload") + Text(Ticket, "signature"), Convert.ToHexStringLower(bytes));
        Assert.Equal(StreamTicket.TextLength, Text(Ticket, "text").Length);
    }

    [Fact]
    public void A_ticket_with_any_bit_changed_is_not_honoured()
    {
        var verifier = VerifierAt(Ticket.GetProperty("issuedAt").GetInt64());
        var bytes = Base64Url.DecodeFromChars(Text(Ticket, "text"));

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(TicketVerdict.Honoured, verifier.Verify(Base64Url.EncodeToString(bytes), out var ticket));
            Assert.Null(ticket);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_text_that_is_not_base64url_is_refused_without_a_throw()
    {
        var verifier = VerifierAt(Ticket.GetProperty("issuedAt").GetInt64());
        foreach (var character in "!%+/= é~")
        {
            Assert.Equal(TicketVerdict.Malformed, verifier.Verify(new string(character, StreamTicket.TextLength), out _));
            Assert.False(UnitToken.TryOpen(new string(character, UnitToken.TextLength), TokenKey(), out _));
        }
    }

    [Fact]
    public void The_signer_makes_the_payload_of_the_vector()
    {
        using var signer = new TicketSigner(PrivateKeyPem());
        Assert.True(GrantId.TryParse(Text(Ticket, "grant"), out var grant));
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(Ticket.GetProperty("issuedAt").GetInt64());
        var lifetime = TimeSpan.FromSeconds(Ticket.GetProperty("expiresAt").GetInt64()) - TimeSpan.FromSeconds(issuedAt.ToUnixTimeSeconds());

        var text = signer.Sign(grant, issuedAt, lifetime);

        var payload = Base64Url.DecodeFromChars(text).AsSpan(0, StreamTicket.PayloadLength);
        Assert.Equal(Text(Ticket, "payload"), Convert.ToHexStringLower(payload));
        Assert.Equal(Text(Ticket, "publicKey"), Convert.ToBase64String(signer.PublicKey.SubjectPublicKeyInfo));
    }

    [Fact]
    public void A_progressive_ticket_is_another_purpose_and_another_signature()
    {
        var vector = Vectors("stream-ticket.json").GetProperty("progressiveTicket");
        var issuedAt = Ticket.GetProperty("issuedAt").GetInt64();
        Assert.Equal(TicketVerdict.Honoured, VerifierAt(issuedAt).Verify(Text(vector, "text"), out var progressive));
        Assert.Equal(TicketVerdict.Honoured, VerifierAt(issuedAt).Verify(Text(Ticket, "text"), out var hls));
        Assert.Equal((TicketPurpose.Progressive, TicketPurpose.Hls), (progressive!.Purpose, hls!.Purpose));
        Assert.Equal(hls with { Purpose = TicketPurpose.Progressive }, progressive);
        Assert.Equal(Text(vector, "payload") + Text(vector, "signature"), Convert.ToHexStringLower(Base64Url.DecodeFromChars(Text(vector, "text"))));

        // The purpose is signed: with the other's byte it is a forgery.
        var turned = Base64Url.DecodeFromChars(Text(Ticket, "text"));
        turned[1] = (byte)TicketPurpose.Progressive;
        Assert.Equal(TicketVerdict.Forged, VerifierAt(issuedAt).Verify(Base64Url.EncodeToString(turned), out _));

        using var signer = new TicketSigner(PrivateKeyPem());
        var text = signer.Sign(progressive.Grant, progressive.IssuedAt, progressive.ExpiresAt - progressive.IssuedAt, TicketPurpose.Progressive);
        Assert.Equal(Text(vector, "payload"), Convert.ToHexStringLower(Base64Url.DecodeFromChars(text).AsSpan(0, StreamTicket.PayloadLength)));
    }

    [Fact]
    public void Unit_tokens_are_sealed_and_opened_as_in_the_vectors()
    {
        var key = TokenKey();

        foreach (var vector in Unit.GetProperty("tokens").EnumerateArray())
        {
            var token = new UnitToken(
                Enum.Parse<UnitTokenPurpose>(Text(vector, "purpose"), ignoreCase: true),
                vector.GetProperty("sequence").GetInt64(),
                vector.GetProperty("expiresAt").GetInt64());

            Assert.Equal(Text(vector, "text"), token.Seal(key));
            Assert.True(UnitToken.TryOpen(Text(vector, "text"), key, out var opened));
            Assert.Equal(token, opened);
        }
    }

    [Fact]
    public void Unit_tokens_of_another_camera_session_or_spelling_open_nothing()
    {
        var key = TokenKey();

        foreach (var vector in Unit.GetProperty("refused").EnumerateArray())
        {
            Assert.False(UnitToken.TryOpen(Text(vector, "text"), key, out _), Text(vector, "because"));
        }
    }

    [Fact]
    public void Device_keys_are_derived_as_in_the_vectors()
    {
        foreach (var device in new[] { Evidence, Evidence.GetProperty("otherDevice") })
        {
            var keys = DeviceEvidenceKeys.Derive(Hex(Evidence, "makerKey"), new DeviceRef(Text(Evidence, "vendor"), Text(device, "device")));

            Assert.Equal(Text(device, "ingestKey"), Convert.ToHexStringLower(keys.Ingest));
            Assert.Equal(Text(device, "freshKey"), Convert.ToHexStringLower(keys.Fresh));
        }
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void A_unit_gets_the_verdict_of_its_vector(string name)
    {
        var vector = Evidence.GetProperty("units").EnumerateArray().Single(unit => Text(unit, "name") == name);
        var (asked, answer) = (vector.GetProperty("asked"), vector.GetProperty("answer"));
        var expected = new UnitExpectation(
            new DeviceRef(Text(Evidence, "vendor"), Text(Evidence, "device")),
            Keys(asked),
            Enum.Parse<UnitKind>(Text(asked, "kind"), ignoreCase: true),
            asked.GetProperty("sequence").GetInt64(),
            Text(asked, "nonce"))
        {
            Grade = asked.TryGetProperty("grade", out var grade) ? Enum.Parse<EvidenceGrade>(grade.GetString()!) : EvidenceGrade.G2,
        };
        var headers = new EvidenceHeaders(
            Optional(answer, "mediaUnit"), Optional(answer, "contentDigest"), Optional(answer, "signatureInput"), Optional(answer, "signature"),
            CameFromCache: answer.TryGetProperty("age", out var age) && age.GetString() != "0");
        var time = new StoppedClock(DateTimeOffset.FromUnixTimeMilliseconds(vector.GetProperty("nowUnixMs").GetInt64()));

        var verdict = new EvidenceVerifier(time).Verify(
            expected, new UnverifiedUnit(answer.GetProperty("status").GetInt32(), Hex(answer, "body"), headers), out var unit);

        Assert.Equal(Text(vector, "verdict"), verdict.ToString());
        Assert.Equal(verdict is EvidenceVerdict.Proven ? Text(answer, "body") : null, unit is null ? null : Convert.ToHexStringLower(unit.Bytes.Span));
        Assert.Equal(
            unit is null ? null : IsDeviceHeld(asked) && expected.Grade >= EvidenceGrade.G2 ? EvidenceGrade.G3 : expected.Grade, unit?.Grade);
    }

    [Fact]
    public void The_signer_makes_the_evidence_of_the_vectors()
    {
        foreach (var vector in Evidence.GetProperty("units").EnumerateArray().Where(IsSignedWithDerivedKeys))
        {
            var answer = vector.GetProperty("answer");
            var (mediaUnit, digest, keyId) = (Text(answer, "mediaUnit"), EvidenceSigner.ContentDigest(Hex(answer, "body")), Text(Evidence, "keyId"));
            var created = Text(answer, "signatureInput").Split(";created=")
                .Skip(1).Select(part => long.Parse(part.Split(';')[0], System.Globalization.CultureInfo.InvariantCulture)).ToArray();

            var ingest = EvidenceSigner.SignIngest(Hex(Evidence, "ingestKey"), keyId, mediaUnit, digest, created[0]);
            var fresh = EvidenceSigner.SignFresh(
                Hex(Evidence, "freshKey"), keyId, 200, mediaUnit, digest, ingest, Text(vector.GetProperty("asked"), "nonce"), created[1]);

            Assert.Equal(Text(answer, "contentDigest"), digest);
            Assert.Equal(Text(answer, "signatureInput"), $"{ingest.Input}, {fresh.Input}");
            Assert.Equal(Text(answer, "signature"), $"{ingest.Value}, {fresh.Value}");
        }
    }

    [Fact]
    public void The_signature_bases_of_the_vectors_are_what_was_signed()
    {
        foreach (var vector in Evidence.GetProperty("units").EnumerateArray().Where(unit => unit.TryGetProperty("ingestBase", out _) && IsSignedWithDerivedKeys(unit)))
        {
            var signatures = Text(vector.GetProperty("answer"), "signature");
            foreach (var (name, key) in new[] { ("ingest", "ingestKey"), ("fresh", "freshKey") })
            {
                var signature = SignatureBase.Sign(Hex(Evidence, key), System.Text.Encoding.UTF8.GetBytes(Text(vector, name + "Base")));

                Assert.Contains($"{name}=:{Convert.ToBase64String(signature)}:", signatures, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>RFC 9421 appendix B.2.5.</summary>
    [Fact]
    public void The_signature_base_is_that_of_the_RFC()
    {
        var key = Convert.FromBase64String("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==");

        var signatureBase = SignatureBase.Build(
            [
                ("\"date\"", "Tue, 20 Apr 2021 02:07:55 GMT"),
                ("\"@authority\"", "example.com"),
                ("\"content-type\"", "application/json"),
            ],
            "(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"");

        Assert.Equal("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=", Convert.ToBase64String(SignatureBase.Sign(key, signatureBase)));
    }

    /// <summary>RFC 9421 appendix B.2.4, with the key of B.1.3.</summary>
    [Fact]
    public void The_ECDSA_signature_of_the_RFC_verifies()
    {
        var signatureBase = SignatureBase.Build(
            [
                ("\"@status\"", "200"),
                ("\"content-type\"", "application/json"),
                ("\"content-digest\"", "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:"),
                ("\"content-length\"", "23"),
            ],
            "(\"@status\" \"content-type\" \"content-digest\" \"content-length\");created=1618884473;keyid=\"test-key-ecc-p256\"");
        var signature = Convert.FromBase64String("wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==");

        Assert.True(DevicePublicKey.TryRead(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==", out var key));
        Assert.True(key.Verify(signatureBase, signature));
        for (var bit = 0; bit < signature.Length * 8; bit++)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(key.Verify(signatureBase, signature));
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void One_point_is_one_key_in_whatever_form_it_comes()
    {
        var held = Evidence.GetProperty("deviceHeld");

        Assert.True(DevicePublicKey.TryRead(Text(held, "evidenceKey"), out var key));
        Assert.True(DevicePublicKey.TryRead(Text(held, "otherEvidenceKey"), out var other));
        Assert.Equal((Text(held, "evidenceKey"), Text(held, "thumbprint")), (key.SubjectPublicKeyInfo, key.Thumbprint));
        Assert.NotEqual(key.Thumbprint, other.Thumbprint);
        foreach (var form in held.GetProperty("sameKeyInOtherForms").EnumerateArray())
        {
            Assert.True(DevicePublicKey.TryRead(form.GetString(), out var same), form.GetString());
            Assert.Equal(key.Thumbprint, same.Thumbprint);
        }

        foreach (var refused in held.GetProperty("refused").EnumerateArray())
        {
            Assert.False(DevicePublicKey.TryRead(Text(refused, "evidenceKey"), out _), Text(refused, "because"));
        }
    }

    [Fact]
    public void The_signer_makes_what_a_camera_with_its_own_key_makes()
    {
        var held = Evidence.GetProperty("deviceHeld");
        var vector = Evidence.GetProperty("units").EnumerateArray().First(unit => Text(unit, "name").StartsWith("G3: a segment", StringComparison.Ordinal));
        var answer = vector.GetProperty("answer");
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Hex(held, "privateKey") });

        var signed = EvidenceSigner.SignIngest(key, "camera", Text(answer, "mediaUnit"), Text(answer, "contentDigest"), 1795338002);

        Assert.StartsWith(signed.Input + ", fresh=", Text(answer, "signatureInput"), StringComparison.Ordinal);
        Assert.True(DevicePublicKey.TryRead(Text(held, "evidenceKey"), out var read));
        Assert.True(read.Verify(System.Text.Encoding.UTF8.GetBytes(Text(vector, "ingestBase")), Convert.FromBase64String(signed.Value["ingest=:".Length..^1])));
    }

    [Fact]
    public void Opening_a_unit_token_allocates_nothing()
    {
        var key = TokenKey();
        var good = Text(Unit.GetProperty("tokens").EnumerateArray().First(), "text");
        var bad = Text(Unit.GetProperty("refused").EnumerateArray().First(), "text");
        var opened = 0;
        for (var warm = 0; warm < 200; warm++)
        {
            opened += UnitToken.TryOpen(good, key, out _) ? 1 : 0;
            opened += UnitToken.TryOpen(bad, key, out _) ? 1 : 0;
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var turn = 0; turn < 1000; turn++)
        {
            opened += UnitToken.TryOpen(good, key, out _) ? 1 : 0;
            opened += UnitToken.TryOpen(bad, key, out _) ? 1 : 0;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1200, opened);
    }

    private static TicketVerifier VerifierAt(long unixSeconds) => new(
        [TicketPublicKey.From(Convert.FromBase64String(Text(Ticket, "publicKey")))],
        new StoppedClock(DateTimeOffset.FromUnixTimeSeconds(unixSeconds)));

    private static UnitTokenKey TokenKey() =>
        new(Hex(Unit, "key"), Text(Unit, "session"), new DeviceRef(Text(Unit, "vendor"), Text(Unit, "device")));

    private static string PrivateKeyPem()
    {
        // SubjectPublicKeyInfo of a P-256 key ends with the point: 0x04, X, Y.
        var point = Convert.FromBase64String(Text(Ticket, "publicKey"))[^64..];
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Hex(Ticket, "privateKey"),
            Q = new ECPoint { X = point[..32], Y = point[32..] },
        });
        return key.ExportECPrivateKeyPem();
    }

    private static DeviceEvidenceKeys Keys(JsonElement asked)
    {
        if (!IsDeviceHeld(asked))
        {
            return new DeviceEvidenceKeys(Hex(Evidence, "ingestKey"), Hex(Evidence, "freshKey"));
        }

        Assert.True(DevicePublicKey.TryRead(Text(Evidence.GetProperty("deviceHeld"), "evidenceKey"), out var key));
        return new DeviceEvidenceKeys([], Hex(Evidence, "freshKey")) { Device = key };
    }

    private static bool IsDeviceHeld(JsonElement asked) => asked.TryGetProperty("deviceHeld", out var held) && held.GetBoolean();

    private static bool IsSignedWithDerivedKeys(JsonElement unit) =>
        Text(unit, "verdict") == "Proven" && Optional(unit.GetProperty("answer"), "signatureInput") is { } inputs && !inputs.Contains("ecdsa", StringComparison.Ordinal);

    private static string? Optional(JsonElement vector, string name) => vector.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Text(JsonElement vector, string name) => vector.GetProperty(name).GetString()!;

    private static byte[] Hex(JsonElement vector, string name) => Convert.FromHexString(Text(vector, name));

    private static JsonElement Vectors(string file, [CallerFilePath] string here = "") => JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "../../../contracts/vectors", file))).RootElement;

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
