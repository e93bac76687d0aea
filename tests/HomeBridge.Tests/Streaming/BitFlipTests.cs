using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Tickets;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Streaming;

/// <summary>
/// Every single bit of a token counts: 10,000 unit tokens with each of their bits flipped in each run. An entry ticket's
/// check costs a hundred times as much, so each run flips every bit of some and a long run of 10,000.
/// </summary>
public sealed class BitFlipTests(ITestOutputHelper output)
{
    private const int UnitTokens = 10_000;

    private static int EntryTickets => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 10_000 : 100;

    [Fact]
    public void No_unit_token_opens_with_a_bit_changed()
    {
        var started = Stopwatch.GetTimestamp();
        var opened = 0;
        Parallel.For(0, UnitTokens, number =>
        {
            var key = new UnitTokenKey(RandomNumberGenerator.GetBytes(UnitTokenKey.KeyLength), $"{number:x32}", new DeviceRef("acme", $"camera-{number:0000000000}"));
            var token = new UnitToken((UnitTokenPurpose)((number % 3) + 1), number, 1_795_338_000 + number);
            var text = token.Seal(key);
            Assert.True(UnitToken.TryOpen(text, key, out var whole) && whole == token);
            var bytes = Base64Url.DecodeFromChars(text);
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                if (UnitToken.TryOpen(Base64Url.EncodeToString(bytes), key, out _))
                {
                    Interlocked.Increment(ref opened);
                }

                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        });

        output.WriteLine($"{UnitTokens} unit tokens, {UnitTokens * 29 * 8} flips in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.Equal(0, opened);
    }

    [Fact]
    public void No_entry_ticket_is_honoured_with_a_bit_changed()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signer = new TicketSigner(ecdsa.ExportECPrivateKeyPem());
        var verifier = new TicketVerifier([signer.PublicKey], TimeProvider.System);
        var started = Stopwatch.GetTimestamp();
        var honoured = 0;
        var flips = 0L;
        Parallel.For(0, EntryTickets, _ =>
        {
            var text = signer.Sign(new GrantId(Guid.NewGuid()), TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
            Assert.Equal(TicketVerdict.Honoured, verifier.Verify(text, out var whole));
            Assert.NotNull(whole);
            var bytes = Base64Url.DecodeFromChars(text);
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                if (verifier.Verify(Base64Url.EncodeToString(bytes), out var changed) is TicketVerdict.Honoured || changed is not null)
                {
                    Interlocked.Increment(ref honoured);
                }

                Interlocked.Increment(ref flips);
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        });

        output.WriteLine($"{EntryTickets} entry tickets, {flips} flips in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.Equal(0, honoured);
    }

    /// <summary>A text has 126 characters of six bits, and 94 bytes: four bits at its end say nothing and must be zero.</summary>
    [Fact]
    public void No_other_spelling_of_a_token_is_taken()
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. %";
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signer = new TicketSigner(ecdsa.ExportECPrivateKeyPem());
        var verifier = new TicketVerifier([signer.PublicKey], TimeProvider.System);
        var ticket = signer.Sign(new GrantId(Guid.NewGuid()), TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
        var key = new UnitTokenKey(RandomNumberGenerator.GetBytes(UnitTokenKey.KeyLength), "session", new DeviceRef("acme", "camera-0000000000001"));
        var unit = new UnitToken(UnitTokenPurpose.Segment, 7, 1_795_338_000).Seal(key);

        foreach (var letter in alphabet)
        {
            foreach (var (text, opens) in ((string Text, Func<string, bool> Opens)[])
                     [
                         (ticket, other => verifier.Verify(other, out _) is TicketVerdict.Honoured),
                         (unit, other => UnitToken.TryOpen(other, key, out _)),
                     ])
            {
                Assert.Equal(text[^1] == letter, opens(text[..^1] + letter));
                Assert.False(opens(text + letter));
                Assert.False(opens(letter + text));
            }
        }
    }
}
