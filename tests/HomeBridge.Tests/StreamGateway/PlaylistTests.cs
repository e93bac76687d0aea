using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>What is read of a maker's playlist, and what is written for a viewer.</summary>
public sealed class PlaylistTests
{
    private static readonly UnitTokenKey Key = new(new byte[UnitTokenKey.KeyLength], new string('0', 32), new DeviceRef("acme", "camera-0000000000001"));

    [Theory]
    [InlineData("#EXT-X-MAP:URI=\"init.mp4\"", true)]
    [InlineData("#EXT-X-MAP:URI=\"init-7.mp4\"", true)]
    [InlineData("#EXT-X-MAP:URI=\"init-0.mp4\"", false)]
    [InlineData("#EXT-X-MAP:URI=\"init-07.mp4\"", false)]
    [InlineData("#EXT-X-MAP:URI=\"init--7.mp4\"", false)]
    [InlineData("#EXT-X-MAP:URI=\"init-.mp4\"", false)]
    [InlineData("#EXT-X-MAP:URI=\"init-99999999999999999999.mp4\"", false)]
    [InlineData("#EXT-X-MAP:URI=\"init-7.mp4\",BYTERANGE=\"10@0\"", false)]
    [InlineData("#EXT-X-MAP:URI=\"http://attacker.example/init-7.mp4\"", false)]
    [InlineData("#EXT-X-MAP:", false)]
    [InlineData("", false)]
    public void An_init_unit_has_one_of_two_names(string map, bool isRead) =>
        Assert.Equal(isRead, MakerPlaylist.TryRead(Playlist(map, "#EXTINF:2,", "5.m4s"), MediaContainer.Fmp4, out _));

    [Fact]
    public void A_transport_stream_has_no_init_unit_and_names_of_its_own()
    {
        Assert.True(MakerPlaylist.TryRead(Playlist("#EXTINF:2,", "5.ts"), MediaContainer.MpegTs, out _));
        Assert.False(MakerPlaylist.TryRead(Playlist("#EXTINF:2,", "5.m4s"), MediaContainer.MpegTs, out _));
        Assert.False(MakerPlaylist.TryRead(Playlist("#EXT-X-MAP:URI=\"init.mp4\"", "#EXTINF:2,", "5.ts"), MediaContainer.MpegTs, out _));
        Assert.False(MakerPlaylist.TryRead(Playlist("#EXTINF:2,", "5.ts"), MediaContainer.Fmp4, out _));
    }

    [Fact]
    public void Another_init_unit_within_a_playlist_needs_a_discontinuity()
    {
        string[] change = ["#EXT-X-MAP:URI=\"init.mp4\"", "#EXTINF:2,", "5.m4s", "#EXT-X-MAP:URI=\"init-1.mp4\"", "#EXTINF:2,", "6.m4s"];
        Assert.False(MakerPlaylist.TryRead(Playlist(change), MediaContainer.Fmp4, out _));
        Assert.True(MakerPlaylist.TryRead(Playlist([.. change[..3], "#EXT-X-DISCONTINUITY", .. change[3..]]), MediaContainer.Fmp4, out var playlist));
        Assert.Equal([(5L, 0L, false), (6L, 1L, true)], playlist.Units.Select(unit => (unit.Sequence, unit.Init, unit.Discontinuity)));
    }

    [Fact]
    public void A_window_counts_the_discontinuities_that_left_it_and_marks_those_that_were_missed()
    {
        var clock = new SetClock();
        var window = new LiveWindow(Key, MediaContainer.Fmp4, clock);
        Advance(window, clock, Unit(5, 0), Unit(6, 0));
        Assert.DoesNotContain("DISCONTINUITY", window.Text, StringComparison.Ordinal);

        // The mark stood on unit 7, which was gone before anybody looked.
        Advance(window, clock, Unit(8, 3), Unit(9, 3));
        Assert.Equal(1, Count(window.Text!, "#EXT-X-DISCONTINUITY\n"));
        Assert.Contains("#EXT-X-DISCONTINUITY-SEQUENCE:0\n", window.Text, StringComparison.Ordinal);
        Assert.True(window.TryDeliverInit(3));
        Assert.False(window.TryDeliverInit(2));

        Advance(window, clock, Unit(9, 3), Unit(10, 3), Unit(11, 3));
        Assert.Contains("#EXT-X-DISCONTINUITY-SEQUENCE:1\n", window.Text, StringComparison.Ordinal);
        Assert.Equal(0, Count(window.Text!, "#EXT-X-DISCONTINUITY\n"));
        Assert.Equal(1, Count(window.Text!, "#EXT-X-MAP"));
    }

    [Fact]
    public void An_init_unit_that_no_listed_unit_needs_is_not_delivered_and_each_has_its_own_count()
    {
        var clock = new SetClock();
        var window = new LiveWindow(Key, MediaContainer.Fmp4, clock);
        Assert.False(window.TryDeliverInit(0));
        Advance(window, clock, Unit(5, 0), Unit(6, 1, discontinuity: true));
        for (var fetch = 0; fetch < LiveWindow.InitDeliveriesMax; fetch++)
        {
            Assert.True(window.TryDeliverInit(0));
        }

        Assert.False(window.TryDeliverInit(0));
        Assert.True(window.TryDeliverInit(1));

        clock.Advance(LiveWindow.UnitFor + TimeSpan.FromSeconds(1));
        Advance(window, clock, Unit(20, 1));
        Assert.True(window.TryDeliverInit(1));
        Assert.Equal([(20L, 1L)], window.After(6));
    }

    [Fact]
    public void An_answer_that_was_overtaken_says_nothing_and_one_that_was_not_says_that_it_went_back()
    {
        var clock = new SetClock();
        var window = new LiveWindow(Key, MediaContainer.Fmp4, clock);
        Advance(window, clock, Unit(1, 0), Unit(2, 0), Unit(3, 0));
        var (early, late) = (window.NextPoll(), window.NextPoll());

        // The first answer was slow on its way there and so has more to tell than the second, which comes after it.
        Assert.True(window.Advance(new MakerPlaylist(2, [Unit(3, 0), Unit(4, 0)]), early));
        Assert.True(window.Advance(new MakerPlaylist(2, [Unit(2, 0), Unit(3, 0)]), late));
        Assert.Equal(2, Count(window.Text!, "#EXTINF"));
        Assert.NotEmpty(window.After(3));

        Assert.False(window.Advance(new MakerPlaylist(2, [Unit(2, 0), Unit(3, 0)]), window.NextPoll()));
    }

    private static void Advance(LiveWindow window, SetClock clock, params MakerUnit[] units)
    {
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(window.Advance(new MakerPlaylist(2, [.. units]), window.NextPoll()));
    }

    private static MakerUnit Unit(long sequence, long init, bool discontinuity = false) => new(sequence, 2000, null, discontinuity, init);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Playlist(params string[] lines) =>
        string.Join('\n', (string[])["#EXTM3U", "#EXT-X-TARGETDURATION:2", "#EXT-X-MEDIA-SEQUENCE:5", .. lines]);
}
