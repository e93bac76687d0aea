using System.Diagnostics;
using System.Diagnostics.Metrics;
using HomeBridge.Hosting;
using HomeBridge.LinkDoctor;
using HomeBridge.Tests.World;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace HomeBridge.Tests.LinkDoctor;

public sealed class StepsTests : IDisposable
{
    private const string Link = "lnk_1";

    private readonly SetClock _clock = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-steps-");
    private readonly ITestOutputHelper _output;
    private readonly Steps _steps;
    private readonly StepStore _store;
    private readonly Doctor _doctor;

    public StepsTests(ITestOutputHelper output)
    {
        _output = output;
        _steps = new Steps(_clock, _services.GetRequiredService<IMeterFactory>());
        _store = new StepStore(new Database(new DatabaseOptions(Path.Combine(_folder.FullName, "steps.db"))));
        _doctor = new Doctor(_store, _clock);
    }

    public void Dispose()
    {
        _services.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void References_are_short_differ_and_are_read_as_people_write_them()
    {
        var references = Enumerable.Range(0, 10_000).Select(_ => Journeys.NewReference()).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(10_000, references.Count);
        Assert.All(references, reference => Assert.Matches("^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$", reference));
        Assert.Equal("7QHR-40Z1", Journeys.ReadReference(" 7qhr4 ozl "));
        Assert.Null(Journeys.ReadReference("7QHR-40Z"));
        Assert.Null(Journeys.ReadReference("7QHR-40ZU"));
    }

    [Fact]
    public void What_comes_after_the_link_is_found_under_the_attempts_reference()
    {
        _steps.Note("AAAA-1111", LinkingSteps.Asked, Steps.Ok, "google-home");
        _steps.NoteLinked("AAAA-1111", Link, "5 of 8 devices");
        _steps.NoteOfLink(Link, LinkingSteps.CodeRedeemed, "client_refused");
        Write();
        Assert.Equal((LinkingSteps.CodeRedeemed, "client_refused", JourneyState.Stopped), Of("AAAA-1111"));

        // Written in another batch, and only the first SYNC counts.
        _steps.NoteOfLink(Link, LinkingSteps.CodeRedeemed, Steps.Ok);
        for (var sync = 0; sync < 3; sync++)
        {
            _steps.NoteOfLink(Link, LinkingSteps.FirstSync, "transientError");
        }

        _steps.NoteOfLink(Link, LinkingSteps.FirstSync, Steps.Ok);
        _steps.NoteOfLink(Link, LinkingSteps.FirstSync, "transientError");
        _steps.NoteOfLink("lnk_nobody", LinkingSteps.FirstSync, Steps.Ok);
        Write();

        Assert.Equal((LinkingSteps.FirstSync, Steps.Ok, JourneyState.Complete), Of("AAAA-1111"));
        Assert.Equal(6, _store.Of("AAAA-1111").Count);
        Assert.Single(_doctor.RecentAttempts(10));
    }

    [Fact]
    public void An_attempt_that_nobody_goes_on_with_is_abandoned()
    {
        _steps.Note("AAAA-1111", LinkingSteps.Asked, Steps.Ok, "google-home");
        _steps.Note("AAAA-1111", LinkingSteps.Continued, Steps.Ok);
        Write();
        Assert.Equal((LinkingSteps.Continued, Steps.Ok, JourneyState.Waiting), Of("AAAA-1111"));

        _clock.Advance(TimeSpan.FromMinutes(16));

        Assert.Equal((LinkingSteps.Continued, Steps.Ok, JourneyState.Abandoned), Of("AAAA-1111"));
        Assert.Contains("maker's sign-in page", _doctor.Examine("aaaa1111").Single().Advice.Means, StringComparison.Ordinal);
    }

    [Fact]
    public void One_request_id_of_two_links_is_two_requests()
    {
        Answered("lnk_1", "6894439706274654512", "deviceOffline", 3);
        Answered("lnk_2", "6894439706274654512", "SUCCESS", 1);
        _steps.NoteRequest("lnk_2", " ", RequestSteps.Read, "not_json");
        Write();

        var found = _doctor.Examine("6894439706274654512");
        Assert.Equal([("lnk_1", "deviceOffline"), ("lnk_2", Steps.Ok)], found.Select(one => (one.Link!, one.Outcome)));
        Assert.Equal("Query: 3 deviceOffline in 12.3 ms", found[0].Timeline[^1].Detail);
        Assert.Equal([.. RequestSteps.InOrder], found[0].Timeline.Select(step => step.Step));
        Assert.Equal(["not_json", "deviceOffline"], _doctor.RecentFailures(10).Select(one => one.Outcome));
        Assert.Equal("lnk_2", _doctor.Examine("lnk_2/6894439706274654512").Single().Link);

        var unread = _doctor.Examine("lnk_2/-").Single();
        Assert.Equal([Steps.Ok, Steps.Ok, "not_json", null], unread.Timeline.Select(step => step.Outcome));
        Assert.Empty(_doctor.Examine("another"));
        Assert.Empty(_doctor.Examine("%"));
    }

    [Fact]
    public void An_answer_is_summed_up_code_by_code_and_its_first_failure_is_the_stop()
    {
        Assert.Equal("Execute: 1 SUCCESS, 1 alreadyAtMax, 2 deviceOffline, 1 hardError", Summed("SUCCESS", "alreadyAtMax", "deviceOffline", "hardError", "deviceOffline").ToString());
        Assert.Equal("deviceOffline", Summed("SUCCESS", "alreadyAtMax", "deviceOffline", "hardError").Stop);
        Assert.Null(Summed("alreadyAtMax").Stop);
        Assert.EndsWith("44 others", Summed([.. Enumerable.Range(0, 50).Select(number => $"made{number}")]).ToString(), StringComparison.Ordinal);
    }

    private static AnswerOutcomes Summed(params string[] codes)
    {
        var outcomes = new AnswerOutcomes("Execute");
        foreach (var code in codes)
        {
            outcomes.Add(code);
        }

        return outcomes;
    }

    [Fact]
    public void Steps_are_forgotten_after_a_day()
    {
        _steps.Note("AAAA-1111", LinkingSteps.Asked, Steps.Ok);
        Write();
        _clock.Advance(TimeSpan.FromHours(23));
        _steps.Note("BBBB-2222", LinkingSteps.Asked, Steps.Ok);
        Write();
        _clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal(1, _store.Prune((_clock.GetUtcNow() - StepStore.Retention).ToUnixTimeMilliseconds()));
        Assert.Equal("BBBB-2222", _doctor.RecentAttempts(10).Single().Name);
    }

    [Fact]
    public void Requests_that_went_well_push_out_nothing_else()
    {
        _steps.Note("AAAA-1111", LinkingSteps.Asked, Steps.Ok);
        Answered(Link, "failed", "transientError", 1);
        Write();
        const int beyond = 100;
        var went = new StepTaken(StepClass.Request, "lnk_1/x", Link, _clock.GetUtcNow().ToUnixTimeMilliseconds(), RequestSteps.Answered, Steps.Ok, "Query");
        _store.Write([.. Enumerable.Repeat(went, StepStore.RowsPerClassMax + beyond)]);

        Assert.Equal(beyond, _store.Prune(0));
        Assert.Equal(0, _store.Prune(0));
        Assert.Single(_doctor.RecentAttempts(10));
        Assert.Single(_doctor.RecentFailures(10));
    }

    [Fact]
    public void Overload_drops_and_counts_first_what_went_well()
    {
        var dropped = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, on) => on.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            dropped += instrument.Name == "homebridge.doctor.steps.dropped" && instrument.Meter.Scope == _services.GetRequiredService<IMeterFactory>() ? value : 0);
        listener.Start();

        for (var one = 0; one < Steps.WaitingMax; one++)
        {
            Answered(Link, "well", "SUCCESS", 1);
        }

        Assert.Equal(Steps.WaitingMax / 2, _steps.Waiting.Count);
        Assert.Equal(Steps.WaitingMax / 2, dropped);

        for (var one = 0; one < Steps.WaitingMax; one++)
        {
            Answered(Link, "failed", "transientError", 1);
        }

        Assert.Equal(Steps.WaitingMax, _steps.Waiting.Count);
        Assert.Equal(Steps.WaitingMax, dropped);
    }

    [Fact]
    public async Task A_database_that_is_gone_stops_neither_the_writer_nor_anybody_else()
    {
        using var writer = new StepWriter(_steps, _store, TimeProvider.System, NullLogger<StepWriter>.Instance);
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder.FullName, "steps.db")}"))
        {
            connection.Open();
            using var rename = connection.CreateCommand();
            rename.CommandText = "ALTER TABLE journey_steps RENAME TO gone";
            rename.ExecuteNonQuery();
            _steps.Note("AAAA-1111", LinkingSteps.Asked, Steps.Ok);
            await writer.StartAsync(default);
            await Until(() => _steps.Waiting.Count == 0);
            rename.CommandText = "ALTER TABLE gone RENAME TO journey_steps";
            rename.ExecuteNonQuery();
        }

        _steps.Note("BBBB-2222", LinkingSteps.Asked, Steps.Ok);
        await Until(() => _store.Of("BBBB-2222").Count == 1);

        // What waits when the process is told to stop is written.
        _steps.Note("CCCC-3333", LinkingSteps.Asked, Steps.Ok);
        await writer.StopAsync(default);
        Assert.Single(_store.Of("CCCC-3333"));
        Assert.Empty(_store.Of("AAAA-1111"));
    }

    [Fact]
    public void Every_stop_that_the_code_names_has_sentences()
    {
        var named = House.Repository.Sources("src/HomeBridge/AccountLinking").Concat(House.Repository.Sources("src/HomeBridge/Fulfillment"))
            .SelectMany(file => System.Text.RegularExpressions.Regex.Matches(
                File.ReadAllText(file), """(?:LinkingSteps\.[A-Za-z]+|RequestSteps\.[A-Za-z]+|steps, [^\n]*|Stopped\([^"\n]*|Problem\(\s*|\? |: |=> )\s*,?\s*"(?<stop>[a-z]+(?:_[a-z]+)+)""", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)))
            .Select(match => match.Groups["stop"].Value)
            .Where(stop => stop is not ("client_id" or "grant_type" or "refresh_token" or "client_secret" or "access_denied"))
            .ToHashSet(StringComparer.Ordinal);

        Assert.Contains("redirect_uri_unknown", named);
        Assert.Contains("code_expired", named);
        Assert.True(named.Count >= 20, string.Join(", ", named));
        Assert.All(named, stop => Assert.True(StopCatalogue.Knows(stop), stop));
    }

    [Fact]
    public void Noting_a_request_costs_microseconds()
    {
        const int rounds = 100_000;
        Answered(Link, "warm-up", "SUCCESS", 3);
        var started = Stopwatch.GetTimestamp();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var one = 0; one < rounds; one++)
        {
            Answered(Link, "6894439706274654512", "SUCCESS", 3);
            while (_steps.Waiting.TryRead(out _))
            {
            }
        }

        _output.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalMicroseconds / rounds:0.00} µs and {(GC.GetAllocatedBytesForCurrentThread() - before) / rounds} bytes a request");
        Assert.Equal(0, _steps.Waiting.Count);
    }

    private void Answered(string link, string requestId, string code, int devices)
    {
        var outcomes = new AnswerOutcomes("Query");
        for (var device = 0; device < devices; device++)
        {
            outcomes.Add(code);
        }

        _steps.NoteAnswered(link, requestId, outcomes, TimeSpan.FromMilliseconds(12.34));
    }

    private (string Furthest, string Outcome, JourneyState State) Of(string reference)
    {
        var one = _doctor.Examine(reference).Single();
        return (one.Furthest, one.Outcome, one.State);
    }

    private void Write()
    {
        var batch = new List<StepTaken>();
        while (_steps.Waiting.TryRead(out var step))
        {
            batch.Add(step);
        }

        _store.Write(batch);
    }

    private static async Task Until(Func<bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!done())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
