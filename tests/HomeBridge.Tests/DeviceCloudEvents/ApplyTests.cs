using System.Text;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.DeviceCloudEvents;

/// <summary>Order, repetition, whose device it is, limits and storms, told by the maker's key itself.</summary>
[Collection(EventsCollection.Name)]
public sealed class ApplyTests(EventsFixture events, ITestOutputHelper output) : IDisposable
{
    private readonly SandboxFixture _sandbox = events.Sandbox;
    private readonly Maker _maker = new(events.Sandbox);

    public void Dispose() => _maker.Dispose();

    [Fact]
    public async Task An_event_counts_once_and_only_a_newer_state_counts_at_all()
    {
        var light = await Linked("maple", "Kitchen light");
        var (older, newer) = (Maker.NextSequence, Maker.NextSequence);
        var (first, late) = (Maker.On("maple", light, on: true, newer), Maker.On("maple", light, on: false, older));

        Assert.Equal(["applied", "duplicate"], await _maker.Tell(first, first));
        Assert.Equal(["duplicate", "outdated"], await _maker.Tell(first, late));
        Assert.Equal(["outdated"], await _maker.Tell(Maker.On("maple", light, on: false, newer)));
        Assert.Equal(["applied"], await _maker.Tell(Maker.On("maple", light, on: false)));
    }

    [Fact]
    public async Task A_notification_is_not_overtaken_by_a_state_but_by_time()
    {
        var door = await Linked("maple", "Front door lock");
        var rang = Maker.NextSequence;
        var told = new { LockUnlock = new { priority = 0, followUpResponse = new { status = "SUCCESS", followUpToken = "t", isLocked = true } } };
        var state = Maker.Event("stateChanged", "maple", door, ("online", true), ("states", new { isLocked = true, isJammed = false }));

        Assert.Equal(["applied", "applied"], await _maker.Tell(state, Maker.Event("notification", "maple", door, ("notifications", told), ("sequence", rang))));
        Assert.Equal(["outdated"], await _maker.Tell(Maker.Event(
            "notification", "maple", door, ("notifications", told), ("occurredAt", Maker.Now.AddMinutes(-6).ToString("yyyy-MM-ddTHH:mm:ssZ")))));
        Assert.Equal(["invalid"], await _maker.Tell(Maker.Event("notification", "maple", door, ("notifications", new { RunCycle = new { priority = 0 } }))));
    }

    [Fact]
    public async Task A_late_removal_still_ends()
    {
        var light = await Linked("harbor", "Hall light");
        var removed = Maker.Event("deviceRemoved", "harbor", light);

        Assert.Equal(["applied"], await _maker.Tell(Maker.Event("stateChanged", "harbor", light, ("online", false))));
        Assert.Equal(["applied"], await _maker.Tell(removed));
        Assert.Equal(["unknownDevice", "duplicate"], await _maker.Tell(Maker.On("harbor", light, on: true), removed));
    }

    [Theory]
    [InlineData("stateChanged")]
    [InlineData("deviceRemoved")]
    [InlineData("deviceMoved")]
    [InlineData("deviceChanged")]
    [InlineData("notification")]
    public async Task An_event_in_a_strangers_name_does_nothing_and_raises_an_alarm(string kind)
    {
        var light = await Linked("maple", "Kitchen light");
        await Linked("harbor", "Jetty light");
        var device = await (await _sandbox.Link("maple")).Device("Kitchen light");
        var before = await events.AuditRows("event.misrouted", device);
        var misrouted = Maker.Event(
            kind, "harbor", light,
            ("online", true), ("states", new { on = true }), ("toAccountId", "hill"), ("notifications", new { OnOff = new { priority = 0 } }));

        Assert.Equal(["invalid"], await _maker.Tell(misrouted));

        Assert.Equal(before + 1, await events.AuditRows("event.misrouted", device));
        Assert.Equal("SUCCESS", (await (await _sandbox.Link("maple")).Execute(device, "OnOff", new { on = true })).GetProperty("status").GetString());
        Assert.Equal(["applied"], await _maker.Tell(Maker.On("maple", light, on: true)));
    }

    [Fact]
    public async Task A_hundred_misrouted_events_of_one_call_are_one_row_in_the_trail()
    {
        var light = await Linked("maple", "Kitchen light");
        var device = await (await _sandbox.Link("maple")).Device("Kitchen light");
        var before = await events.AuditRows("event.misrouted", device);

        var results = await _maker.Tell([.. Enumerable.Range(0, 100).Select(_ => Maker.On("harbor", light, on: true))]);

        Assert.All(results, result => Assert.Equal("invalid", result));
        Assert.Equal(before + 1, await events.AuditRows("event.misrouted", device));
    }

    [Fact]
    public async Task Unknown_devices_and_events_that_make_no_sense_are_answered_one_by_one()
    {
        var light = await Linked("maple", "Kitchen light");
        var results = await _maker.Tell(
            Maker.On("maple", "nobody-has-this-one-1", on: true),
            Maker.Event("doorOpened", "maple", light),
            Maker.Event("stateChanged", "maple", light, ("online", true)),
            Maker.Event("stateChanged", "maple", light, ("online", "yes"), ("states", new { })),
            Maker.Event("stateChanged", "maple", light, ("online", true), ("states", new { }), ("sequence", -1)),
            Maker.Event("stateChanged", "maple", light, ("online", true), ("states", new { }), ("sequence", 1.5)),
            Maker.Event("stateChanged", "maple", "short", ("online", true), ("states", new { })),
            Maker.Event("stateChanged", "", light, ("online", true), ("states", new { })),
            Maker.Event("stateChanged", "maple", light, ("online", true), ("states", new { }), ("occurredAt", "yesterday")),
            Maker.Event("deviceMoved", "maple", light),
            Maker.Event("deviceMoved", "maple", light, ("toAccountId", "maple")),
            Maker.Event("notification", "maple", light, ("notifications", new { })),
            Maker.Event("cameraPressed", "maple", light),
            Maker.On("maple", light, on: true));

        Assert.Equal(["unknownDevice", .. Enumerable.Repeat("invalid", 12), "applied"], results);
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("not json", 400)]
    [InlineData("{}", 400)]
    [InlineData("[]", 400)]
    [InlineData("""{"events":[]}""", 400)]
    [InlineData("""{"events":{}}""", 400)]
    [InlineData("""{"events":[7]}""", 400)]
    [InlineData("""{"events":[{"kind":"accountClosed","accountId":"nobody"}]}""", 400)]
    [InlineData("""{"events":[{"eventId":"a b","kind":"accountClosed","accountId":"nobody"}]}""", 400)]
    [InlineData("""{"events":[{"eventId":"x","eventId":"y","kind":"accountClosed"}]}""", 400)]
    [InlineData("""{"more":1,"events":[{"eventId":"x","kind":"never"}]}""", 200)]
    public async Task A_call_of_another_shape_is_refused_whole(string body, int status)
    {
        var bytes = Encoding.UTF8.GetBytes(body);

        var answer = await _maker.Send(bytes, _maker.Sign(bytes));

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Limits_have_their_own_answers()
    {
        var many = Maker.Body([.. Enumerable.Range(0, 101).Select(_ => Maker.Event("accountClosed", "nobody", null))]);
        var large = Maker.Body(Maker.Event("accountClosed", "nobody", null, ("padding", new string('x', 512 * 1024))));
        var deep = Encoding.UTF8.GetBytes($$"""{"events":[{"eventId":"x","a":{{new string('[', 200)}}{{new string(']', 200)}}}]}""");
        var call = Maker.Body(Maker.Event("accountClosed", "nobody", null));

        Assert.Equal(400, (await _maker.Send(many, _maker.Sign(many))).Status);
        Assert.Equal(413, (await _maker.Send(large, _maker.Sign(large))).Status);
        Assert.Equal(413, (await _maker.Send(large, _maker.Sign(large), more: request => request.Headers.TransferEncodingChunked = true)).Status);
        Assert.Equal(400, (await _maker.Send(deep, _maker.Sign(deep))).Status);
        Assert.Equal(415, (await _maker.Send(call, _maker.Sign(call), "text/plain")).Status);
        Assert.Equal(415, (await _maker.Send(call, _maker.Sign(call), "application/json; charset=utf-8")).Status);
        using var got = await _sandbox.Http.GetAsync(_maker.Url);
        Assert.Equal(405, (int)got.StatusCode);
        using var atOps = await _sandbox.Http.PostAsync(new Uri(_sandbox.Ops, "/device-cloud/events"), null);
        Assert.Equal(404, (int)atOps.StatusCode);
    }

    [Fact]
    public async Task A_database_that_is_not_available_is_503_and_the_same_call_is_good_afterwards()
    {
        var body = Maker.Body(Maker.Event("accountClosed", "nobody", null));
        var signed = _maker.Sign(body);
        using (TestDatabase.Hold(TestDatabase.Open(Path.Combine(_sandbox.Process.DataFolder, "homebridge.db"))))
        {
            var (status, _, headers) = await _maker.Send(body, signed);

            Assert.Equal(503, status);
            Assert.NotNull(headers.RetryAfter);
        }

        Assert.Equal(200, (await _maker.Send(body, signed)).Status);
    }

    [Fact]
    public async Task A_storm_of_ten_thousand_events_from_one_home_does_not_delay_anothers()
    {
        var storming = await Linked("maple", "Kitchen light");
        var quiet = await Linked("harbor", "Jetty light");
        await _maker.Tell(Maker.On("harbor", quiet, on: true));
        var calls = Enumerable.Range(0, 100).Select(_ => Maker.Body([.. Enumerable.Range(0, 100).Select(at => Maker.On("maple", storming, at % 2 == 0))])).ToArray();
        var (next, busy) = (-1, 0);
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();

        // Four senders though two are let in: the third and fourth are told to wait.
        async Task Storm()
        {
            while (Interlocked.Increment(ref next) is var index && index < calls.Length)
            {
                while (true)
                {
                    var answer = await _maker.Send(calls[index], _maker.Sign(calls[index]));
                    if (answer.Status == 200)
                    {
                        break;
                    }

                    Assert.Equal(429, answer.Status);
                    Assert.Equal("1", answer.Headers.RetryAfter!.ToString());
                    Interlocked.Increment(ref busy);
                    await Task.Delay(20);
                }
            }
        }

        var storm = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Storm()));
        var waits = new List<double>();
        while (!storm.IsCompleted)
        {
            var sent = clock.GetTimestamp();
            Assert.Equal(["applied"], await _maker.Tell(Maker.On("harbor", quiet, on: waits.Count % 2 == 0)));
            waits.Add(clock.GetElapsedTime(sent).TotalMilliseconds);
            await Task.Delay(10);
        }

        await storm;
        waits.Sort();
        var took = clock.GetElapsedTime(started);
        output.WriteLine($"10,000 events of one home in {took.TotalSeconds:0.0} s ({10_000 / took.TotalSeconds:0} a second), {busy} calls told to wait.");
        output.WriteLine($"Meanwhile {waits.Count} events of another home: p50 {waits[waits.Count / 2]:0} ms, p99 {waits[waits.Count * 99 / 100]:0} ms, longest {waits[^1]:0} ms.");
        Assert.True(waits.Count > 1);
    }

    /// <summary>Links the home and answers the maker's id of one of its devices.</summary>
    private async Task<string> Linked(string home, string name)
    {
        await (await _sandbox.Link(home)).Sync();
        return await events.Id(home, name);
    }
}
