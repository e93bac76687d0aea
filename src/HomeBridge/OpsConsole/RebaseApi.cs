using System.Security.Claims;
using System.Text.Json;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>What an operator sends to propose a new numbering, or an approver to take it.</summary>
internal sealed record RebaseRequest(string? Reason, string? Confirm);

/// <summary>
/// After a backup was restored, versions have gone back and everybody keeps the stricter union. Two people end that: an
/// Operator proposes, an Approver who is another one confirms.
/// </summary>
internal static class RebaseApi
{
    private const int BodyBytesMax = 64 * 1024;

    public static void MapRebase(this IEndpointRouteBuilder api)
    {
        api.MapGet("/suspensions/rebase", (SuspensionReplica replica, SuspensionNumbering numbering) => Results.Json(Of(replica, numbering), OpsJson.Options));
        api.MapPost("/suspensions/rebase", Rebase).RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Operator, OperatorRoles.Approver));
    }

    private static async Task<IResult> Rebase(
        HttpContext context, ClaimsPrincipal who, SuspensionBoard board, SuspensionReplica replica, SuspensionNumbering numbering, CancellationToken cancel)
    {
        RebaseRequest? request = null;
        try
        {
            request = context.Request.ContentLength > BodyBytesMax
                ? null
                : await JsonSerializer.DeserializeAsync<RebaseRequest>(context.Request.Body, OpsJson.Options, cancel);
        }
        catch (JsonException)
        {
            // Said below.
        }

        if (request is null)
        {
            return Problem(StatusCodes.Status400BadRequest, "Send {\"reason\":\"…\"} to propose, or {\"confirm\":\"reb_…\"} to confirm what somebody else proposed.");
        }

        var name = who.Identity!.Name!;
        if (request.Confirm is not { } id)
        {
            if (!who.IsInRole(OperatorRoles.Operator))
            {
                return Problem(StatusCodes.Status403Forbidden, "An Operator proposes; an Approver confirms.");
            }

            if (request.Reason is not { Length: > 0 and <= SuspensionOrder.TextLengthMax } reason)
            {
                return Problem(StatusCodes.Status400BadRequest, $"reason is needed: why the numbers went back, up to {SuspensionOrder.TextLengthMax} characters.");
            }

            numbering.Propose(name, reason);
            return Results.Json(Of(replica, numbering), OpsJson.Options, statusCode: StatusCodes.Status202Accepted);
        }

        if (!who.IsInRole(OperatorRoles.Approver))
        {
            return Problem(StatusCodes.Status403Forbidden, "You proposed or you are no Approver: somebody else with the role Approver confirms.");
        }

        var verdict = numbering.Confirm(id, name, replica.Memory);
        if (verdict is RebaseVerdict.Rebased)
        {
            board.Reload();
        }

        return verdict switch
        {
            RebaseVerdict.Rebased => Results.Json(Of(replica, numbering), OpsJson.Options),
            RebaseVerdict.SameAuthor => Problem(StatusCodes.Status403Forbidden, "You proposed this. Somebody else with the role Approver confirms it."),
            _ => Problem(StatusCodes.Status404NotFound, $"No proposal '{id}' waits: it was confirmed, or it is older than {SuspensionNumbering.ProposalFor.TotalMinutes:0} minutes. Propose again."),
        };
    }

    private static object Of(SuspensionReplica replica, SuspensionNumbering numbering)
    {
        var memory = replica.Memory;
        var pending = numbering.Pending();
        return new
        {
            WentBack = memory?.WentBack == true,
            memory?.Told.Epoch,
            memory?.Told.Snapshot.Version,
            WentBackFrom = memory?.Floor,
            Proposal = pending is null ? null : new { pending.Id, pending.ProposedBy, pending.ProposedAt, pending.Reason, ExpiresAt = pending.ProposedAt + SuspensionNumbering.ProposalFor },
            EndsWithIt = (memory is null ? [] : SuspensionNumbering.OnlyRemembered(memory)).Select(entry => new { entry.Id, entry.Scope, Effects = OpsJson.Names(entry.Effects) }),
        };
    }

    private static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);
}
