using System.Security.Cryptography;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.CameraStreams;

/// <summary>Which key signs, which are honoured, and that a removed one never comes back.</summary>
public sealed class TicketKeyRingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-test-");
    private readonly SetClock _clock = new();
    private readonly string[] _keys = [NewKey(), NewKey()];
    private readonly Database _database;

    public TicketKeyRingTests() => _database = new Database(TestDatabase.At(Path.Combine(_folder.FullName, "keys.db")));

    public void Dispose()
    {
        _database.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void The_next_key_signs_when_its_time_has_come_and_both_are_honoured_all_along()
    {
        using var ring = Ring();
        var first = ring.Signing!.PublicKey.Id;
        Assert.Equal(["signing", "waiting"], ring.All().Select(key => key.State));
        Assert.Equal(2, ring.Honoured.Length);

        _clock.Advance(TimeSpan.FromHours(1));

        Assert.NotEqual(first, ring.Signing!.PublicKey.Id);
        Assert.Equal(["honoured", "signing"], ring.All().Select(key => key.State));
        Assert.Equal(2, ring.Honoured.Length);
    }

    [Fact]
    public void A_removed_key_signs_nothing_and_stays_out_after_a_restart()
    {
        using (var ring = Ring())
        {
            var told = ring.Honoured;
            Assert.True(ring.Remove(ring.All()[0].Id, "operator", "it got out"));

            Assert.NotSame(told, ring.Honoured);
            Assert.Equal(["removed", "waiting"], ring.All().Select(key => key.State));
            Assert.Null(ring.Signing);
            Assert.False(ring.Remove("00000000", "operator", "no such key"));
        }

        using var again = Ring();
        Assert.Single(again.Honoured);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(again.Honoured[0].Id, again.Signing!.PublicKey.Id);
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem();
    }

    private TicketKeyRing Ring() => new(
        new CameraStreamOptions
        {
            GatewayUrl = "http://gateway",
            TicketKeys = [new TicketKeyOption(_keys[0], DateTimeOffset.MinValue), new TicketKeyOption(_keys[1], _clock.GetUtcNow() + TimeSpan.FromMinutes(30))],
            TicketLifetime = TimeSpan.FromMinutes(1),
            GrantsPerMinuteMax = 1,
            SessionsPerCameraMax = 1,
        },
        _database,
        new AuditTrail(_database, _clock),
        new Signal(),
        _clock);
}
