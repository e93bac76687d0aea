using System.Security.Claims;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Canaries;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Isolation;
using HomeBridge.Ledger;
using HomeBridge.LinkDoctor;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace HomeBridge.OpsConsole;

/// <summary>The console's door.</summary>
internal sealed class Console(OperatorOptions operators)
{
    public const string SignInPath = "/sign-in";
    public const string SignOutPath = "/sign-out";

    public static IResult SignInPage(HttpContext context, IAntiforgery antiforgery, string? wrong = null) =>
        ConsolePages.SignIn(antiforgery.GetAndStoreTokens(context), wrong);

    public async Task<IResult> SignIn(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return SignInPage(context, antiforgery, "This page was open for too long. Try again.");
        }

        if (operators.Find(form["token"].ToString().Trim(), OpsConsoleFeature.CookieScheme) is not { } principal)
        {
            return SignInPage(context, antiforgery, "That is not an operator's token.");
        }

        await context.SignInAsync(OpsConsoleFeature.CookieScheme, principal);
        return Redirects.SeeOther("/");
    }

    public static async Task<IResult> SignOut(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not null && await antiforgery.IsRequestValidAsync(context))
        {
            await context.SignOutAsync(OpsConsoleFeature.CookieScheme);
        }

        return Redirects.SeeOther(SignInPath);
    }
}

/// <summary>The console's routes.</summary>
internal static class ConsoleRoutes
{
    public static void MapConsole(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Console.SignInPath, (HttpContext context, IAntiforgery antiforgery) => Console.SignInPage(context, antiforgery));
        endpoints.MapPost(Console.SignInPath, (HttpContext context, Console console, IAntiforgery antiforgery) => console.SignIn(context, antiforgery));
        var pages = endpoints.MapGroup("").RequireAuthorization(
            OpsConsoleFeature.ConsolePolicy(OperatorRoles.Operator, OperatorRoles.Approver, OperatorRoles.Auditor));
        pages.MapPost(Console.SignOutPath, (HttpContext context, IAntiforgery antiforgery) => Console.SignOut(context, antiforgery));
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
        pages.MapGet(CanariesPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, CanaryBoard canaries, CanaryPictures pictures) =>
            CanariesPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), canaries, pictures, time));
        pages.MapGet(AuditPage.Path, (HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, AuditTrail audit) =>
            AuditPage.Show(ConsoleFrame.Of(context, who, antiforgery, time), context, audit));
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
