using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>The pages around signing in at the console.</summary>
internal static class SignInPages
{
    public static IResult SignIn(AntiforgeryTokenSet antiforgery, bool byEntra, bool byBreakGlass, bool byToken, string? wrong, int status) => new Page(
        "HomeBridge on call",
        Html.Of($"""
            <main class="card">
            <p class="eyebrow">HomeBridge on call</p>
            <h1>Sign in</h1>
            {(wrong is null ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{wrong}</p>"))}
            {(byToken ? Token(antiforgery) : Html.Empty)}
            {(byEntra ? Html.Of($"<p><a href=\"{EntraSignIn.BeginPath}\">Sign in with Microsoft Entra ID</a></p>") : Html.Empty)}
            {(byBreakGlass ? BreakGlassForm(antiforgery) : Html.Empty)}
            {(byToken || byEntra || byBreakGlass ? Html.Empty : Html.Of($"<p class=\"empty\">Nobody can sign in here: neither AzureAd:ClientId nor Operators:BreakGlassFile is set. The ops API takes bearer tokens, and hbctl uses it.</p>"))}
            </main>
            """),
        status);

    /// <summary>Shown for the blink of an eye, or as long as a browser doesn't follow the header.</summary>
    public static IResult Entered(string who) => new Page("HomeBridge on call", Html.Of($"""
        <main class="card">
        <p class="eyebrow">HomeBridge on call</p>
        <h1>Signed in as {who}</h1>
        <p><a href="/" autofocus>Go on to the console</a></p>
        </main>
        """));

    private static Html Token(AntiforgeryTokenSet antiforgery) => Html.Of($"""
        <form method="post" action="{Console.SignInPath}">
        {ConsoleFrame.Hidden(antiforgery)}
        <label class="field">Operator token <input type="password" name="token" autocomplete="off" autofocus required></label>
        <div class="actions"><button class="primary" type="submit">Sign in</button></div>
        </form>
        """);

    private static Html BreakGlassForm(AntiforgeryTokenSet antiforgery) => Html.Of($"""
        <details>
        <summary>Break glass: the identity provider is away</summary>
        <p>Each use raises an alarm and is reviewed.</p>
        <form method="post" action="{ConsoleSignIn.BreakGlassPath}">
        {ConsoleFrame.Hidden(antiforgery)}
        <label class="field">Name <input name="name" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="64" required></label>
        <label class="field">Secret <input type="password" name="secret" autocomplete="off" required></label>
        <div class="actions"><button type="submit">Break glass</button></div>
        </form>
        </details>
        """);
}
