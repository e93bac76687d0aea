using System.Data.Common;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming.Events;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Primitives;

namespace HomeBridge.DeviceCloudEvents;

/// <summary>
/// Where the maker tells what happened (<c>contracts/device-cloud-events.md</c>). Type, size, signature, JSON, room: each
/// door has its own answer, and the signature's has one answer for everything that can be wrong with it.
/// </summary>
internal sealed class EventsEndpoint(
    EventVerifier verifier, ApplyEvents apply, EventBulkhead bulkhead, DeviceCloudEventsOptions options, TimeProvider time, ILogger<EventsEndpoint> log)
{
    public const string Path = "/device-cloud/events";

    /// <summary>How long a body may take to arrive: it is read before anybody has signed for it.</summary>
    private static readonly TimeSpan BodyWithin = TimeSpan.FromSeconds(5);

    /// <summary>Refusals are told to the log once in this while: strangers can cause any number of them.</summary>
    private static readonly TimeSpan RefusalLoggedEvery = TimeSpan.FromSeconds(1);

    private const string RetryBusy = "1";
    private const string RetryUnavailable = "5";

    private readonly Lock _lock = new();
    private long _refused;
    private long? _refusalLogged;

    public async Task<IResult> Serve(HttpContext context)
    {
        var started = time.GetTimestamp();
        var request = context.Request;
        if (request.ContentType != "application/json")
        {
            return Text("The content type must be application/json, without parameters.", StatusCodes.Status415UnsupportedMediaType);
        }

        var (status, body) = await ReadBody(request, context.RequestAborted);
        if (body is null)
        {
            return Text($"A call has at most {DeviceCloudEventsOptions.BodyBytesMax} bytes, within {BodyWithin.TotalSeconds:0} s.", status);
        }

        // Our own name is configured; path and query are those that came, so a signature for another address fails.
        var verdict = verifier.Verify(
            new SignedCall(
                options.PublicUrl + request.Path + request.QueryString,
                One(request.Headers.ContentType), One(request.Headers["Content-Digest"]), One(request.Headers["Signature-Input"]), One(request.Headers["Signature"]), body),
            out var signature);
        if (signature is null)
        {
            return Unsigned(context, verdict.ToString());
        }

        List<(DeviceCloudEvent? Event, EventAnswer? Refused)> events;
        try
        {
            var json = JsonInput.Open(body, body.Length);
            events = DeviceCloudEvent.ReadCall(json);
        }
        catch (Exception wrong) when (wrong is NotJsonException or JsonShapeException)
        {
            return Text(wrong.Message, StatusCodes.Status400BadRequest);
        }

        IReadOnlyList<EventAnswer>? answers = null;
        try
        {
            var accounts = events.Select(one => one.Event?.Account).OfType<string>().ToHashSet(StringComparer.Ordinal);
            if (!await bulkhead.TryRun(accounts, () => answers = apply.Apply(signature, events), context.RequestAborted))
            {
                context.Response.Headers.RetryAfter = RetryBusy;
                return Text("Too many calls for this account at a time.", StatusCodes.Status429TooManyRequests);
            }
        }
        catch (DbException unavailable)
        {
            log.LogError("Events could not be applied: the database is not available ({Reason})", unavailable.Message);
            context.Response.Headers.RetryAfter = RetryUnavailable;
            return Text("Not now.", StatusCodes.Status503ServiceUnavailable);
        }

        if (answers is null)
        {
            return Unsigned(context, "Replayed");
        }

        log.LogInformation(
            "{Count} events of the device cloud, {Applied} applied, in {Milliseconds:0.0} ms",
            answers.Count, answers.Count(answer => answer.Result is EventResult.Applied), time.GetElapsedTime(started).TotalMilliseconds);
        return Results.Bytes(JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("results");
            writer.WriteStartArray();
            foreach (var answer in answers)
            {
                writer.WriteStartObject();
                writer.Member("eventId", answer.EventId);
                writer.Member("result", Word(answer.Result));
                writer.Member("detail", answer.Detail);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }), "application/json");
    }

    private static async Task<(int Status, byte[]? Body)> ReadBody(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > DeviceCloudEventsOptions.BodyBytesMax)
        {
            return (StatusCodes.Status413PayloadTooLarge, null);
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(BodyWithin);
        using var body = new MemoryStream();
        var piece = new byte[16 * 1024];
        try
        {
            while (await request.Body.ReadAsync(piece, deadline.Token) is > 0 and var count)
            {
                if (body.Length + count > DeviceCloudEventsOptions.BodyBytesMax)
                {
                    return (StatusCodes.Status413PayloadTooLarge, null);
                }

                body.Write(piece, 0, count);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (StatusCodes.Status408RequestTimeout, null);
        }

        return (StatusCodes.Status200OK, body.ToArray());
    }

    /// <summary>Which check failed is for our log; a caller who can't sign learns nothing from us.</summary>
    private IResult Unsigned(HttpContext context, string why)
    {
        lock (_lock)
        {
            _refused++;
            if (_refusalLogged is not { } last || time.GetElapsedTime(last) >= RefusalLoggedEvery)
            {
                log.LogWarning("{Count} calls to the events address were refused; the last one's signature: {Why}", _refused, why);
                (_refused, _refusalLogged) = (0, time.GetTimestamp());
            }
        }

        context.Response.Headers.WWWAuthenticate = "Signature";
        return Text("The signature is not valid.", StatusCodes.Status401Unauthorized);
    }

    private static string? One(StringValues lines) => lines.Count == 1 ? lines[0] : null;

    private static string Word(EventResult result) => result switch
    {
        EventResult.Applied => "applied",
        EventResult.Duplicate => "duplicate",
        EventResult.Outdated => "outdated",
        EventResult.UnknownDevice => "unknownDevice",
        _ => "invalid",
    };

    private static IResult Text(string sentence, int status) => Results.Text(sentence + "\n", statusCode: status);
}

/// <summary>Events of the device cloud: what the maker tells without being asked.</summary>
internal static class DeviceCloudEventsFeature
{
    public static void AddDeviceCloudEvents(this IServiceCollection services, DeviceCloudEventsOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(provider => new EventVerifier(options.Keys, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EventBulkhead>();
        services.AddSingleton<ApplyEvents>();
        services.AddSingleton<EventsEndpoint>();
    }

    public static void MapDeviceCloudEvents(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost(EventsEndpoint.Path, (HttpContext context, EventsEndpoint events) => events.Serve(context)).WithMetadata(new BodyLimit());

    /// <summary>Bytes of a refused call that are still read and thrown away, so that its caller gets to see the 413.</summary>
    private sealed class BodyLimit : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => 8 * 1024 * 1024;
    }
}
