using System.Globalization;
using System.Security.Claims;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace HomeBridge.OpsConsole;

/// <summary>The console's doors for people: Entra ID, a break-glass credential, in the sandbox a token; and the session after them.</summary>
internal sealed class ConsoleSignIn(
    OperatorOptions operators, EntraSignIn entra, BreakGlass breakGlass, SignInLimits limits, RefusalTrail trail, TimeProvider time)
{
    public const string BreakGlassPath = "/sign-in/break-glass";

    /// <summary>A console that nobody touches is signed out.</summary>
    public static readonly TimeSpan SessionIdleMax = TimeSpan.FromMinutes(30);

    /// <summary>A shift. Roles are read at sign-in, so this is how long one that was taken away lasts at most.</summary>
    public static readonly TimeSpan SessionMax = TimeSpan.FromHours(8);

    private const string SinceItem = "since";

    public IResult Page(HttpContext context, IAntiforgery antiforgery, string? wrong = null, int status = StatusCodes.Status200OK) =>
        SignInPages.SignIn(antiforgery.GetAndStoreTokens(context), entra.Configured, breakGlass.Configured, operators.Sandbox.Count > 0, wrong, status);

    public async Task<IResult> ByToken(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return TooOld(context, antiforgery);
        }

        return operators.Find(form["token"].ToString().Trim(), OpsConsoleFeature.CookieScheme) is { } who
            ? await Enter(context, who)
            : Refused(context, antiforgery, "That is not an operator's token.", "a wrong operator token at the console");
    }

    public async Task<IResult> ByBreakGlass(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return TooOld(context, antiforgery);
        }

        var name = form["name"].ToString().Trim();
        return await breakGlass.Check(name, form["secret"].ToString().Trim(), SignInLimits.AddressOf(context), context.RequestAborted) is { } credential
            ? await Enter(context, OperatorIdentity.OfBreakGlass(credential, OpsConsoleFeature.CookieScheme))
            : Refused(context, antiforgery, "That is not a break-glass credential.", "a wrong break-glass credential at the console", BreakGlassSecret.IsName(name) ? name : "");
    }

    public async Task<IResult> BeginEntra(HttpContext context, IAntiforgery antiforgery)
    {
        if (!entra.Configured)
        {
            return Results.NotFound();
        }

        return await entra.Begin(context) is { } address
            ? Redirects.SeeOther(address.AbsoluteUri)
            : Page(context, antiforgery, "Your identity provider can't be reached. A break-glass credential does not need it.", StatusCodes.Status503ServiceUnavailable);
    }

    public async Task<IResult> FinishEntra(HttpContext context, IAntiforgery antiforgery)
    {
        if (!entra.Configured)
        {
            return Results.NotFound();
        }

        var (who, wrong) = await entra.Finish(context);
        if (who is null)
        {
            return Refused(context, antiforgery, wrong!, "signing in with Entra ID failed");
        }

        await SignIn(context, who);

        // A redirect would still count as coming from the provider, and the session's cookie stays at home then.
        context.Response.Headers["Refresh"] = "0; url=/";
        return SignInPages.Entered(who.Identity!.Name!);
    }

    public static async Task<IResult> SignOut(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not null && await antiforgery.IsRequestValidAsync(context))
        {
            await context.SignOutAsync(OpsConsoleFeature.CookieScheme);
        }

        return Redirects.SeeOther(Console.SignInPath);
    }

    /// <summary>Whether a session may go on: not too old, and its break-glass credential not taken away.</summary>
    public bool IsOver(ClaimsPrincipal who, AuthenticationProperties session) =>
        !session.Items.TryGetValue(SinceItem, out var text)
        || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var since)
        || time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(since) >= SessionMax
        || (who.BreakGlassName() is { } name && !breakGlass.StillHas(name));

    public static async Task Validate(CookieValidatePrincipalContext session)
    {
        if (session.HttpContext.RequestServices.GetRequiredService<ConsoleSignIn>().IsOver(session.Principal!, session.Properties))
        {
            session.RejectPrincipal();
            await session.HttpContext.SignOutAsync(OpsConsoleFeature.CookieScheme);
        }
    }

    private async Task<IResult> Enter(HttpContext context, ClaimsPrincipal who)
    {
        await SignIn(context, who);
        return Redirects.SeeOther("/");
    }

    /// <summary>A new session each time: what a browser had before is worth nothing afterwards.</summary>
    private Task SignIn(HttpContext context, ClaimsPrincipal who) => context.SignInAsync(
        OpsConsoleFeature.CookieScheme, who, new AuthenticationProperties(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            [SinceItem] = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        }));

    private IResult TooOld(HttpContext context, IAntiforgery antiforgery) =>
        Page(context, antiforgery, "This page was open for too long. Try again.", StatusCodes.Status401Unauthorized);

    private IResult Refused(HttpContext context, IAntiforgery antiforgery, string wrong, string how, string? name = null)
    {
        var address = SignInLimits.AddressOf(context);
        trail.SignInFailed(address, how);
        if (limits.Failed(address, name) is not { } wait)
        {
            return Page(context, antiforgery, wrong, StatusCodes.Status401Unauthorized);
        }

        SignInLimits.SetRetryAfter(context, wait);
        return Page(context, antiforgery, $"{wrong} Too many failed: wait {Math.Ceiling(wait.TotalMinutes):0} min.", StatusCodes.Status429TooManyRequests);
    }
}
