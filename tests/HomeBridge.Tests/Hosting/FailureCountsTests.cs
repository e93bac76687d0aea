using HomeBridge.Hosting;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Hosting;

/// <summary>Failures are counted by who failed, also while many fail.</summary>
public sealed class FailureCountsTests
{
    private const string Address = "address";

    private readonly SetClock _clock = new();

    [Fact]
    public void Whoever_failed_too_often_waits_until_the_span_is_over()
    {
        var counts = new FailureCounts(_clock, TimeSpan.FromMinutes(5));
        for (var number = 0; number < 3; number++)
        {
            Assert.Null(counts.Count(Address, "one", 3));
        }

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(4), counts.Count(Address, "one", 3));
        Assert.Null(counts.Left(Address, "another", 3));
        Assert.Null(counts.Left("name", "one", 3));
        _clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Null(counts.Left(Address, "one", 3));
        Assert.Null(counts.Count(Address, "one", 3));
    }

    [Fact]
    public void A_flood_shuts_out_nobody_else_and_lets_nobody_off()
    {
        var counts = new FailureCounts(_clock, TimeSpan.FromMinutes(5));
        for (var number = 0; number < 9; number++)
        {
            counts.Count(Address, "guesser", 5);
            counts.Count("name", "maple", 5);
        }

        for (var number = 0; number < FailureCounts.CountsMax * 5; number++)
        {
            Assert.Null(counts.Count(Address, $"flood {number}", 5));
        }

        Assert.NotNull(counts.Left(Address, "guesser", 5));
        Assert.NotNull(counts.Left("name", "maple", 5));
        Assert.Null(counts.Count(Address, "somebody", 5));
    }

    /// <summary>More addresses over their limit than are counted: memory stays what it is, and those who are new are still not they.</summary>
    [Fact]
    public void Nobody_pays_for_others_even_when_all_who_are_counted_are_over_their_limit()
    {
        var counts = new FailureCounts(_clock, TimeSpan.FromMinutes(5));
        for (var number = 0; number < FailureCounts.CountsMax * 2; number++)
        {
            counts.Count(Address, $"guesser {number}", 1);
            counts.Count(Address, $"guesser {number}", 1);
        }

        Assert.NotNull(counts.Left(Address, $"guesser {(FailureCounts.CountsMax * 2) - 1}", 1));
        Assert.Null(counts.Count(Address, "somebody", 1));
        Assert.Null(counts.Left(Address, "somebody else", 1));
    }
}
