using System.Globalization;
using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.LinkDoctor;
using HomeBridge.Resumption;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>Why something is refused, or is not.</summary>
/// <param name="Id">As it was asked.</param>
/// <param name="Kind"><c>suspension</c>, <c>link</c>, <c>device</c>, <c>request</c> or <c>linking</c>.</param>
/// <param name="Says">In words, the decisive thing first.</param>
/// <param name="Suspensions">The entries that decide.</param>
/// <param name="Steps">What the link doctor kept of it, newest first.</param>
internal sealed record Explanation(string Id, string Kind, IReadOnlyList<string> Says, IReadOnlyList<DecisiveEntry> Suspensions, IReadOnlyList<ExplainedStep> Steps);

/// <summary>A suspension that decides.</summary>
internal sealed record DecisiveEntry(
    string Id, string State, SuspensionScope Scope, string[] Effects, string Says, string Reason, string Incident, string Author, DateTimeOffset RaisedAt);

/// <summary>A request or a linking attempt, and how it went.</summary>
internal sealed record ExplainedStep(DateTimeOffset At, string Name, string Step, string Outcome, string Means, string? Detail);

/// <summary>Answers an engineer's "why": for a link, a device, a request or a suspension.</summary>
internal sealed class Explanations(
    SuspensionBoard board, SuspensionStore store, ResumeViews resumes, AccountLinks links, DeviceRegister register, Doctor doctor, TimeProvider time)
{
    private const int StepsMax = 20;

    /// <summary>Null when nothing of this name is known.</summary>
    public Explanation? Of(string id) =>
        store.Find(id) is { } suspension ? Of(suspension)
        : links.Find(id) is { } link ? Of(link)
        : register.Find(id) is { } device ? Of(id, device)
        : doctor.Examine(id) is { Count: > 0 } journeys ? Of(id, journeys)
        : null;

    private Explanation Of(Suspension suspension)
    {
        var says = new List<string> { InWords(suspension.Effects, suspension.Scope, suspension.State) };
        if (suspension.State == Suspension.Lifted)
        {
            says.Add($"It was lifted by {suspension.LiftedBy} at {suspension.LiftedAt:O} and stops nothing any more.");
        }
        else if (resumes.Of(suspension) is { State: "running" } plan)
        {
            says.Add($"It is being resumed at stage {plan.Stage} since {plan.Since:O}; not before {plan.NextAt:O} it goes on.");
            says.AddRange(plan.Gates.Where(gate => !gate.Ok).Select(gate => $"{gate.Name} is open: {gate.Says}"));
        }

        if (suspension.IsReviewDue(time.GetUtcNow()))
        {
            says.Add($"Somebody was to look at it by {suspension.ReviewAt:O}.");
        }

        return new Explanation(suspension.Id, "suspension", says, suspension.State == Suspension.Lifted ? [] : [Entry(suspension)], []);
    }

    private Explanation Of(AccountLink link)
    {
        var devices = links.BoundDevices(link.Id);
        var snapshot = board.Current;
        var entries = snapshot.InForce.Where(entry => devices.Any(device => Covers(entry, link, device)) || IsFrozen(entry, link)).ToList();
        var says = new List<string>
        {
            $"A live link of {link.Platform} to an account at {link.Vendor}, with {devices.Count} devices. Its tokens are honoured.",
            entries.Count == 0 ? Nothing(snapshot) : $"{entries.Count} suspensions decide about it or some of its devices.",
        };
        foreach (var device in devices)
        {
            var effects = snapshot.InForce.Where(entry => Covers(entry, link, device)).Aggregate(SuspensionEffects.None, (sum, entry) => sum | entry.Effects);
            if (effects != SuspensionEffects.None)
            {
                says.Add($"{device.Id} ({device.Type}): {Denied(effects)}.");
            }
        }

        return new Explanation(link.Id.Value, "link", says, Entries(entries), Steps([link.Id.Value]));
    }

    private Explanation Of(string id, Device device)
    {
        var snapshot = board.Current;
        var entries = snapshot.InForce.Where(entry => device.Traits.Any(trait => entry.Covers(Facts(device, trait)))).ToList();
        var says = new List<string> { $"A {device.Type} of {device.Ref.Vendor}, model {device.Model ?? "not told"}, firmware {device.Firmware ?? "not told"}." };
        says.AddRange(entries.Count == 0 ? [Nothing(snapshot)] : entries.Select(entry =>
            $"{entry.Id}: {Denied(entry.Effects)}{(entry.Scope is { Platform: null, AccountLink: null } ? "" : ", for what its scope names")}{(entry.Spared is null ? "" : ", except what its resume lets through")}."));
        return new Explanation(id, "device", says, Entries(entries), Steps(links.LinksOf(device.Id)));
    }

    private Explanation Of(string id, IReadOnlyList<Examination> journeys)
    {
        var says = journeys.Select(one => $"{(one.IsLinking ? "A linking attempt" : "A request")} came as far as {one.Furthest}: {one.Outcome}. {one.Advice.Means} {one.Advice.ToDo}".Trim()).ToList();
        var entries = new List<DecisiveEntry>();
        foreach (var link in journeys.Select(one => one.Link).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (links.Find(link) is { } live)
            {
                var of = Of(live);
                says.AddRange(of.Says.Skip(1).Select(sentence => $"{link} now: {sentence}"));
                entries.AddRange(of.Suspensions);
            }
            else
            {
                says.Add($"The link {link} has ended.");
            }
        }

        return new Explanation(id, journeys[0].IsLinking ? "linking" : "request", says, [.. entries.DistinctBy(entry => entry.Id)], [.. journeys.Select(Step)]);
    }

    private static bool Covers(SuspensionInForce entry, AccountLink link, Device device) =>
        device.Traits.Any(trait => entry.Covers(GrantStream.Facts(link.Platform, link.Id, device, trait)));

    private static bool IsFrozen(SuspensionInForce entry, AccountLink link) =>
        entry.Denies(SuspensionEffects.FreezeLinking, new SuspensionFacts(link.Platform, link.Vendor, null, null, null, null, null));

    /// <summary>Through which platform and link it is asked for is open.</summary>
    private static SuspensionFacts Facts(Device device, string trait) => new(
        SuspensionFacts.Unknown, device.Ref.Vendor, device.Model ?? SuspensionFacts.Unknown, device.Firmware ?? SuspensionFacts.Unknown, trait,
        SuspensionFacts.Unknown, device.Id.Value);

    private IReadOnlyList<DecisiveEntry> Entries(IEnumerable<SuspensionInForce> entries) =>
        [.. entries.Select(entry => store.Find(entry.Id)).OfType<Suspension>().Select(Entry)];

    private static DecisiveEntry Entry(Suspension suspension) => new(
        suspension.Id, suspension.State, suspension.Scope, OpsJson.Names(suspension.Effects), InWords(suspension.Effects, suspension.Scope, suspension.State),
        suspension.Reason, suspension.Incident, suspension.Author, suspension.RaisedAt);

    /// <summary>Requests of these links that did not go well: the doctor keeps no device's name.</summary>
    private IReadOnlyList<ExplainedStep> Steps(IReadOnlyCollection<string> of) =>
        [.. doctor.RecentFailures(Doctor.ListedMax).Where(one => one.Link is { } link && of.Contains(link)).Take(StepsMax).Select(Step)];

    private static ExplainedStep Step(Examination one) => new(
        one.Began, one.Name, one.Furthest, one.Outcome, one.Advice.Means, one.Timeline.Select(step => step.Detail).LastOrDefault(detail => detail is not null));

    private static string Nothing(SuspensionSnapshot snapshot) =>
        string.Create(CultureInfo.InvariantCulture, $"Nothing of version {snapshot.Version} covers it: no suspension refuses it.");

    private static string InWords(SuspensionEffects effects, SuspensionScope scope, string state) =>
        $"{(state == Suspension.Lifted ? "It stopped" : "It stops")} {Where(scope)}: {Denied(effects)}{(state == Suspension.Resuming ? ", except what its resume lets through" : "")}.";

    private static string Where(SuspensionScope scope)
    {
        string[] named =
        [
            .. new[]
            {
                ("platform", scope.Platform), ("maker", scope.Vendor), ("model", scope.DeviceModel), ("firmware", scope.Firmware), ("trait", scope.Trait),
                ("link", scope.AccountLink), ("device", scope.Device),
            }.Where(member => member.Item2 is not null).Select(member => $"{member.Item1} {member.Item2}"),
        ];
        return named.Length == 0 ? "everything" : string.Join(" and ", named);
    }

    private static string Denied(SuspensionEffects effects) => string.Join("; ", new[]
    {
        (SuspensionEffects.CutStreams, "camera streams are refused and cut"),
        (SuspensionEffects.DenyCommands, "commands are refused"),
        (SuspensionEffects.DenyState, "states are not told"),
        (SuspensionEffects.FreezeLinking, "nobody new can link"),
    }.Where(one => effects.HasFlag(one.Item1)).Select(one => one.Item2));
}
