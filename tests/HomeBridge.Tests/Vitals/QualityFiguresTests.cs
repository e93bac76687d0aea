using System.Diagnostics;
using System.Diagnostics.Metrics;
using HomeBridge.Tests.World;
using HomeBridge.Vitals;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Vitals;

public sealed class QualityFiguresTests(ITestOutputHelper output) : IDisposable
{
    private const string Light = "LIGHT";

    private readonly SetClock _clock = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private QualityFigures New() => new(_clock, _services.GetRequiredService<IMeterFactory>());

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(999)]
    [InlineData(20_000)]
    public void Percentiles_are_within_a_thirtieth_of_those_of_the_sorted_durations(int count)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var figures = New();
        var chance = new Chance(seed);

        // Most answers are fast, some very slow: from 50 µs to a minute.
        var durations = Enumerable.Range(0, count).Select(_ => TimeSpan.FromMilliseconds(Math.Exp((chance.Next() * 14) - 3))).ToList();
        foreach (var duration in durations)
        {
            figures.Answered("QUERY", Light, true, duration);
        }

        durations.Sort();
        var latency = figures.Report(QualityWindow.Last15Minutes).Types.Single().Query.Latency;
        foreach (var (percent, figure) in new[] { (50, latency.P50), (90, latency.P90), (99, latency.P99) })
        {
            var real = durations[(int)Math.Ceiling(count * percent / 100.0) - 1];
            Assert.True(
                Math.Abs((figure!.Value - real).TotalMilliseconds) <= (real.TotalMilliseconds / 30) + 0.052,
                $"p{percent} of {count}: {figure.Value.TotalMilliseconds} ms for {real.TotalMilliseconds} ms");
        }
    }

    [Fact]
    public void Every_duration_falls_into_a_bucket_whose_middle_is_near()
    {
        for (var ticks = 1L; ticks < TimeSpan.FromSeconds(100).Ticks; ticks += 1 + (ticks / 57))
        {
            var middle = LatencyBuckets.MiddleOf(LatencyBuckets.IndexOf(TimeSpan.FromTicks(ticks)));
            Assert.True(Math.Abs(middle.Ticks - ticks) <= (ticks / 30) + 512, $"{ticks} ticks in the bucket around {middle.Ticks}");
        }

        Assert.Equal(LatencyBuckets.Count - 1, LatencyBuckets.IndexOf(TimeSpan.FromHours(5)));
        Assert.Equal(0, LatencyBuckets.IndexOf(TimeSpan.FromSeconds(-1)));
    }

    [Theory]
    [InlineData(900, 100, "Good")]
    [InlineData(899, 101, "Poor")]
    public void The_verdict_on_latency_counts_exactly_who_kept_a_second(int inTime, int late, string verdict)
    {
        var figures = New();
        for (var one = 0; one < inTime; one++)
        {
            figures.Answered("EXECUTE", Light, true, TimeSpan.FromSeconds(1));
        }

        for (var one = 0; one < late; one++)
        {
            figures.Answered("EXECUTE", Light, true, TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1));
        }

        Assert.Equal(verdict, figures.Report(QualityWindow.Last15Minutes).Types.Single().Execute.Latency.Verdict.ToString());
    }

    [Theory]
    [InlineData(995, 5, "Good")]
    [InlineData(994, 6, "Poor")]
    public void A_type_is_good_from_995_in_1000_on(int good, int bad, string verdict)
    {
        var figures = New();
        Repeat(good, () => figures.Answered("QUERY", Light, true, TimeSpan.Zero));
        Repeat(bad, () => figures.Answered("QUERY", Light, false, TimeSpan.Zero));

        var type = figures.Report(QualityWindow.Last24Hours).Types.Single();

        Assert.Equal((good, good + bad), (type.Query.Success.Good, type.Query.Success.Total));
        Assert.Equal(verdict, type.Query.Success.Verdict.ToString());
        Assert.Equal(verdict, type.Verdict.ToString());
        Assert.Equal(QualityVerdict.NoData, type.Execute.Success.Verdict);
    }

    [Fact]
    public void Each_demand_alone_makes_a_type_poor_and_no_other_type()
    {
        Action<QualityFigures>[] faults =
        [
            figures => figures.Answered("QUERY", Light, false, TimeSpan.Zero),
            figures => figures.Answered("EXECUTE", Light, false, TimeSpan.Zero),
            figures => Repeat(20, () => figures.Answered("QUERY", Light, true, TimeSpan.FromSeconds(2))),
            figures => Repeat(20, () => figures.Answered("EXECUTE", Light, true, TimeSpan.FromSeconds(2))),
            figures => figures.Compared(Light, accurate: false),
        ];
        foreach (var fault in faults)
        {
            var figures = New();
            foreach (var type in new[] { Light, "LOCK" })
            {
                Repeat(100, () => figures.Answered("QUERY", type, true, TimeSpan.Zero));
                Repeat(100, () => figures.Answered("EXECUTE", type, true, TimeSpan.Zero));
                figures.Compared(type, accurate: true);
            }

            fault(figures);

            Assert.Equal(
                [(Light, QualityVerdict.Poor), ("LOCK", QualityVerdict.Good)],
                figures.Report(QualityWindow.Last15Minutes).Types.Select(type => (type.DeviceType, type.Verdict)));
        }
    }

    [Fact]
    public void Failing_calls_to_the_platform_make_every_type_poor()
    {
        var figures = New();
        figures.Answered("QUERY", Light, true, TimeSpan.Zero);
        figures.Answered("QUERY", "LOCK", true, TimeSpan.Zero);
        Repeat(199, () => figures.PlatformCall("reportStateAndNotification", true));
        Assert.All(figures.Report(QualityWindow.Last15Minutes).Types, type => Assert.Equal(QualityVerdict.Good, type.Verdict));

        figures.PlatformCall("requestSync", false);
        Assert.All(figures.Report(QualityWindow.Last15Minutes).Types, type => Assert.Equal(QualityVerdict.Good, type.Verdict));

        figures.PlatformCall("requestSync", false);
        var report = figures.Report(QualityWindow.Last15Minutes);
        Assert.Equal((199, 201), (report.PlatformCalls.Good, report.PlatformCalls.Total));
        Assert.Equal(["reportStateAndNotification", "requestSync"], report.Methods.Select(method => method.Method));
        Assert.All(report.Types, type => Assert.Equal(QualityVerdict.Poor, type.Verdict));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("alreadyAtMax", false)]
    [InlineData("lowBattery", false)]
    [InlineData("challengeNeeded", false)]
    [InlineData("deviceOffline", true)]
    [InlineData("transientError", true)]
    [InlineData("actionNotAvailable", true)]
    [InlineData("LowBattery", true)]
    public void Benign_codes_are_no_failures_and_all_others_are(string? errorCode, bool isFailure) =>
        Assert.Equal(isFailure, QualityFigures.IsFailure(errorCode));

    [Fact]
    public void Windows_forget_what_is_older_and_keep_what_is_not()
    {
        var figures = New();
        figures.Answered("QUERY", Light, false, TimeSpan.FromMilliseconds(5));
        long Short() => figures.Report(QualityWindow.Last15Minutes).Types.SingleOrDefault()?.Query.Success.Total ?? 0;
        long Long() => figures.Report(QualityWindow.Last24Hours).Types.SingleOrDefault()?.Query.Success.Total ?? 0;

        _clock.Advance(TimeSpan.FromMinutes(14));
        figures.Answered("QUERY", Light, true, TimeSpan.FromMilliseconds(5));
        Assert.Equal((2, 2), (Short(), Long()));

        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((1, 2), (Short(), Long()));

        _clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal((0, 2), (Short(), Long()));

        _clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(2, Long());

        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(0, Long());

        // The same memory is filled anew, and nothing old comes back with it.
        figures.Answered("QUERY", Light, true, TimeSpan.FromMilliseconds(5));
        Assert.Equal((1, 1), (Short(), Long()));
    }

    [Fact]
    public void A_day_of_steady_answers_is_counted_to_the_last_one()
    {
        var figures = New();
        for (var minute = 0; minute < 3 * 24 * 60; minute++)
        {
            figures.Answered("QUERY", Light, true, TimeSpan.FromMilliseconds(1));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        // The windows and the slot that is being filled.
        Assert.InRange(figures.Report(QualityWindow.Last15Minutes).Types.Single().Query.Success.Total, 15, 16);
        Assert.InRange(figures.Report(QualityWindow.Last24Hours).Types.Single().Query.Success.Total, 24 * 60, 25 * 60);
    }

    [Fact]
    public void Prefixes_are_taken_off_and_endless_types_are_counted_together()
    {
        var figures = New();
        figures.Answered("QUERY", "action.devices.types.LIGHT", true, TimeSpan.Zero);
        figures.Answered("QUERY", Light, true, TimeSpan.Zero);
        Assert.Equal(2, figures.Report(QualityWindow.Last15Minutes).Types.Single().Query.Success.Total);

        Repeat(1000, number => figures.Answered("QUERY", $"MADE_UP_{number}", true, TimeSpan.Zero));
        Repeat(100, number => figures.PlatformCall($"made.up.{number}", true));

        var report = figures.Report(QualityWindow.Last15Minutes);
        Assert.Equal(129, report.Types.Count);
        Assert.Equal(1000 - 127, report.Types.Single(type => type.DeviceType == QualityFigures.Others).Query.Success.Total);
        Assert.Equal(33, report.Methods.Count);
        Assert.Equal(100, report.PlatformCalls.Total);
    }

    [Fact]
    public async Task Many_at_once_lose_nothing()
    {
        var figures = New();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Repeat(50_000, number => figures.Answered("EXECUTE", Light, number % 2 == 0, TimeSpan.FromMilliseconds(number % 100))))));

        var success = figures.Report(QualityWindow.Last24Hours).Types.Single().Execute.Success;
        Assert.Equal((100_000, 200_000), (success.Good, success.Total));
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        using var measurements = new Measurements(_services.GetRequiredService<IMeterFactory>());
        var figures = New();
        void Count()
        {
            figures.Answered("QUERY", "action.devices.types.LIGHT", true, TimeSpan.FromMilliseconds(12));
            figures.Answered("EXECUTE", Light, false, TimeSpan.FromMilliseconds(120));
            figures.PlatformCall("requestSync", true);
            figures.Compared(Light, true);
        }

        Repeat(2_000, Count);
        const int rounds = 50_000;
        var (before, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        Repeat(rounds, Count);
        var (after, took) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetElapsedTime(started));

        output.WriteLine($"{took.TotalNanoseconds / rounds / 4:0} ns a call with metrics on, {after - before} bytes in {rounds * 4} calls");
        Assert.True(after - before < rounds, $"{after - before} bytes for {rounds} rounds");
    }

    private static void Repeat(int times, Action work)
    {
        for (var one = 0; one < times; one++)
        {
            work();
        }
    }

    private static void Repeat(int times, Action<int> work)
    {
        for (var one = 0; one < times; one++)
        {
            work(one);
        }
    }

    /// <summary>Numbers from 0 to 1 that a seed repeats (a 64-bit linear congruential generator; Knuth's constants).</summary>
    private sealed class Chance(int seed)
    {
        private ulong _state = (ulong)(uint)seed;

        public double Next()
        {
            _state = (_state * 6364136223846793005UL) + 1442695040888963407UL;
            return (_state >> 11) / (double)(1UL << 53);
        }
    }
}
