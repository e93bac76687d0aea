using System.Globalization;
using System.Security.Claims;
using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>What all pages of the console have around them: who, when, and the way to the others.</summary>
internal sealed record ConsoleFrame(string Who, DateTimeOffset Time, string Path, AntiforgeryTokenSet Antiforgery)
{
    private static readonly (string Path, string Name)[] Pages =
    [
        ("/", "Switch"),
        (IsolationPage.Path, "Isolation"),
        (VitalsPage.Path, "Vitals"),
        (DoctorPages.Path, "Link doctor"),
        (DeviceProblemsPage.Path, "Device problems"),
        (EvidencePage.Path, "Evidence"),
        (WhoSawPage.Path, "Who saw what"),
    ];

    public static ConsoleFrame Of(HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time) =>
        new(who.Identity!.Name!, time.GetUtcNow(), context.Request.Path.Value is { Length: > 1 } path ? path : "/", antiforgery.GetAndStoreTokens(context));

    public Page Page(string title, Html body, int status = StatusCodes.Status200OK, int? refreshSeconds = null) => new(title, Html.Of($"""
        <header class="bar">
        <strong>HomeBridge on call</strong>
        <span>{Utc(Time)}</span>
        <form method="post" action="{Console.SignOutPath}">{Hidden(Antiforgery)}<button type="submit">Sign out {Who}</button></form>
        </header>
        <nav class="tabs" aria-label="Console">
        {Html.Join(Pages.Select(page => Html.Of($"<a href=\"{page.Path}\"{(page.Path == Path ? new Html(" aria-current=\"page\"") : Html.Empty)}>{page.Name}</a>\n")))}
        </nav>
        <main class="console">
        {body}
        </main>
        """), status)
    {
        RefreshSeconds = refreshSeconds,
    };

    public static string Utc(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>For tables of what happened within the last day.</summary>
    public static string Short(DateTimeOffset time) => time.ToUniversalTime().ToString("d MMM HH:mm:ss", CultureInfo.InvariantCulture);

    public static Html Hidden(AntiforgeryTokenSet tokens) =>
        Html.Of($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\">");
}
