using HomeBridge.Residents;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Residents;

/// <summary>Who reads their file keeps a place; who doesn't keeps it until somebody else wants it.</summary>
public sealed class ExportPlacesTests
{
    private readonly SetClock _clock = new();

    [Fact]
    public async Task Readers_who_keep_us_waiting_make_room_one_by_one_and_those_who_read_do_not()
    {
        var places = new ExportPlaces(_clock);
        using var reads = places.Take(Home("reads"))!;
        var slow = Enumerable.Range(1, 3).Select(number => places.Take(Home($"slow{number}"))!).ToList();
        var writes = slow.Select(place => place.To(new NeverRead()).WriteAsync(new byte[1], place.IsCut).AsTask()).ToList();
        await reads.To(Stream.Null).WriteAsync(new byte[1]);
        Assert.Null(places.Take(Home("next")));

        _clock.Advance(ExportPlaces.WaitedMax - TimeSpan.FromSeconds(1));
        await reads.To(Stream.Null).FlushAsync();
        Assert.Null(places.Take(Home("next")));
        _clock.Advance(TimeSpan.FromSeconds(1));

        using var first = places.Take(Home("next"));
        Assert.NotNull(first);
        Assert.Equal(1, slow.Count(place => place.IsCut.IsCancellationRequested));
        using var second = places.Take(Home("next but one"));
        using var third = places.Take(Home("next but two"));
        Assert.NotNull(third);
        Assert.Null(places.Take(Home("one too many")));
        Assert.False(reads.IsCut.IsCancellationRequested);
        Assert.All(slow, place => Assert.True(place.IsCut.IsCancellationRequested));
        foreach (var write in writes)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        }
    }

    [Fact]
    public async Task Nobody_is_cut_while_there_is_room_and_a_home_has_one_place()
    {
        var places = new ExportPlaces(_clock);
        using var place = places.Take(Home("maple"))!;
        var write = place.To(new NeverRead()).FlushAsync(place.IsCut);
        Assert.Null(places.Take(Home("maple")));
        _clock.Advance(TimeSpan.FromMinutes(1));
        using (places.Take(Home("harbor")))
        {
            Assert.False(place.IsCut.IsCancellationRequested);
        }

        // A download that hung does not keep its own resident from the next.
        using var again = places.Take(Home("maple"));
        Assert.NotNull(again);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
    }

    [Fact]
    public async Task Waiting_adds_up()
    {
        using var place = new ExportPlaces(_clock).Take(Home("maple"))!;
        for (var number = 1; number <= 3; number++)
        {
            using var given = new CancellationTokenSource();
            var write = place.To(new NeverRead()).WriteAsync(new byte[1], given.Token).AsTask();
            _clock.Advance(TimeSpan.FromSeconds(2));
            await given.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
            Assert.Equal(TimeSpan.FromSeconds(2 * number), place.Waited);
            _clock.Advance(TimeSpan.FromSeconds(7));
        }
    }

    private static HomeAccount Home(string account) => new("acme", account);

    /// <summary>A connection whose other end takes nothing.</summary>
    private sealed class NeverRead : MemoryStream
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }
}
