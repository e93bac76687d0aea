using System.Security.Claims;

namespace HomeBridge.OpsConsole;

/// <summary>Who saw what over the ops API.</summary>
internal static class LedgerApi
{
    public static void MapLedger(this IEndpointRouteBuilder api)
    {
        var ledger = api.MapGroup("/ledger").RequireAuthorization(OpsConsoleFeature.ApiPolicy(OperatorRoles.Auditor));
        ledger.MapGet("", (HttpContext context, ClaimsPrincipal who, LedgerQuery query) =>
        {
            var (question, wrong) = query.Read(context.Request.Query);
            return question is null ? Results.Problem(wrong, statusCode: StatusCodes.Status400BadRequest) : Answer(query, question, who);
        });
        ledger.MapGet("/verify", (ClaimsPrincipal who, LedgerQuery query) =>
        {
            var check = query.Verify(who);
            return Results.Json(new { check.Intact, check.Rows, check.Units, check.FirstBadRow, check.Problem }, OpsJson.Options);
        });
    }

    /// <summary>Unit hashes are read from the ledger while they are written to the caller.</summary>
    private static IResult Answer(LedgerQuery query, LedgerQuestion question, ClaimsPrincipal who)
    {
        var (seen, next) = query.Ask(question, who);
        return Results.Json(
            new
            {
                question.From,
                question.To,
                Sessions = seen.Select(one => new
                {
                    one.Session.Grant,
                    one.Session.Platform,
                    one.Session.AccountLink,
                    one.Session.Account,
                    one.Session.Device,
                    one.Session.Vendor,
                    one.Session.VendorDeviceId,
                    one.Session.Gateway,
                    one.FirstRelease,
                    one.LastRelease,
                    one.Units,
                    one.Bytes,
                    Released = question.Units
                        ? query.Units(one).Select(unit => new { Kind = LedgerWords.Kind(unit), unit.Sequence, unit.Sha256, unit.Bytes, unit.Cut, unit.At })
                        : null,
                }),
                Next = next,
            },
            OpsJson.Options);
    }
}
