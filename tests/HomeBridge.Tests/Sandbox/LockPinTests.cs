namespace HomeBridge.Tests.Sandbox;

public sealed class LockPinTests
{
    [Fact]
    public async Task Unlocking_asks_for_the_pin_and_locking_does_not()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var door = await cloud.IdOfAsync("LOCK");

        var asked = await UnlockAsync(cloud, door, pin: null, commandId: "one");
        var opened = await UnlockAsync(cloud, door, RunningCloud.Pin, commandId: "one");
        var closed = await cloud.ExecuteAsync(door, "LockUnlock", new { @lock = true });

        Assert.Equal("challenge pinNeeded", asked);
        Assert.Equal("success", opened);
        Assert.True((bool)closed["states"]!["isLocked"]!);
    }

    [Fact]
    public async Task The_fifth_wrong_pin_in_a_row_locks_the_lock_for_fifteen_minutes()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var door = await cloud.IdOfAsync("LOCK");

        for (var wrong = 1; wrong <= 4; wrong++)
            Assert.Equal("challenge challengeFailedPinNeeded", await UnlockAsync(cloud, door, "000000"));
        var fifth = await UnlockAsync(cloud, door, "000000");
        var rightButLate = await UnlockAsync(cloud, door, RunningCloud.Pin);
        cloud.Time.Advance(TimeSpan.FromMinutes(15));
        var afterwards = await UnlockAsync(cloud, door, RunningCloud.Pin);

        Assert.Equal("error tooManyFailedAttempts", fifth);
        Assert.Equal("error tooManyFailedAttempts", rightButLate);
        Assert.Equal("success", afterwards);
    }

    [Fact]
    public async Task A_right_pin_resets_the_count()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var door = await cloud.IdOfAsync("LOCK");

        for (var round = 0; round < 2; round++)
        {
            for (var wrong = 1; wrong <= 4; wrong++)
                Assert.Equal("challenge challengeFailedPinNeeded", await UnlockAsync(cloud, door, "4711930"));
            Assert.Equal("success", await UnlockAsync(cloud, door, RunningCloud.Pin));
        }
    }

    [Fact]
    public async Task A_pin_that_nobody_asked_for_is_checked_all_the_same()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var door = await cloud.IdOfAsync("LOCK");
        var light = await cloud.IdOfAsync("LIGHT");

        var opened = await UnlockAsync(cloud, door, RunningCloud.Pin);
        var closedWrongly = await cloud.ExecuteAsync(door, "LockUnlock", new { @lock = true }, "000000");
        var litWrongly = await cloud.ExecuteAsync(light, "OnOff", new { on = true }, "000000");
        var lit = await cloud.ExecuteAsync(light, "OnOff", new { on = true }, RunningCloud.Pin);
        var closed = await cloud.ExecuteAsync(door, "LockUnlock", new { @lock = true }, RunningCloud.Pin);

        Assert.Equal("success", opened);
        Assert.Equal("challengeFailedPinNeeded", (string?)closedWrongly["challenge"]);
        Assert.Equal("challengeFailedPinNeeded", (string?)litWrongly["challenge"]);
        Assert.True((bool)lit["states"]!["on"]!);
        Assert.True((bool)closed["states"]!["isLocked"]!);
    }

    private static async Task<string> UnlockAsync(
        RunningCloud cloud, string door, string? pin, string? commandId = null)
    {
        var answer = await cloud.ExecuteAsync(door, "LockUnlock", new { @lock = false }, pin, commandId);
        return $"{answer["outcome"]} {answer["challenge"] ?? answer["error"]}".TrimEnd();
    }
}
