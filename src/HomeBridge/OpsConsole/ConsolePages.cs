using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>The console's pages. No script: they work when everything else is on fire.</summary>
internal static class ConsolePages
{
    public static IResult SignIn(AntiforgeryTokenSet antiforgery, string? wrong) => new Page(
        "HomeBridge on call",
        Html.Of($"""
            <main class="card">
            <p class="eyebrow">HomeBridge on call</p>
            <h1>Sign in</h1>
            {(wrong is null ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{wrong}</p>"))}
            <form method="post" action="{Console.SignInPath}">
            {ConsoleFrame.Hidden(antiforgery)}
            <label class="field">Operator token <input type="password" name="token" autocomplete="off" autofocus required></label>
            <div class="actions"><button class="primary" type="submit">Sign in</button></div>
            </form>
            </main>
            """),
        wrong is null ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized);
}
