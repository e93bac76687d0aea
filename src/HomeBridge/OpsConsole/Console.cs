using System.Security.Claims;
using HomeBridge.AccountLinking;
using HomeBridge.Canaries;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Gateways;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Isolation;
using HomeBridge.Ledger;
using HomeBridge.LinkDoctor;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Vitals;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>The plain console: what is in force, who confirmed it, and the button.</summary>
internal sealed class Console(
    SuspensionOrders orders, SuspensionStore store, SuspensionBoard board, Replicas replicas,
    AccountLinks links, DeviceCloudOptions maker, CanaryBoard canaries, CanaryPictures pictures, TimeProvider time)
{
    public const string SignInPath = "/sign-in";
    public const string SignOutPath = "/sign-out";
    public const string SuspendPath = "/suspend";
    public const string LiftPath = "/lift";

    private static readonly TimeSpan WaitForConfirmation = TimeSpan.FromSeconds(5);
    private const int ShownMax = 20;

    public IResult Now(HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery) => Show(context, who, antiforgery, null, null);

    public async Task<IResult> Suspend(HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return Redirects.SeeOther("/");
        }

        string? Of(string name) => string.IsNullOrWhiteSpace(form[name]) ? null : form[name].ToString().Trim();
        var (order, wrong) = orders.Read(new SuspensionRequest(
            SuspensionPresets.CameraLeak,
            new SuspensionScope(Platform: Of("platform"), Vendor: Of("vendor"), AccountLink: Of("account_link"), Device: Of("device")),
            Effects: null,
            Of("reason"),
            Of("incident")));
        if (order is null)
        {
            return Show(context, who, antiforgery, wrong, null);
        }

        var raisedAt = time.GetTimestamp();
        if (board.Raise(order, who.Identity!.Name!, who.SuspensionOrigin()) is not { } suspension)
        {
            return Show(context, who, antiforgery, "Too many suspensions are in force. Lift some, or raise a wider one.", null);
        }

        var confirmations = await replicas.WaitFor(suspension.Version, raisedAt, WaitForConfirmation, context.RequestAborted);
        return Show(context, who, antiforgery, orders.Warnings(suspension.Scope) is { } slips ? string.Join(' ', slips) : null, confirmations);
    }

    public async Task<IResult> Lift(HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return Redirects.SeeOther("/");
        }

        var (verdict, _) = board.LiftByForce(form["id"].ToString(), "lifted in the console", who.Identity!.Name!);
        return verdict is LiftVerdict.Lifted
            ? Redirects.SeeOther("/")
            : Show(context, who, antiforgery, verdict is LiftVerdict.SameAuthor ? "You raised it: somebody else lifts it." : "It is not in force any more.", null);
    }

    private IResult Show(
        HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, string? wrong, IReadOnlyList<ReplicaConfirmation>? confirmations) =>
        ConsolePages.Now(
            ConsoleFrame.Of(context, who, antiforgery, time) with { Path = "/" },
            new ConsoleView(
                who.IsInRole(OperatorRoles.Operator),
                who.IsInRole(OperatorRoles.Approver),
                board.Current.Version,
                [.. store.All(ShownMax)],
                replicas.All,
                [.. links.Live(ShownMax).Select(one => (one.Link, one.Devices.Length))],
                maker.Vendor,
                confirmations,
                CanaryViews.Section(canaries, pictures, time),
                wrong));
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
        pages.MapGet("/", (HttpContext context, ClaimsPrincipal who, Console console, IAntiforgery antiforgery) => console.Now(context, who, antiforgery));
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
        pages.MapPost(Console.SuspendPath, (HttpContext context, ClaimsPrincipal who, Console console, IAntiforgery antiforgery) => console.Suspend(context, who, antiforgery))
            .RequireAuthorization(OpsConsoleFeature.ConsolePolicy(OperatorRoles.Operator));
        pages.MapPost(Console.LiftPath, (HttpContext context, ClaimsPrincipal who, Console console, IAntiforgery antiforgery) => console.Lift(context, who, antiforgery))
            .RequireAuthorization(OpsConsoleFeature.ConsolePolicy(OperatorRoles.Approver));
    }
}
