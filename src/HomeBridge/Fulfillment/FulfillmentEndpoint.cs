using System.Buffers;
using System.Diagnostics;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Fulfillment.Challenges;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.LinkDoctor;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Telemetry;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;

namespace HomeBridge.Fulfillment;

/// <summary>
/// The webhook that a platform calls. Token, content type, size, JSON, shape: each door has its own answer, and only
/// behind the last one is an intent served.
/// </summary>
internal sealed class FulfillmentEndpoint(
    Database database, Tokens tokens, AccountLinks links, LinkUses uses, Sync sync, Query query, Execute execute, RepeatedRequests repeats, QualityFigures figures, Steps steps,
    FulfillmentInstruments instruments, SuspensionBoard suspensions, Tracing tracing, TimeProvider time, ILogger<FulfillmentEndpoint> log)
{
    public async ValueTask<IResult> Serve(string platform, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store, private";
        var request = context.Request;
        var authorization = request.Headers.Authorization.ToString();
        using var view = database.ForRequest();
        if (!tokens.TryAuthenticate(view, authorization, platform, out var link))
        {
            // RFC 6750 section 3.1: no error code for a caller who sent nothing.
            context.Response.Headers.WWWAuthenticate = authorization.Length == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        uses.Used(link.Id);
        if (!IsJson(request.ContentType))
        {
            steps.NoteRequest(link.Id.Value, Journeys.UnreadRequest, RequestSteps.Received, "wrong_content_type");
            return Results.Text("The content type must be application/json.\n", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        if (request.ContentLength > FulfillmentOptions.BodyBytesMax)
        {
            steps.NoteRequest(link.Id.Value, Journeys.UnreadRequest, RequestSteps.Received, "too_large");
            return TooLarge();
        }

        // One byte more than announced: the end shows itself without a second piece.
        var arriving = new ByteChunks((int)(request.ContentLength ?? 0) + 1);
        var reading = arriving.ReadToEnd(request.Body, FulfillmentOptions.BodyBytesMax, context.RequestAborted);
        if (!reading.IsCompleted)
        {
            // Mostly the body is there with its head. Who sends it slowly holds no view of the database.
            view.LetGo();
        }

        if (!await reading)
        {
            steps.NoteRequest(link.Id.Value, Journeys.UnreadRequest, RequestSteps.Received, "too_large");
            return TooLarge();
        }

        var body = arriving.ToSequence();

        FulfillmentRequest read;
        try
        {
            read = RequestReader.Read(body);
        }
        catch (NotJsonException wrong)
        {
            steps.NoteRequest(link.Id.Value, Journeys.UnreadRequest, RequestSteps.Read, "not_json");
            return Results.Text(wrong.Message + "\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var answering = new Answering(link, read, figures, instruments, time);
        var intent = NameOf(read.Intent);
        using var span = tracing.Begin("fulfillment");
        span.Say(SpanTags.Intent, intent);
        span.Say(SpanTags.Platform, link.Platform);
        span.Say(SpanTags.Vendor, link.Vendor);
        IResult answer;
        try
        {
            answer = read.Intent switch
            {
                Intent.Sync => await sync.Answer(answering, view, context.RequestAborted),
                Intent.Query asked => Answer.Of(await query.Answer(answering, asked, view, context.RequestAborted)),
                Intent.Execute wanted => Answer.Of(await ExecuteOnce(answering, wanted, body, view)),
                Intent.Disconnect => Disconnect(link, view),
                null => Answer.Of(answering.Failed(PlatformCodes.ProtocolError)),
                _ => throw new UnreachableException(),
            };
        }
        catch (Exception broken) when (!context.RequestAborted.IsCancellationRequested)
        {
            // A bug of ours. The platform gets an answer in its own words; whoever looks for it gets the trace id.
            log.LogError(broken, "{Intent} for {Link} failed, trace {Trace}", read.Intent?.GetType().Name, link.Id, Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier);
            answer = Answer.Of(answering.Failed(PlatformCodes.TransientError, AnswerOutcomes.OurFault));
        }

        answering.Count();
        var outcome = OutcomeOf(answering, read.Intent is Intent.Query);
        span.Say(SpanTags.Outcome, outcome);
        instruments.Done(intent, link.Platform, outcome, answering.Took);
        if (!answering.IsRepeat)
        {
            // Of a repeat nothing is known but that it got the first one's answer, which is noted: it may have failed.
            steps.NoteAnswered(link.Id.Value, read.RequestId, answering.Outcomes, answering.Took);
        }

        return answer;
    }

    private static string NameOf(Intent? intent) => intent switch
    {
        Intent.Sync => "SYNC",
        Intent.Query => QualityFigures.Query,
        Intent.Execute => QualityFigures.Execute,
        Intent.Disconnect => "DISCONNECT",
        _ => "none",
    };

    /// <summary>What is suspended for a whole platform fails as a whole, and is nobody's fault.</summary>
    private string OutcomeOf(Answering answering, bool intentIsQuery) => answering.FailedWith switch
    {
        null => FulfillmentInstruments.Answered,
        PlatformCodes.ProtocolError => FulfillmentInstruments.Refused,
        _ when suspensions.Current.Denies(
            intentIsQuery ? SuspensionEffects.DenyState : SuspensionEffects.DenyCommands, new SuspensionFacts(answering.Link.Platform, null, null, null, null, null, null), out _) =>
            FulfillmentInstruments.Suspended,
        _ => FulfillmentInstruments.Failed,
    };

    /// <summary>A repeat of a request that was, or is still being, executed gets that one's answer.</summary>
    private Task<ReadOnlySequence<byte>> ExecuteOnce(Answering answering, Intent.Execute wanted, ReadOnlySequence<byte> body, RequestView view)
    {
        var fingerprint = RequestFingerprint.Of(answering.Link.Id, body);
        answering.IsRepeat = true;
        var answer = repeats.Once(fingerprint, () =>
        {
            answering.IsRepeat = false;
            return execute.Answer(answering, wanted, fingerprint, view);
        });
        view.LetGo();
        return answer;
    }

    /// <summary>Ends this link and no other: tokens, bindings and running streams.</summary>
    private IResult Disconnect(AccountLink link, RequestView view)
    {
        view.LetGo();
        links.End(link.Id, AccountLinks.DisconnectedByPlatform, link.ClientId);
        return Answer.Of(Answer.Empty);
    }

    private static bool IsJson(string? contentType) =>
        contentType.AsSpan() is var type && (type.IndexOf(';') is >= 0 and var end ? type[..end] : type).Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);

    private static IResult TooLarge() =>
        Results.Text($"A request has at most {FulfillmentOptions.BodyBytesMax} bytes.\n", statusCode: StatusCodes.Status413PayloadTooLarge);
}

/// <summary>Fulfillment: the platform's intents, answered through bindings of the caller's own link.</summary>
internal static class FulfillmentFeature
{
    public static void AddFulfillment(this IServiceCollection services, FulfillmentOptions options, ChallengeOptions challenges)
    {
        services.AddSingleton(options);
        services.AddSingleton(challenges);
        services.AddSingleton<ChallengePolicy>();
        services.AddSingleton<PinAttempts>();
        services.AddSingleton<ConfirmedCommand>();
        services.AddHostedService<WaivedChallenges>();
        services.AddSingleton<RepeatedRequests>();
        services.AddSingleton<Sync>();
        services.AddSingleton<Query>();
        services.AddSingleton<Execute>();
        services.AddSingleton<CameraStreamTrait>();
        services.AddSingleton<FulfillmentInstruments>();
        services.AddSingleton<FulfillmentEndpoint>();
    }

    private const string Path = "/fulfillment";

    public static bool IsAbout(HttpContext context) => context.Request.Path.StartsWithSegments(Path, StringComparison.Ordinal);

    public static void MapFulfillment(this IEndpointRouteBuilder endpoints)
    {
        var fulfillment = endpoints.ServiceProvider.GetRequiredService<FulfillmentEndpoint>();
        endpoints.MapPost(Path + "/google", async (HttpContext context) => await (await fulfillment.Serve("google", context)).ExecuteAsync(context))
            .WithMetadata(new BodyLimit());
    }

    private sealed class BodyLimit : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => FulfillmentOptions.DrainBytesMax;
    }
}
