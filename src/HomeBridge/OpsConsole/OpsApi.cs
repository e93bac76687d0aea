using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Canaries;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Gateways;
using HomeBridge.HomeGraph;
using HomeBridge.Isolation;
using HomeBridge.LinkDoctor;
using HomeBridge.Resumption;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;

namespace HomeBridge.OpsConsole;

/// <summary>
/// The switch over HTTP, for engineers and their tools. Errors are problem details (RFC 9457) whose <c>detail</c> says
/// what to change.
/// </summary>
internal static class OpsApi
{
    public const string Path = "/ops/v1";

    /// <summary>The longest that a caller may wait for confirmations.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private const string IdempotencyKey = "Idempotency-Key";
    private const int ListedMax = 1000;
    private const int BodyBytesMax = 64 * 1024;

    public static void MapOpsApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup(Path).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Operator, OperatorRoles.Approver, OperatorRoles.Auditor));
        api.AddEndpointFilter(KnownParameters.Refuse);
        api.MapPost("/suspensions", Raise).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Operator)).WithMetadata(new KnownParameters("wait", "dry_run"));
        api.MapGet("/suspensions", (SuspensionStore store, ResumeViews resumes, TimeProvider time) => Json(new
        {
            Suspensions = store.All(ListedMax).Select(one =>
                SuspensionAnswer.Of(one, time.GetUtcNow(), one.State == Suspension.Resuming ? resumes.Of(one) : null)),
        }));
        api.MapGet("/suspensions/{id}", (string id, SuspensionStore store, ResumeViews resumes, TimeProvider time) =>
            store.Find(id) is { } suspension ? Json(SuspensionAnswer.Of(suspension, time.GetUtcNow(), resumes.Of(suspension))) : NoSuchSuspension(id));
        api.MapResume();
        api.MapPropagation();
        api.MapRebase();
        api.MapGet("/ticket-keys", (TicketKeyRing keys) => Json(new { TicketKeys = keys.All() }));
        api.MapPost("/ticket-keys/{id}/remove", RemoveTicketKey).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Operator));
        api.MapGet("/effective", Effective).WithMetadata(new KnownParameters("link", "device"));
        api.MapGet("/explain", (string? id, Explanations explanations) => string.IsNullOrWhiteSpace(id)
            ? Wrong("Say what to explain: ?id= with the id of a link, a device, a request or a suspension, or a linking attempt's reference.")
            : explanations.Of(id.Trim()) is { } explained
                ? Json(explained)
                : Problem(StatusCodes.Status404NotFound, $"Nothing is known of '{id}'. It is no live link, no device, no suspension, and no request of the last day."));
        api.MapGet("/replicas", (Replicas replicas, SuspensionBoard board) => Json(new { board.Current.Version, Replicas = replicas.All }));
        api.MapGet("/device-cloud", (DeviceCloudHealth health) => Json(health.Read()));
        api.MapSignIn();
        api.MapSessions();
        api.MapGet("/isolation", (IsolationMonitor monitor, SuspensionBoard board) => Json(IsolationApi.Answer(monitor.Report(), board)));
        api.MapGet("/vitals", (QualityFigures figures) => Json(VitalsApi.Answer(figures)));
        api.MapGet("/device-problems", (DeviceProblems problems) => Json(new
        {
            Problems = problems.Standing(ListedMax).Select(one => new { one.Vendor, one.Account, one.Problem.Device, one.Problem.Type, one.Problem.Problem, one.Since }),
        }));
        api.MapGet("/evidence-grades", (EvidenceGrades grades, DeviceCloudOptions maker) => Json(new { Grades = new[] { EvidenceGradesApi.Of(maker.Vendor, grades) } }));
        api.MapPost("/evidence-grades", DecideGrade).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Approver));
        api.MapGet("/homegraph", (HomeGraphStatus status) => Json(new { status.Enabled, Users = status.All(ListedMax) }));
        api.MapGet("/homegraph/{agentUserId}", async (string agentUserId, HomeGraphStatus status, CancellationToken cancel) =>
            await status.Held(agentUserId, cancel) is { } held
                ? Results.Text(held, "application/json")
                : Problem(StatusCodes.Status404NotFound, $"No agent user '{agentUserId}' is reported to the Home Graph."));
        api.MapGet("/doctor", (Doctor doctor, int? limit) => Json(DoctorApi.Recent(doctor, limit ?? DoctorApi.ListedByDefault)));
        api.MapGet("/doctor/{**id}", (string id, Doctor doctor) => doctor.Examine(id) is { Count: > 0 } found
            ? Json(DoctorApi.Of(found))
            : Problem(StatusCodes.Status404NotFound, $"Nothing is known of '{id}'. It is a linking attempt's reference or a platform's request id; steps are kept for a day at most."));
        api.MapLedger();
        api.MapDrills();
        api.MapGet("/canaries", (CanaryBoard board, CanaryOptions options, CanaryPace pace, CanaryPictures pictures, TimeProvider time) =>
            Json(CanaryViews.Answer(board, options, pace, pictures, time)));
        api.MapGet("/audit", (AuditTrail audit, long? before, int? limit) => Json(new { Rows = audit.Read(before, limit ?? 100) }))
            .RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Auditor));
        api.MapGet("/audit/verify", (AuditTrail audit, AuditHeads heads) => Json(AuditVerification.Of(audit, heads)))
            .RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Auditor));
    }

    private static async Task<IResult> Raise(
        HttpContext context, ClaimsPrincipal who, SuspensionOrders orders, SuspensionPreviews previews, SuspensionBoard board, Replicas replicas,
        ResumeViews resumes, TimeProvider time)
    {
        var (request, unreadable) = await Read<SuspensionRequest>(context);
        if (request is null)
        {
            return unreadable!;
        }

        if (!TryWait(context.Request.Query["wait"], out var wait) || !TryFlag(context.Request.Query["dry_run"], out var dryRun))
        {
            return Wrong($"wait is a number of seconds up to {WaitMax.TotalSeconds:0}, like wait=5s; dry_run is true or false.");
        }

        if (context.Request.Headers[IdempotencyKey] is not ([] or [{ Length: > 0 and <= RequestKey.LengthMax }]))
        {
            return Wrong($"{IdempotencyKey} is one value of 1 to {RequestKey.LengthMax} characters.");
        }

        var (order, wrong) = orders.Read(request);
        if (order is null)
        {
            return Wrong(wrong!);
        }

        if (dryRun)
        {
            return Json(previews.Preview(order, orders.Warnings(order.Scope)));
        }

        var raisedAt = time.GetTimestamp();
        var key = context.Request.Headers[IdempotencyKey] is [{ } name] ? new RequestKey(name, HashOf(request)) : null;
        var (verdict, suspension) = board.Raise(order, who.Identity!.Name!, who.SuspensionOrigin(), key);
        if (verdict is RaiseVerdict.OtherBody)
        {
            return Problem(
                StatusCodes.Status422UnprocessableEntity,
                $"This {IdempotencyKey} was used for another order in the last {RequestKey.RememberedFor.TotalHours:0} hours. Nothing was raised: take a new key for a new order.");
        }

        if (suspension is null)
        {
            return Problem(StatusCodes.Status409Conflict, $"{SuspensionStore.InForceMax} suspensions are in force already. Lift some, or raise a wider one.");
        }

        var confirmations = wait is { } atMost ? await replicas.WaitFor(suspension.Version, raisedAt, atMost, context.RequestAborted) : null;
        context.Response.Headers.Location = $"/ops/v1/suspensions/{suspension.Id}";
        return Json(
            SuspensionAnswer.Of(
                suspension, time.GetUtcNow(), verdict is RaiseVerdict.Repeated ? resumes.Of(suspension) : null, confirmations, orders.Warnings(suspension.Scope)),
            StatusCodes.Status201Created);
    }

    private static string HashOf(SuspensionRequest request) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, OpsJson.Options)));

    private static async Task<IResult> DecideGrade(HttpContext context, ClaimsPrincipal who, EvidenceGrades grades, DeviceCloudOptions maker, SuspensionStore suspensions)
    {
        var (request, unreadable) = await Read<GradeRequest>(context);
        if (request is null)
        {
            return unreadable!;
        }

        if (EvidenceGradesApi.Wrong(request, maker, grades, suspensions) is { } wrong)
        {
            return Wrong(wrong);
        }

        grades.Decide(maker.Vendor, EvidenceGradesApi.Read(request.Grade)!.Value, request.Reason!.Trim(), who.Identity!.Name!);
        return Json(EvidenceGradesApi.Of(maker.Vendor, grades), StatusCodes.Status201Created);
    }

    /// <summary>For a key that got out: its tickets and its running sessions end now. There is no way back.</summary>
    private static async Task<IResult> RemoveTicketKey(string id, HttpContext context, ClaimsPrincipal who, TicketKeyRing keys)
    {
        var (request, unreadable) = await Read<RemoveTicketKeyRequest>(context);
        if (request is null)
        {
            return unreadable!;
        }

        if (request.Reason is not { Length: > 0 and <= SuspensionOrder.TextLengthMax } reason)
        {
            return Wrong($"reason is needed: why the key is removed, up to {SuspensionOrder.TextLengthMax} characters.");
        }

        return keys.Remove(id, who.Identity!.Name!, reason)
            ? Json(new
            {
                TicketKeys = keys.All(),
                Warnings = keys.Signing is null
                    ? (string[])["No key signs now: cameras answer streamUnavailable until the bridge starts with a new CameraStreams:TicketKey."]
                    : [],
            })
            : Problem(StatusCodes.Status404NotFound, $"The ring has no key '{id}'. GET /ops/v1/ticket-keys lists them.");
    }

    /// <summary>Which suspensions decide for a device of a link, and what they do.</summary>
    private static IResult Effective(string? link, string? device, AccountLinks links, DeviceRegister devices, SuspensionBoard board)
    {
        if (link is not null && links.Find(link) is null)
        {
            return Wrong($"There is no live account link '{link}'.");
        }

        var found = device is null ? null : devices.Find(device);
        if (device is not null && found is null)
        {
            return Wrong($"There is no device '{device}'.");
        }

        var platform = link is null ? null : links.Find(link)!.Platform;
        var snapshot = board.Current;
        var entries = snapshot.InForce.Where(entry => found is null
            ? Mentions(entry.Scope.AccountLink, link) && Mentions(entry.Scope.Platform, platform)
            : found.Traits.Any(trait => entry.Covers(new SuspensionFacts(
                platform ?? SuspensionFacts.Unknown, found.Ref.Vendor, found.Model ?? SuspensionFacts.Unknown, found.Firmware ?? SuspensionFacts.Unknown,
                trait, link ?? SuspensionFacts.Unknown, found.Id.Value))));
        return Json(new
        {
            snapshot.Version,
            Suspensions = entries.Select(entry => new { entry.Id, entry.Scope, Effects = OpsJson.Names(entry.Effects) }),
        });
    }

    private static bool Mentions(string? wanted, string? fact) => wanted is null || fact is null || wanted == fact;

    internal static async Task<(T? Body, IResult? Unreadable)> Read<T>(HttpContext context)
        where T : class
    {
        if (context.Request.ContentLength > BodyBytesMax)
        {
            return (null, Problem(StatusCodes.Status413PayloadTooLarge, $"The body has at most {BodyBytesMax} bytes."));
        }

        try
        {
            var body = await JsonSerializer.DeserializeAsync<T>(context.Request.Body, OpsJson.Options, context.RequestAborted);
            return body is null ? (null, Wrong("The body is null.")) : (body, null);
        }
        catch (JsonException unreadable)
        {
            return (null, Wrong($"The body can't be read as JSON of the right shape ({unreadable.Path ?? "$"}): {Sentence(unreadable)} Nothing was changed."));
        }
    }

    /// <summary>The reader's own sentences name types of ours, which nobody who called can look up.</summary>
    private static string Sentence(JsonException unreadable) => unreadable.Message switch
    {
        var said when said.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) => "there is no such member.",
        var said when said.Contains("could not be converted to", StringComparison.Ordinal) => "that is of another type.",
        var said when said.StartsWith("Duplicate property", StringComparison.Ordinal) => "a member stands twice.",
        var said when said.Contains("Path: $", StringComparison.Ordinal) => said[..said.IndexOf("Path: $", StringComparison.Ordinal)].Trim(),
        var said => said,
    };

    /// <summary><c>5s</c>, <c>5</c> or <c>500ms</c>; absent means not to wait.</summary>
    private static bool TryWait(string? text, out TimeSpan? wait)
    {
        wait = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var (number, unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1) : (text.EndsWith('s') ? text[..^1] : text, 1000);
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || !(value >= 0 && value * unit <= WaitMax.TotalMilliseconds))
        {
            return false;
        }

        wait = TimeSpan.FromMilliseconds(value * unit);
        return true;
    }

    private static bool TryFlag(string? text, out bool flag)
    {
        flag = false;
        return string.IsNullOrEmpty(text) || bool.TryParse(text, out flag);
    }

    internal static IResult NoSuchSuspension(string id) => Problem(StatusCodes.Status404NotFound, $"There is no suspension '{id}'.");

    internal static IResult Wrong(string detail) => Problem(StatusCodes.Status400BadRequest, detail);

    internal static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);

    internal static IResult Json<T>(T body, int status = StatusCodes.Status200OK) => Results.Json(body, OpsJson.Options, statusCode: status);
}
