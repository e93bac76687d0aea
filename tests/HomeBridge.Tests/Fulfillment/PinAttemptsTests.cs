using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Fulfillment.Challenges;
using HomeBridge.Hosting;
using HomeBridge.Streaming;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>What a right PIN sets back: its own door and its own account, and nobody else's count.</summary>
public sealed class PinAttemptsTests : IDisposable
{
    private static readonly AccountLink Maple = Link("maple");
    private static readonly AccountLink Harbor = Link("harbor");
    private static readonly Device Front = Door("front");
    private static readonly Device Safe = Door("safe");

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-pins-").FullName;
    private readonly PinAttempts _attempts;

    public PinAttemptsTests() => _attempts = new PinAttempts(
        new Database(new DatabaseOptions(Path.Combine(_folder, "bridge.db"))),
        new ChallengeOptions { WrongPinsMax = 5, WrongPinsWithin = TimeSpan.FromMinutes(15), Region = null, Pin = [], Ack = [], Waived = [], WaivedBecause = null },
        TimeProvider.System);

    [Fact]
    public void A_right_pin_begins_the_count_of_its_door_and_its_account_anew()
    {
        for (var round = 0; round < 3; round++)
        {
            Wrong(Maple, Front, 4);
            Right(Maple, Front);
        }

        Assert.False(_attempts.IsLocked(Maple, Front));
    }

    [Fact]
    public void The_pin_of_one_door_buys_no_guesses_at_another()
    {
        Wrong(Maple, Safe, 4);
        Right(Maple, Front);
        Wrong(Maple, Safe, 1);

        Assert.True(_attempts.IsLocked(Maple, Safe));
        Assert.Null(_attempts.Begin(Maple, Safe));
        Assert.False(_attempts.IsLocked(Maple, Front));
    }

    [Fact]
    public void A_right_pin_of_one_account_does_not_forgive_another()
    {
        Wrong(Harbor, Front, 4);
        Right(Maple, Front);
        Wrong(Harbor, Safe, 1);

        Assert.True(_attempts.IsLocked(Harbor, Front));
        Assert.False(_attempts.IsLocked(Maple, Front));
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private void Wrong(AccountLink link, Device door, int times)
    {
        for (var attempt = 0; attempt < times; attempt++)
        {
            Assert.NotNull(_attempts.Begin(link, door));
        }
    }

    private void Right(AccountLink link, Device door) => _attempts.Right(_attempts.Begin(link, door)!);

    private static AccountLink Link(string account) => new(new AccountLinkId(account), "google", "google-home", "acme", account, account);

    private static Device Door(string name) => new(new DeviceId(name), new DeviceRef("acme", name), "LOCK", ["LockUnlock"], null, null, Device.NoAttributes);
}
