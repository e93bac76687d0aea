using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>Wrong PINs are counted across links and across a home's devices. A sandbox of its own: locks stay locked.</summary>
public sealed class PinTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task Wrong_pins_count_across_links_and_guesses_side_by_side_dont_outrun_the_count()
    {
        var (one, other) = (await sandbox.Link("maple"), await sandbox.Link("maple"));
        var door = await one.Device("Front door lock");

        var guesses = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
            (number % 2 == 0 ? one : other).Execute(door, "LockUnlock", new { @lock = false }, new { pin = $"99{number:0000}" })));
        var right = await other.Execute(door, "LockUnlock", new { @lock = false }, new { pin = "471193" });
        var asked = await one.Execute(door, "LockUnlock", new { @lock = false });
        var locking = await one.Execute(door, "LockUnlock", new { @lock = true });

        Assert.InRange(guesses.Count(answer => answer.GetProperty("errorCode").GetString() == "challengeNeeded"), 4, 5);
        Assert.All(guesses, answer => Assert.Contains(answer.GetProperty("errorCode").GetString(), (string[])["challengeNeeded", "tooManyFailedAttempts"]));
        Assert.Equal("tooManyFailedAttempts", right.GetProperty("errorCode").GetString());
        Assert.Equal("tooManyFailedAttempts", asked.GetProperty("errorCode").GetString());
        Assert.Equal("SUCCESS", locking.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Wrong_pins_on_several_doors_of_one_home_add_up_and_do_not_touch_another_home()
    {
        var (hill, harbor) = (await sandbox.Link("hill"), await sandbox.Link("harbor"));
        var locks = (await hill.Sync()).GetProperty("devices").EnumerateArray()
            .Where(device => device.GetProperty("traits").EnumerateArray().Any(trait => trait.GetString()!.EndsWith("LockUnlock", StringComparison.Ordinal)))
            .Select(device => device.GetProperty("id").GetString()!).Take(3).ToList();

        for (var attempt = 0; attempt < 5; attempt++)
        {
            var wrong = await hill.Execute(locks[attempt % 2], "LockUnlock", new { @lock = false }, new { pin = "123456" });
            Assert.Equal("challengeNeeded", wrong.GetProperty("errorCode").GetString());
        }

        var third = await hill.Execute(locks[2], "LockUnlock", new { @lock = false }, new { pin = "471193" });
        var elsewhere = await harbor.Execute(await harbor.Device("Boathouse lock"), "LockUnlock", new { @lock = false }, new { pin = "471193" });

        Assert.Equal("tooManyFailedAttempts", third.GetProperty("errorCode").GetString());
        Assert.Equal("SUCCESS", elsewhere.GetProperty("status").GetString());
        await A_pin_on_a_command_that_needs_none_does_not_wipe_the_count(harbor);
    }

    private static async Task A_pin_on_a_command_that_needs_none_does_not_wipe_the_count(LinkedHome harbor)
    {
        var door = await harbor.Device("Boathouse lock");
        for (var attempt = 0; attempt < 4; attempt++)
        {
            await harbor.Execute(door, "LockUnlock", new { @lock = false }, new { pin = "123456" });
        }

        await harbor.Execute(door, "LockUnlock", new { @lock = true }, new { pin = "471193" });
        await harbor.Execute(await harbor.Device("Hall light"), "OnOff", new { on = true }, new { pin = "123456" });
        await harbor.Execute(door, "LockUnlock", new { @lock = false }, new { pin = "123456" });
        var right = await harbor.Execute(door, "LockUnlock", new { @lock = false }, new { pin = "471193" });

        Assert.Equal("tooManyFailedAttempts", right.GetProperty("errorCode").GetString());
    }
}
