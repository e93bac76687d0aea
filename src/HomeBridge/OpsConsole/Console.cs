using System.Security.Claims;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Canaries;
using HomeBridge.Devices;
using HomeBridge.Drills;
using HomeBridge.EvidencePolicy;
using HomeBridge.Isolation;
using HomeBridge.Ledger;
using HomeBridge.LinkDoctor;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>Where the console's door is.</summary>
internal static class Console
{
    public const string SignInPath = "/sign-in";
    public const string SignOutPath = "/sign-out";
}

/// <summary>The console's routes.</summary>
internal static class ConsoleRoutes
{
    public static void MapConsole(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Console.SignInPath, (HttpContext context, ConsoleSignIn door, IAntiforgery antiforgery) => door.Page(context, antiforgery));
        endpoints.MapPost(Console.SignInPath, (HttpContext context, ConsoleSignIn door, IAntiforgery antiforgery) => door.ByToken(context, antiforgery));
        endpoints.MapPost(ConsoleSignIn.BreakGlassPath, (HttpContext context, ConsoleSignIn door, IAntiforgery antiforgery) => door.ByBreakGlass(context, antiforgery));
        endpoints.MapGet(EntraSignIn.BeginPath, (HttpContext context, ConsoleSignIn door, IAntiforgery antiforgery) => door.BeginEntra(context, antiforgery));
        endpoints.MapGet(EntraSignIn.BackPath, (HttpContext context, ConsoleSignIn door, IAntiforgery antiforgery) => door.FinishEntra(context, antiforgery));
        var pages = endpoints.MapGroup("").RequireAuthorization(
            OpsConsoleFeature.ConsolePolicy(OperatorRoles.Operator, OperatorRoles.Approver, OperatorRoles.Auditor));
        pages.MapPost(Console.SignOutPath, (HttpContext context, IAntiforgery antiforgery) => ConsoleSignIn.SignOut(context, antiforgery));
        pages.MapGet(LiveEvents.Path, LiveEvents.Follow);
        pages.MapGet("/", (HttpContext context, ClaimsPrincipal who, NowPage page, IAntiforgery antiforgery, TimeProvider time) =>
            page.Show(ConsoleFrame.Of(context, who, antiforgery, time)));
        pages.MapGet(SuspendPage.Path, (HttpContext context, ClaimsPrincipal who, SuspendPage page, IAntiforgery antiforgery, TimeProvider time) =>
            page.Show(context, ConsoleFrame.Of(context, who, antiforgery, time)));
        pages.MapPost(SuspendPage.Path, (HttpContext context, ClaimsPrincipal who, SuspendPage page, IAntiforgery antiforgery, TimeProvider time) =>
            page.Raise(context, who, ConsoleFrame.Of(context, who, antiforgery, time), antiforgery)).RequireAuthorization(OpsConsoleFeature.ConsolePolicy(OperatorRoles.Operator));
        pages.MapGet(SuspensionsPage.Path, (HttpContext context, ClaimsPrincipal who, SuspensionStore store, IAntiforgery antiforgery, TimeProvider time) =>
            SuspensionsPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), store));
        pages.MapGet(SuspensionsPage.Path + "/{id}", (string id, HttpContext context, ClaimsPrincipal who, SuspensionPage page, IAntiforgery antiforgery, TimeProvider time) =>
            page.Show(ConsoleFrame.Of(context, who, antiforgery, time), id));
        pages.MapPost(SuspensionsPage.Path + "/{id}" + SuspensionPage.ResumePath, (string id, HttpContext context, ClaimsPrincipal who, SuspensionPage page, IAntiforgery antiforgery, TimeProvider time) =>
            page.Resume(context, who, ConsoleFrame.Of(context, who, antiforgery, time), antiforgery, id)).RequireAuthorization(OpsConsoleFeature.ConsolePolicy(OperatorRoles.Operator, OperatorRoles.Approver));
        pages.MapGet(ExplainPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, Explanations explanations, DeviceCloudHealth health, string? id) =>
            ExplainPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), explanations, health, id));
        pages.MapGet(LinksPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, AccountLinks links, AuditTrail audit, string? find) =>
            LinksPage.Found(ConsoleFrame.Of(context, who, antiforgery, time), find, links, audit));
        pages.MapGet(CanariesPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, CanaryBoard canaries, CanaryPictures pictures, DrillStore drills) =>
            CanariesPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), canaries, pictures, drills, time));
        pages.MapGet(AuditPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, AuditTrail audit, AuditHeads heads) =>
            AuditPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), context, audit, heads));
        pages.MapGet(IsolationPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, IsolationMonitor monitor, SuspensionBoard board) =>
            IsolationPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), monitor.Report(), board));
        pages.MapGet(VitalsPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, QualityFigures figures, string? window) =>
            VitalsPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), figures, window));
        pages.MapGet(DoctorPages.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, Doctor doctor, string? find) =>
            DoctorPages.Show(ConsoleFrame.Of(context, who, antiforgery, time), doctor, find));
        pages.MapGet(DeviceProblemsPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, DeviceProblems problems) =>
            DeviceProblemsPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), problems));
        pages.MapGet(EvidencePage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, EvidenceGrades grades, DeviceCloudOptions maker) =>
            EvidencePage.Show(ConsoleFrame.Of(context, who, antiforgery, time), grades, maker, who.IsInRole(OperatorRoles.Approver)));
        pages.MapPost(EvidencePage.Path, EvidencePage.Decide).RequireAuthorization(OpsConsoleFeature.ConsolePolicy(OperatorRoles.Approver));
        pages.MapGet(WhoSawPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, LedgerQuery query, ReleaseLedger ledger) =>
            WhoSawPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), context, who, query, ledger));
    }
}
