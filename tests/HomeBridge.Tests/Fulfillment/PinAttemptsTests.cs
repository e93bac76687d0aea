using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Fulfillment.Challenges;
using HomeBridge.Hosting;
using HomeBridge.Streaming;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>The two counts of wrong PINs, of a device and of an account, each by itself.</summary>
public sealed class PinAttemptsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-pins");
    private readonly PinAttempts _attempts;

    public PinAttemptsTests() => _attempts = new PinAttempts(
        new Database(TestDatabase.At(Path.Combine(_folder.FullName, "pins.db"))),
        new ChallengeOptions { WrongPinsMax = 5, WrongPinsWithin = TimeSpan.FromMinutes(15), Region = null, Pin = [], Ack = [], Waived = [], WaivedBecause = null },
        new SetClock());

    public void Dispose()
    {
        TestDatabase.LetGo();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void A_right_pin_at_one_door_does_not_wipe_the_guesses_at_another()
    {
        var (home, guessed, known) = (Home("maple"), Door("dev_1"), Door("dev_2"));
        for (var guess = 0; guess < 4; guess++)
        {
            Assert.NotNull(_attempts.Begin(home, guessed));
        }

        _attempts.Right(_attempts.Begin(home, known)!);

        Assert.NotNull(_attempts.Begin(home, guessed));
        Assert.Null(_attempts.Begin(home, guessed));
        Assert.NotNull(_attempts.Begin(home, known));
    }

    [Fact]
    public void A_device_is_counted_for_all_accounts_and_a_right_pin_begins_both_counts_anew()
    {
        var (maple, harbor, door) = (Home("maple"), Home("harbor"), Door("dev_1"));
        Assert.NotNull(_attempts.Begin(maple, door));
        Assert.NotNull(_attempts.Begin(maple, door));
        Assert.NotNull(_attempts.Begin(harbor, door));
        Assert.NotNull(_attempts.Begin(harbor, door));
        var fifth = _attempts.Begin(harbor, door)!;

        Assert.True(_attempts.IsLocked(maple, door));
        _attempts.TakeBack(fifth);
        Assert.False(_attempts.IsLocked(maple, door));
        _attempts.Right(_attempts.Begin(maple, door)!);
        for (var guess = 0; guess < 5; guess++)
        {
            Assert.NotNull(_attempts.Begin(maple, door));
        }

        Assert.Null(_attempts.Begin(harbor, door));
    }

    private static AccountLink Home(string account) => new(new AccountLinkId("lnk_" + account), "google", "google-home", "acme", account, "user_" + account);

    private static Device Door(string id) => new(new DeviceId(id), new DeviceRef("acme", "maker-" + id), "LOCK", ["LockUnlock"], null, null, Device.NoAttributes);
}
