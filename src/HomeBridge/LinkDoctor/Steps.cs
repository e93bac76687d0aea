using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Threading.Channels;
using HomeBridge.Vitals;

namespace HomeBridge.LinkDoctor;

/// <summary>Which rows are kept apart, so that many of one class push out none of another.</summary>
internal enum StepClass
{
    Linking,
    FailedRequest,
    Request,
}

/// <summary>A step that somebody took.</summary>
/// <param name="Class">What it belongs to.</param>
/// <param name="Journey">A reference, or link and request id; null for a linking attempt that is known by its link only.</param>
/// <param name="Link">The account link, once there is one.</param>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Step">See <see cref="LinkingSteps"/> and <see cref="RequestSteps"/>.</param>
/// <param name="Outcome"><see cref="Steps.Ok"/>, or the name of the stop.</param>
/// <param name="Detail">In words. Never a token, a code, a PIN, a state or a ticket.</param>
/// <param name="Who">Whose step, by <see cref="Journeys.Who"/>; null when nobody is signed in.</param>
internal sealed record StepTaken(StepClass Class, string? Journey, string? Link, long At, string Step, string Outcome, string? Detail, string? Who = null);

/// <summary>
/// Notes how far linking attempts and requests come. Noting waits for nothing and fails nothing: a step goes into a
/// bounded queue, and when that is full it is dropped and counted.
/// </summary>
internal sealed class Steps
{
    /// <summary>The step went well.</summary>
    public const string Ok = "ok";

    /// <summary>Steps that wait to be written. The writer comes by every second.</summary>
    public const int WaitingMax = 2048;

    /// <summary>Beyond this many waiting, requests that went well give way to those that did not and to linking.</summary>
    private const int WaitingForAllMax = WaitingMax / 2;

    public const int DetailLengthMax = 200;

    /// <summary>Links of which it is remembered that their SYNC was noted.</summary>
    private const int SyncsMax = 10_000;

    private readonly Channel<StepTaken> _waiting = Channel.CreateBounded<StepTaken>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    /// <summary>How the last SYNC of a link went: the same again says nothing about how it was linked.</summary>
    private readonly ConcurrentDictionary<string, string> _syncs = new(StringComparer.Ordinal);

    private readonly Counter<long> _dropped;
    private readonly TimeProvider _time;

    public Steps(TimeProvider time, IMeterFactory meters)
    {
        _time = time;
        _dropped = meters.Create(VitalsFeature.MeterName).CreateCounter<long>(
            "homebridge.doctor.steps.dropped", "{step}", "Steps of linking attempts and requests that were dropped because too many waited.");
    }

    public ChannelReader<StepTaken> Waiting => _waiting.Reader;

    /// <summary>A step of a linking attempt, by its reference.</summary>
    /// <param name="journey">The reference; nothing is noted for an empty one.</param>
    /// <param name="step">One of <see cref="LinkingSteps"/>.</param>
    /// <param name="outcome"><see cref="Ok"/> or the name of the stop.</param>
    /// <param name="detail">Without secrets.</param>
    public void Note(string journey, string step, string outcome, string? detail = null) =>
        Note(StepClass.Linking, journey, null, step, outcome, detail);

    /// <summary>The step from which on it is known whose linking attempt it is.</summary>
    public void NoteSignedIn(string journey, string vendor, string account, string? detail = null) =>
        Note(StepClass.Linking, journey, null, LinkingSteps.SignedIn, Ok, detail, Journeys.Who(vendor, account));

    /// <summary>The step at which a linking attempt became a link: what comes later is known by the link only.</summary>
    public void NoteLinked(string journey, string link, string detail) =>
        Note(StepClass.Linking, journey, link, LinkingSteps.Consented, Ok, detail);

    /// <summary>A step of the linking attempt that a link came from.</summary>
    public void NoteOfLink(string link, string step, string outcome, string? detail = null) =>
        Note(StepClass.Linking, null, link, step, outcome, detail);

    /// <summary>A whole request, noted once when its fate is known.</summary>
    /// <param name="link">Whose request.</param>
    /// <param name="requestId">As the platform named it.</param>
    /// <param name="step">Where its fate was decided, one of <see cref="RequestSteps"/>; it passed those before.</param>
    /// <param name="outcome"><see cref="Ok"/> or the name of the stop.</param>
    /// <param name="detail">Without secrets.</param>
    public void NoteRequest(string link, string requestId, string step, string outcome, string? detail = null) =>
        Note(outcome == Ok ? StepClass.Request : StepClass.FailedRequest, Journeys.OfRequest(link, requestId), link, step, outcome, detail);

    /// <summary>A request that was answered; the first SYNC of a link ends its linking attempt.</summary>
    public void NoteAnswered(string link, string requestId, AnswerOutcomes outcomes, TimeSpan took)
    {
        var outcome = outcomes.Stop ?? Ok;
        var isFirstSync = outcomes.Intent == "Sync" && !(_syncs.TryGetValue(link, out var before) && before == outcome);
        if (outcome == Ok && !isFirstSync && !IsRoomForAll)
        {
            _dropped.Add(1);
            return;
        }

        var detail = string.Create(CultureInfo.InvariantCulture, $"{outcomes} in {took.TotalMilliseconds:0.0} ms");
        NoteRequest(link, requestId, RequestSteps.Answered, outcome, detail);
        if (isFirstSync && Note(StepClass.Linking, null, link, LinkingSteps.FirstSync, outcome, detail))
        {
            if (_syncs.Count >= SyncsMax)
            {
                _syncs.Clear();
            }

            _syncs[link] = outcome;
        }
    }

    /// <summary>Requests that went well are the first to give way.</summary>
    private bool IsRoomForAll => _waiting.Reader.Count < WaitingForAllMax;

    private bool Note(StepClass of, string? journey, string? link, string step, string outcome, string? detail, string? who = null)
    {
        if (journey is { Length: 0 })
        {
            return false;
        }

        var isRoom = of is not StepClass.Request || IsRoomForAll;
        if (!isRoom || !_waiting.Writer.TryWrite(new StepTaken(
            of, journey, link, _time.GetUtcNow().ToUnixTimeMilliseconds(), step, outcome, detail is { Length: > DetailLengthMax } ? detail[..DetailLengthMax] : detail, who)))
        {
            _dropped.Add(1);
            return false;
        }

        return true;
    }
}
