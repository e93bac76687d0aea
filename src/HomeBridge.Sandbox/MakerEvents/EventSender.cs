using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using HomeBridge.Sandbox.DeviceCloud;
using HomeBridge.Sandbox.Faults;
using HomeBridge.Sandbox.Incidents;
using HomeBridge.Streaming.Events;

namespace HomeBridge.Sandbox.MakerEvents;

/// <summary>
/// Tells the bridge what happened: one call at a time for each home, signed anew each time it is sent, again and again
/// until it is taken.
/// </summary>
internal sealed class EventSender(
    EventQueues queues, FaultBoard faults, SandboxCloudOptions options, TimeProvider time, ILogger<EventSender> log) : BackgroundService
{
    /// <summary>The contract's limit.</summary>
    private const int EventsPerCallMax = 100;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Collected = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LateBy = TimeSpan.FromSeconds(3);

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Events is not { } target)
            return;
        using var http = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
        {
            Timeout = CallTimeout,
        };
        using var key = ECDsa.Create();
        key.ImportFromPem(target.KeyPem);
        try
        {
            await Task.WhenAll(queues.All.Select(queue => TellAsync(queue.Events, http, key, target, stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The sandbox stops.
        }
    }

    private async Task TellAsync(
        ChannelReader<EventMessage> queue, HttpClient http, ECDsa key, EventTarget target, CancellationToken stopping)
    {
        while (await queue.WaitToReadAsync(stopping))
        {
            var events = Take(queue);
            if (Hits(EventFaults.Late, events))
                await Task.Delay(LateBy, time, stopping);
            if (Hits(EventFaults.Reordered, events))
            {
                await Task.Delay(Collected, time, stopping);
                events.AddRange(Take(queue, EventsPerCallMax - events.Count));
                events.Reverse();
            }

            var again = events.Where(one => Hits(EventFaults.Duplicated, one)).ToList();
            var bent = events
                .Where(one => !Hits(EventFaults.Lost, one))
                .Select(one => one with { AccountId = RecipientOf(one) })
                .Concat(again)
                .ToList();
            foreach (var call in (IEnumerable<EventMessage[]>)[.. bent.Chunk(EventsPerCallMax), [.. again]])
            {
                if (call.Length > 0)
                    await UntilTakenAsync(call, http, key, target, stopping);
            }
        }
    }

    private async Task UntilTakenAsync(
        EventMessage[] events, HttpClient http, ECDsa key, EventTarget target, CancellationToken stopping)
    {
        var wait = FirstRetry;
        for (var attempt = 1; ; attempt++)
        {
            var (taken, why) = await CallAsync(events, attempt, http, key, target, stopping);
            if (taken)
                return;
            if (attempt == 1)
                log.LogWarning("Events are not taken ({Why}): trying again", why);
            await Task.Delay(wait, time, stopping);
            wait = wait * 2 < LastRetry ? wait * 2 : LastRetry;
        }
    }

    private async Task<(bool Taken, string Why)> CallAsync(
        EventMessage[] events, int attempt, HttpClient http, ECDsa key, EventTarget target, CancellationToken stopping)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new EventCallMessage(events), Wire);
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (!Hits(EventFaults.Unsigned, events))
        {
            using var nobodys = Hits(EventFaults.WrongKey, events) ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
            var signed = EventSigner.Sign(
                nobodys ?? key, target.KeyId, target.Url.AbsoluteUri, body, Secrets.New(), time.GetUtcNow().ToUnixTimeSeconds());
            request.Headers.Add("Content-Digest", signed.ContentDigest);
            request.Headers.Add("Signature-Input", signed.SignatureInput);
            request.Headers.Add("Signature", signed.Signature);
        }

        try
        {
            using var answer = await http.SendAsync(request, stopping);
            switch (answer.StatusCode)
            {
                case HttpStatusCode.OK:
                    var results = await answer.Content.ReadFromJsonAsync<EventResultsMessage>(Wire, stopping);
                    queues.Sent(events.Zip(results!.Results, (told, said) => Told(told, said.Result, said.Detail, attempt)));
                    return (true, "");
                case HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnsupportedMediaType:
                    // Sent again it would be as wrong as before.
                    log.LogError("The bridge can't read {Count} events: {Status}", events.Length, answer.StatusCode);
                    queues.Sent(events.Select(told => Told(told, "refused", answer.StatusCode.ToString(), attempt)));
                    return (true, "");
                default:
                    return (false, answer.StatusCode.ToString());
            }
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or JsonException
            || (failed is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return (false, failed.GetType().Name);
        }
    }

    private static List<EventMessage> Take(ChannelReader<EventMessage> queue, int most = EventsPerCallMax)
    {
        var events = new List<EventMessage>();
        while (events.Count < most && queue.TryRead(out var one))
            events.Add(one);
        return events;
    }

    private static ToldEvent Told(EventMessage told, string result, string? detail, int attempts) => new(
        told.EventId, told.Kind, told.AccountId, told.DeviceId, told.Sequence, result, detail, attempts);

    private string RecipientOf(EventMessage one)
    {
        if (Hits(EventFaults.Misrouted, one))
            return SandboxHomes.StrangerTo(one.AccountId);
        return Hits(IncidentCatalogue.ShiftedRecipients.Kind, one) ? Recipients.Of(one.AccountId) : one.AccountId;
    }

    private bool Hits(string kind, EventMessage one) => Hits(kind, [one]);

    private bool Hits(string kind, IReadOnlyList<EventMessage> events) =>
        faults.Hits(kind, [.. events.Select(one => one.Subject).OfType<SandboxDevice>()]);
}
