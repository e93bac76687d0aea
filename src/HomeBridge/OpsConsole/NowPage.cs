using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Alarms;
using HomeBridge.CameraStreams;
using HomeBridge.Canaries;
using HomeBridge.Devices;
using HomeBridge.Drills;
using HomeBridge.Gateways;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>The first screen: what is stopped, what is wrong, and whether everybody knows.</summary>
internal sealed class NowPage(
    SuspensionBoard board, SuspensionStore store, Reach reach, Replicas replicas, StreamGrants grants, CanaryBoard canaries, DeviceCloudHealth health,
    DeviceCloudOptions maker, AccountLinkingOptions linking, AlarmBoard alarms, DrillStore drills)
{
    private const int ShownMax = 20;

    private static readonly Alarm[] ToldHere =
    [
        Alarm.GatewaySelfFenced, Alarm.SwitchNotConfirmed, Alarm.GatewayNotStreaming, Alarm.CanarySilent, Alarm.DeviceCloudDown, Alarm.SuspensionPastReview,
    ];

    /// <summary>Suspensions whose links are counted.</summary>
    private const int CountedMax = 5;

    public IResult Show(ConsoleFrame frame)
    {
        var inForce = store.All(ShownMax).Where(one => one.State != "lifted").ToList();
        var (count, all) = (board.Current.InForce.Length, replicas.All);
        var attention = Attention(frame.Time, all, inForce).ToList();
        return frame.Page(count == 0 ? "Serving" : $"{count} suspended", Html.Of($"""
            <div data-part="state">{State(frame, inForce, count)}</div>
            <div data-part="attention">{Html.Join(attention.Select(one => Html.Of($"""<p class="attention"><span aria-hidden="true">!</span> <strong>{one.What}</strong> {one.ToDo}{(one.Link is { } link ? Html.Of($" <a href=\"{link}\">{one.Name}</a>") : Html.Empty)}</p>""")))}</div>
            <section data-part="facts">
            <h2 class="away">Figures</h2>
            <dl class="facts-row">
            {Html.Join(Facts(frame.Time, all))}
            </dl>
            </section>
            <section data-part="grid">
            <h2>Platform and maker</h2>
            {Grid()}
            </section>
            <section data-part="inforce">
            <h2>In force</h2>
            {(inForce.Count == 0 ? Html.Of($"<p class=\"empty\">Nothing. What was lifted stands under <a href=\"{SuspensionsPage.Path}\">Suspensions</a>.</p>") : SuspensionsPage.List(inForce, frame.Time))}
            {(count > inForce.Count && inForce.Count > 0 ? Html.Of($"<p><a href=\"{SuspensionsPage.Path}\">All {SuspensionWords.Number(count)}</a></p>") : Html.Empty)}
            </section>
            <section data-part="replicas">
            <h2>Replicas</h2>
            {ReplicaRows(all)}
            </section>
            """), live: LiveEvents.Path);
    }

    private Html State(ConsoleFrame frame, List<Suspension> inForce, int count)
    {
        var stopsAll = board.Current.InForce.Any(one => one.Scope == new SuspensionScope() && one.Effects.HasFlag(SuspensionEffects.DenyCommands));
        var (look, word) = (stopsAll, count) switch
        {
            (true, _) => ("suspended", "Stopped."),
            (_, 0) => ("serving", "Serving."),
            _ => ("suspended", "Serving."),
        };
        return Html.Of($"""
            <h1 class="{look}">{word} {(count == 0 ? "Nothing is suspended." : SuspensionWords.Count(count, "suspension") + ":")}</h1>
            {Html.Join(inForce.Take(CountedMax).Select(one => Html.Of($"""<p class="lead">{SuspensionWords.Of(one.Scope)}, {SuspensionWords.Age(frame.Time - one.RaisedAt)}, {SuspensionWords.Count(reach.Links(one), "link")}</p>""")))}
            """);
    }

    /// <summary>What somebody should look at now.</summary>
    private IEnumerable<(string What, string ToDo, string? Link, string? Name)> Attention(
        DateTimeOffset now, IReadOnlyList<ReplicaStatus> all, List<Suspension> inForce)
    {
        foreach (var replica in all)
        {
            if (replica.SelfFenced || !replica.Live)
            {
                yield return ($"{replica.Name} lost contact.", "Its cameras closed by themselves. Look at that machine and its network.", null, null);
            }
            else if (replica.Version < board.Current.Version)
            {
                yield return ($"{replica.Name} is behind:", $"version {replica.Version}, not {board.Current.Version}.", null, null);
            }

            if (replica.SelfProbe is { State: not (SelfProbeState.Passed or SelfProbeState.Off) } found)
            {
                yield return ($"{replica.Name} streams nothing:", $"{found.Why}", null, null);
            }
        }

        if (canaries.All.Any(one => one.Own is { IsAlarm: true } or { Outcome: ProbeOutcome.Wrong } || one.Other is { IsAlarm: true } or { Outcome: ProbeOutcome.Wrong }))
        {
            yield return ("A canary is in alarm.", "Nobody knows whether pictures are right.", CanariesPage.Path, "Canaries");
        }

        if (health.Read() is { Breaker: not "closed" } trouble)
        {
            yield return ($"{trouble.Vendor} is in trouble:", $"calls to it are {trouble.Breaker}.", IsolationPage.Path, "Isolation");
        }

        // What is not told above in this page's own words.
        foreach (var ringing in alarms.Now.Where(one => !ToldHere.Contains(one.Alarm)))
        {
            yield return (ringing.Alarm.Says, $"{ringing.Says}. What to do: {ringing.Alarm.Runbook}", null, null);
        }

        foreach (var late in inForce.Where(one => one.IsReviewDue(now)))
        {
            yield return ("Past its review:", $"{SuspensionWords.Of(late.Scope)}.", SuspensionWords.Address(late.Id), "Look at it");
        }
    }

    private IEnumerable<Html> Facts(DateTimeOffset now, IReadOnlyList<ReplicaStatus> all)
    {
        yield return Fact("Live streams", SuspensionWords.Number(all.Sum(one => one.StreamsRunning)), "now");
        yield return canaries.All is { Count: > 0 } watched
            ? watched.All(one => one.Own is not null)
                ? Fact("Canaries", watched.All(one => one.Own!.Outcome is ProbeOutcome.Clean) ? "clean" : "not clean", $"{SuspensionWords.Age(now - watched.Min(one => one.Own!.At))} ago")
                : Fact("Canaries", "not yet", "first probe is under way")
            : Fact("Canaries", "none", "no picture is checked");
        if (canaries.All.Count > 0)
        {
            yield return drills.Newest(1) is [var drill]
                ? Fact("Last drill", drill.Outcome is DrillOutcome.Passed ? $"{SuspensionWords.Number((int)drill.LastByteMs!)} ms" : drill.Outcome is DrillOutcome.Failed ? "failed" : "not run", $"{SuspensionWords.Age(now - drill.At)} ago")
                : Fact("Last drill", "not yet", "the switch was not tried since this database was made");
        }

        yield return Fact("On version", $"{all.Count(one => one.Live && !one.SelfFenced && one.Version >= board.Current.Version)}/{all.Count}", $"version {board.Current.Version}");
    }

    private static Html Fact(string name, string value, string small) => Html.Of($"<div><dt>{name}</dt><dd>{value}<small>{small}</small></dd></div>\n");

    private Html Grid()
    {
        var streams = grants.Running().GroupBy(grant => grant.Platform, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        return Html.Of($"""
            <table class="figures">
            <thead><tr><th>Platform</th><th>Maker</th><th>State</th><th class="number">Live streams</th></tr></thead>
            <tbody>
            {Html.Join(linking.Clients.Values.Select(client => client.Platform).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(platform => Html.Of($"""
                <tr><th scope="row">{platform}</th><td data-label="Maker">{maker.Vendor}</td><td data-label="State">{Cell(platform, maker.Vendor)}</td><td class="number" data-label="Live streams">{SuspensionWords.Number(streams.GetValueOrDefault(platform))}</td></tr>

                """)))}
            </tbody></table>
            """);
    }

    private Html Cell(string platform, string vendor)
    {
        var here = board.Current.InForce.Where(one => (one.Scope.Platform ?? platform) == platform && (one.Scope.Vendor ?? vendor) == vendor).ToList();
        var broad = here.Where(one => one.Scope is { DeviceModel: null, Firmware: null, AccountLink: null, Device: null }).ToList();
        var whole = broad.Where(one => one.Scope.Trait is null).ToList();
        var cameras = broad.Where(one => one.Scope.Trait == "CameraStream").ToList();
        return (whole, cameras, here) switch
        {
            _ when here.Count > 0 && here.All(one => one.Spared is not null) => State("part", "◐", here.Count == 1 ? $"Resuming, {here[0].Spared!.Percent} %" : "Resuming", null),
            ([_, ..], _, _) => State("stopped", "■", "Suspended", SuspensionWords.Of(whole.Aggregate(SuspensionEffects.None, (all, one) => all | one.Effects))),
            (_, [_, ..], _) => State("stopped", "■", "Cameras suspended", null),
            (_, _, [_, ..]) => State("part", "◐", "Suspended in part", SuspensionWords.Count(here.Count, "suspension")),
            _ when health.Read().Breaker != "closed" => State("part", "!", "Degraded", "the maker doesn't answer"),
            _ => State("good", "✓", "Serving", null),
        };
    }

    private static Html State(string look, string symbol, string word, string? small) =>
        Html.Of($"<span class=\"state {look}\"><span aria-hidden=\"true\">{symbol}</span> {word}</span>{(small is null ? Html.Empty : Html.Of($"<small>{small}</small>"))}");

    private Html ReplicaRows(IReadOnlyList<ReplicaStatus> all) => Html.Of($"""
        <table class="figures">
        <thead><tr><th>Name</th><th>Kind</th><th>State</th><th class="number">Version</th><th class="number">Streams</th><th>Public URL</th></tr></thead>
        <tbody>
        {Html.Join(all.Select(replica => Html.Of($"""
            <tr><th scope="row">{replica.Name}</th><td data-label="Kind">{replica.Kind}</td><td data-label="State">{(replica.SelfFenced || !replica.Live ? State("stopped", "✕", "Lost", "its cameras closed by themselves")
                : replica.Version < board.Current.Version ? State("part", "…", "Behind", null) : State("good", "✓", "On version", null))}</td><td class="number" data-label="Version">{replica.Version}</td><td class="number" data-label="Streams">{replica.StreamsRunning}</td><td data-label="Public URL">{PublicUrl(replica.SelfProbe)}</td></tr>

            """)))}
        </tbody></table>
        """);

    private static string PublicUrl(SelfProbeReport? found) => found switch
    {
        null => "–",
        { State: SelfProbeState.Passed } => "passes answers on as they are",
        { State: SelfProbeState.Off } => found.Why ?? "probe off",
        _ => $"cameras are closed: {found.Why}",
    };
}
