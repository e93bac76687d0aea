using System.Globalization;
using System.Security.Claims;
using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>What all pages of the console have around them: who, when, the switch, and the way to the others.</summary>
internal sealed record ConsoleFrame(string Who, DateTimeOffset Time, string Path, AntiforgeryTokenSet Antiforgery)
{
    private static readonly (string Group, (string Path, string Name)[] Pages)[] Groups =
    [
        ("Switch", [("/", "Now"), (SuspendPage.Path, "Suspend"), (SuspensionsPage.Path, "Suspensions")]),
        ("Why", [(ExplainPage.Path, "Explain"), (LinksPage.Path, "Links"), (DoctorPages.Path, "Link doctor"), (DeviceProblemsPage.Path, "Device problems")]),
        ("Proof", [(IsolationPage.Path, "Isolation"), (EvidencePage.Path, "Evidence"), (CanariesPage.Path, "Canaries"), (VitalsPage.Path, "Vitals")]),
        ("Records", [(WhoSawPage.Path, "Who saw what"), (AuditPage.Path, "Audit")]),
    ];

    /// <summary>What the reader may do.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    public static ConsoleFrame Of(HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time) =>
        new(who.Identity!.Name!, time.GetUtcNow(), context.Request.Path.Value is { Length: > 1 } path ? path : "/", antiforgery.GetAndStoreTokens(context))
        {
            Roles = [.. ((string[])[OperatorRoles.Operator, OperatorRoles.Approver, OperatorRoles.Auditor]).Where(who.IsInRole)],
        };

    public bool Is(string role) => Roles.Contains(role);

    /// <summary>A page in the frame.</summary>
    /// <param name="title">In the browser's tab.</param>
    /// <param name="body">What stands between bar and menu. Parts with <c>data-part</c> are swapped when the page is asked for again.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="live">The events after which a browser asks for the page again.</param>
    /// <param name="every">Without events, or without script: the seconds after which it does.</param>
    public Page Page(string title, Html body, int status = StatusCodes.Status200OK, string? live = null, int? every = null) => new($"{title} · HomeBridge", Html.Of($"""
        <div class="ops">
        <header class="bar">
        <a class="brand" href="/" accesskey="n" data-key="n">HomeBridge <span>on call</span></a>
        <span class="asof" data-part="clock">as of {Moment(Time)}</span>
        {(Path == SuspendPage.Path ? Html.Empty : Html.Of($"<a class=\"button danger\" href=\"{SuspendPage.Path}?preset=camera-leak\" accesskey=\"s\" data-key=\"s\">Suspend <kbd>S</kbd></a>"))}
        <a class="button tomenu" href="#menu">Menu</a>
        </header>
        <p id="offline" class="notice" role="alert" hidden></p>
        <main class="console"{(live is null ? Html.Empty : Html.Of($" data-live=\"{live}\""))}{(live is null && every is { } seconds ? Html.Of($" data-every=\"{seconds}\"") : Html.Empty)}>
        {(live is null && every is not null ? Html.Of($"<div data-part=\"body\">{body}</div>") : body)}
        </main>
        <nav id="menu" class="pages" aria-label="Console">
        {Html.Join(Groups.Select(group => Html.Of($"""
            <div><strong>{group.Group}</strong>
            {Html.Join(group.Pages.Select(Entry))}</div>

            """)))}
        <form method="post" action="{Console.SignOutPath}">{Hidden(Antiforgery)}<button type="submit">Sign out</button><small>{Who}<br>{(Roles.Count == 0 ? "no role" : string.Join(", ", Roles))}</small></form>
        <p class="keys"><small><span><kbd>S</kbd> suspend</span> <span><kbd>N</kbd> now</span> <span><kbd>E</kbd> explain</span><br>or <kbd>Alt</kbd> with the key</small> <button type="button" id="keys" class="quiet" hidden>Use single keys</button></p>
        </nav>
        </div>
        """), status)
    {
        HasScript = true,
        Head = Html.Of($"{ConsoleAssets.Head}{((live is null ? every : every ?? WithoutScript) is { } after ? Html.Of($"<noscript><meta http-equiv=\"refresh\" content=\"{after}\"></noscript>") : Html.Empty)}"),
    };

    /// <summary>Seconds after which a live page is asked for again where there is no script.</summary>
    private const int WithoutScript = 5;

    private Html Entry((string Path, string Name) page)
    {
        var here = page.Path == Path || (page.Path != "/" && Path.StartsWith(page.Path + "/", StringComparison.Ordinal));
        return Html.Of($"<a href=\"{page.Path}\"{(page.Path == ExplainPage.Path ? new Html(" accesskey=\"e\" data-key=\"e\"") : Html.Empty)}{(here ? new Html(" aria-current=\"page\"") : Html.Empty)}>{page.Name}</a>\n");
    }

    public static string Utc(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>For tables of what happened within the last day.</summary>
    public static string Short(DateTimeOffset time) => time.ToUniversalTime().ToString("d MMM HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A time as <see cref="Utc"/> says it; the script adds what the reader's clock says.</summary>
    public static Html Moment(DateTimeOffset time) => Html.Of($"<time datetime=\"{Machine(time)}\">{Utc(time)}</time>");

    /// <summary>The same for tables.</summary>
    public static Html When(DateTimeOffset time) => Html.Of($"<time class=\"when\" datetime=\"{Machine(time)}\">{Short(time)}</time>");

    public static Html Hidden(AntiforgeryTokenSet tokens) =>
        Html.Of($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\">");

    public static Html Notice(string? wrong) => wrong is null ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{wrong}</p>");

    private static string Machine(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
