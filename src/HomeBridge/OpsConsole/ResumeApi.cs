using System.Security.Claims;
using HomeBridge.Resumption;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>Bringing a suspension back over the ops API: in stages, or at once by force.</summary>
internal static class ResumeApi
{
    public static void MapResume(this IEndpointRouteBuilder api)
    {
        api.MapPost("/suspensions/{id}/lift", Lift).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Approver));
        api.MapGet("/suspensions/{id}/resume", (string id, SuspensionStore store, ResumeViews resumes) =>
            store.Find(id) is not { } suspension ? OpsApi.NoSuchSuspension(id)
            : resumes.Of(suspension) is { } plan ? OpsApi.Json(plan)
            : OpsApi.Problem(StatusCodes.Status404NotFound, "Nobody began to resume it. POST …/lift starts the staged plan."));
        api.MapPost("/suspensions/{id}/resume/advance", Advance).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Approver));
        api.MapPost("/suspensions/{id}/resume/back", Back).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Operator, OperatorRoles.Approver));
    }

    private static async Task<IResult> Lift(
        string id, HttpContext context, ClaimsPrincipal who, SuspensionBoard board, SuspensionStore store, StagedResume resume, ResumeViews resumes, TimeProvider time)
    {
        var (request, unreadable) = await OpsApi.Read<LiftRequest>(context);
        if (request is null)
        {
            return unreadable!;
        }

        if (TooLong(request.Reason) is { } tooLong)
        {
            return tooLong;
        }

        var approver = who.Identity!.Name!;
        if (request.Force)
        {
            var (lifted, suspension) = board.LiftByForce(id, request.Reason ?? "", approver);
            return lifted switch
            {
                LiftVerdict.Lifted => OpsApi.Json(SuspensionAnswer.Of(suspension!, time.GetUtcNow(), resumes.Of(suspension!))),
                LiftVerdict.SameAuthor => Answer(id, ResumeVerdict.SameAuthor, store, resumes, time),
                LiftVerdict.AlreadyLifted => Answer(id, ResumeVerdict.AlreadyLifted, store, resumes, time),
                LiftVerdict.NumbersWentBack => Answer(id, ResumeVerdict.NumbersWentBack, store, resumes, time),
                _ => OpsApi.NoSuchSuspension(id),
            };
        }

        var wish = request.Plan is { } plan
            ? new PlanWish(
                plan.AllowLinks ?? [], plan.AllowDevices ?? [],
                plan.Stages?.Where(stage => stage.Percent != 100).Select(stage => new ResumeStage(stage.Percent, Minutes(stage.Minutes))).ToList())
            : PlanWish.Default;
        var (verdict, wrong) = resume.Start(id, wish, request.Reason ?? "", approver);
        return verdict is ResumeVerdict.WrongPlan ? OpsApi.Wrong(wrong!) : Answer(id, verdict, store, resumes, time);
    }

    private static async Task<IResult> Advance(
        string id, HttpContext context, ClaimsPrincipal who, SuspensionStore store, StagedResume resume, ResumeViews resumes, TimeProvider time)
    {
        var (request, unreadable) = await OpsApi.Read<AdvanceRequest>(context);
        if (request is null)
        {
            return unreadable!;
        }

        if (TooLong(request.Reason) is { } tooLong)
        {
            return tooLong;
        }

        var (verdict, open) = resume.Advance(id, request.Reason ?? "", who.Identity!.Name!, request.Force);
        return verdict is ResumeVerdict.NotYet
            ? OpsApi.Problem(
                StatusCodes.Status409Conflict,
                $"Not yet: {string.Join(' ', open.Select(gate => $"{gate.Name}: {gate.Says}"))} "
                + (open.Any(gate => gate.State is GateState.Fails)
                    ? "A gate fails, so all of it is suspended again in a moment."
                    : "Send \"force\": true to go on nevertheless; the audit trail records it."))
            : Answer(id, verdict, store, resumes, time);
    }

    private static async Task<IResult> Back(
        string id, HttpContext context, ClaimsPrincipal who, SuspensionStore store, StagedResume resume, ResumeViews resumes, TimeProvider time)
    {
        var (request, unreadable) = await OpsApi.Read<BackRequest>(context);
        return request is null ? unreadable!
            : TooLong(request.Reason) ?? Answer(id, resume.Back(id, request.Reason ?? "", who.Identity!.Name!, request.All), store, resumes, time);
    }

    private static IResult Answer(string id, ResumeVerdict verdict, SuspensionStore store, ResumeViews resumes, TimeProvider time)
    {
        if (store.Find(id) is not { } suspension)
        {
            return OpsApi.NoSuchSuspension(id);
        }

        return verdict switch
        {
            ResumeVerdict.Done => OpsApi.Json(SuspensionAnswer.Of(suspension, time.GetUtcNow(), resumes.Of(suspension)), StatusCodes.Status202Accepted),
            ResumeVerdict.SameAuthor => OpsApi.Problem(StatusCodes.Status403Forbidden, "You raised this suspension. Somebody else with the role Approver lifts it."),
            ResumeVerdict.AlreadyLifted => OpsApi.Problem(StatusCodes.Status409Conflict, $"It was lifted by {suspension.LiftedBy} at {suspension.LiftedAt:O}."),
            ResumeVerdict.NumbersWentBack => OpsApi.Problem(StatusCodes.Status409Conflict, $"{SuspensionWords.NumbersWentBack} POST /ops/v1/suspensions/rebase, then lift."),
            ResumeVerdict.AlreadyResuming => OpsApi.Problem(
                StatusCodes.Status409Conflict, "It is being resumed already: GET …/resume shows the stage, POST …/resume/advance goes on, \"force\": true ends it at once."),
            _ => OpsApi.Problem(StatusCodes.Status409Conflict, "It is not being resumed: all of it is suspended. POST …/lift starts the staged plan."),
        };
    }

    private static IResult? TooLong(string? reason) =>
        reason is { Length: > SuspensionOrder.TextLengthMax } ? OpsApi.Wrong($"reason has at most {SuspensionOrder.TextLengthMax} characters.") : null;

    /// <summary>What can't be a time is none; the plan says what it may be.</summary>
    private static TimeSpan Minutes(double minutes) => minutes is > 0 and < 1_000_000 ? TimeSpan.FromMinutes(minutes) : TimeSpan.Zero;
}
