using System.Text.Json;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Suspensions;

/// <summary>The snapshot finds the same entry as a walk over all of them, and costs no memory to ask.</summary>
public sealed class SnapshotTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3, 2, 4)]
    [InlineData(40, 2, 3)]
    [InlineData(400, 3, 0)]
    [InlineData(400, 6, 5)]
    public void Index_and_walk_always_agree(int entries, int values, int spareEvery)
    {
        var (asked, denied) = (0, 0);
        for (var seed = 1UL; seed <= 40; seed++)
        {
            var mixed = new MixedSuspensions(seed, values);
            var snapshot = mixed.Snapshot(entries, spareEvery);
            for (var turn = 0; turn < 250; turn++)
            {
                var (effect, facts) = (mixed.Effect(), mixed.Facts());
                var walked = snapshot.InForce.FirstOrDefault(entry => Walks(entry, effect, facts));

                Assert.Equal(walked is not null, snapshot.Denies(effect, facts, out var by));
                Assert.Same(walked, by);
                asked++;
                denied += by is null ? 0 : 1;
            }
        }

        output.WriteLine($"{asked} decisions, {denied} denied.");
        Assert.InRange(denied, 1, asked - 1);
    }

    [Fact]
    public void Orders_for_several_effects_at_once_agree_too()
    {
        var mixed = new MixedSuspensions(7, 2);
        var snapshot = mixed.Snapshot(60);
        for (var turn = 0; turn < 2000; turn++)
        {
            var (effects, facts) = (mixed.Effect() | mixed.Effect(), mixed.Facts());
            snapshot.Denies(effects, facts, out var by);
            Assert.Same(snapshot.InForce.FirstOrDefault(entry => Walks(entry, effects, facts)), by);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void A_decision_allocates_nothing(int entries)
    {
        var mixed = new MixedSuspensions(1, 2_000);
        var snapshot = mixed.Snapshot(entries);
        var facts = Enumerable.Range(0, 1000).Select(turn => turn % 3 == 0 ? mixed.Facts() : mixed.Known(turn % 2 == 0)).ToArray();
        Ask(snapshot, facts);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var denied = Ask(snapshot, facts);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        output.WriteLine($"{entries} entries, {denied} denied.");
        Assert.Equal(0, allocated);
    }

    /// <summary>A fact that nobody told us is covered by every scope that asks for it.</summary>
    [Fact]
    public void What_is_not_known_is_covered()
    {
        foreach (var unknown in Enumerable.Range(0, 128))
        {
            var mixed = new MixedSuspensions((ulong)unknown, 5);
            var scope = mixed.Scope(127);
            string? Fact(int place, string? value) => (unknown & (1 << place)) == 0 ? value : SuspensionFacts.Unknown;
            var facts = new SuspensionFacts(
                Fact(0, scope.Platform), Fact(1, scope.Vendor), Fact(2, scope.DeviceModel), Fact(3, scope.Firmware), Fact(4, scope.Trait), Fact(5, scope.AccountLink), Fact(6, scope.Device));

            Assert.True(new SuspensionSnapshot(1, [new SuspensionInForce("sus_1", scope, SuspensionEffects.All)]).Denies(SuspensionEffects.CutStreams, facts, out _));
        }
    }

    [Fact]
    public void A_share_grows_and_never_shrinks_and_is_about_its_size()
    {
        var links = Enumerable.Range(0, 20_000).Select(number => $"lnk_{number:x8}").ToList();
        var before = new HashSet<string>(StringComparer.Ordinal);
        foreach (var percent in (int[])[0, 1, 10, 50, 100])
        {
            var spared = new SparedPart([], [], percent, "sus_a");
            var now = links.Where(link => spared.Includes(Through(link))).ToHashSet(StringComparer.Ordinal);

            Assert.Superset(before, now);
            Assert.InRange(now.Count, (percent * 200) - 300, (percent * 200) + 300);
            before = now;
        }

        Assert.NotEqual(SparedPart.BucketOf("sus_a", "lnk_1"), SparedPart.BucketOf("sus_b", "lnk_1"));

        // The bucket is a contract between replicas: it is what it was.
        Assert.Equal(4368, SparedPart.BucketOf("sus_1", "lnk_1"));
    }

    [Fact]
    public void What_has_no_link_or_an_unknown_one_is_never_in_a_share()
    {
        var almostAll = new SparedPart([], [], 99, "sus_a");
        Assert.False(almostAll.Includes(Through(null)));
        Assert.False(almostAll.Includes(Through(SuspensionFacts.Unknown)));
        Assert.True(new SparedPart(["lnk_1"], [], 0, "sus_a").Includes(Through("lnk_1")));
        Assert.True(new SparedPart([], ["dev_1"], 0, "sus_a").Includes(Through(null) with { Device = "dev_1" }));
        Assert.False(new SparedPart([], ["dev_1"], 0, "sus_a").Includes(Through(null) with { Device = SuspensionFacts.Unknown }));
    }

    [Fact]
    public void A_gateway_reads_what_the_bridge_writes()
    {
        var told = new MixedSuspensions(3, 2).Snapshot(200, spareEvery: 2);
        var text = JsonSerializer.Serialize(new FeedMessage { Version = 1, Cursor = 0, Suspensions = told }, GatewayJson.Default.FeedMessage);
        var read = JsonSerializer.Deserialize(text, GatewayJson.Default.FeedMessage)!.Suspensions!;
        var mixed = new MixedSuspensions(4, 2);
        for (var turn = 0; turn < 2000; turn++)
        {
            var (effect, facts) = (mixed.Effect(), mixed.Facts());
            told.Denies(effect, facts, out var one);
            read.Denies(effect, facts, out var other);
            Assert.Equal(one?.Id, other?.Id);
        }

        // Nothing of the index is on the wire, and what spares nothing says nothing of it.
        Assert.Equal("""{"version":7,"inForce":[{"id":"sus_1","scope":{"vendor":"acme"},"effects":1}]}""", Suspensions(new SuspensionSnapshot(7, [new SuspensionInForce("sus_1", new SuspensionScope(Vendor: "acme"), SuspensionEffects.CutStreams)])));

        static string Suspensions(SuspensionSnapshot snapshot)
        {
            var whole = JsonSerializer.SerializeToElement(new FeedMessage { Version = 1, Cursor = 0, Suspensions = snapshot }, GatewayJson.Default.FeedMessage);
            return whole.GetProperty("suspensions").GetRawText();
        }
    }

    [Fact]
    public void What_is_spared_is_compared_by_what_it_says()
    {
        var half = new SparedPart(["lnk_1"], ["dev_1"], 50, "sus_1");
        Assert.Equal(half, new SparedPart(["lnk_1"], ["dev_1"], 50, "sus_1"));
        Assert.Equal(half.GetHashCode(), new SparedPart(["lnk_1"], ["dev_1"], 50, "sus_1").GetHashCode());
        foreach (var other in (SparedPart[])[half with { Percent = 49 }, half with { Salt = "sus_2" }, half with { Links = ["lnk_2"] }, half with { Devices = [] }])
        {
            Assert.NotEqual(half, other);
        }
    }

    /// <summary>The rule without an index, written once more.</summary>
    private static bool Walks(SuspensionInForce entry, SuspensionEffects effect, SuspensionFacts facts) =>
        (entry.Effects & effect) != 0 && entry.Scope.Covers(facts) && (entry.Spared is null || !entry.Spared.Includes(facts));

    private static int Ask(SuspensionSnapshot snapshot, SuspensionFacts[] facts)
    {
        var denied = 0;
        foreach (var one in facts)
        {
            denied += snapshot.Denies(SuspensionEffects.CutStreams, one, out _) ? 1 : 0;
        }

        return denied;
    }

    private static SuspensionFacts Through(string? link) => new("google", "acme", "m", "f", "CameraStream", link, "dev_0");
}
