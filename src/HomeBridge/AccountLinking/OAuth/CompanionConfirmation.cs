using HomeBridge.AccountLinking.Consents;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.LinkDoctor;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>Where a resident lets the companion app in, or does not: what the device page is to a platform.</summary>
internal sealed class CompanionConfirmation(
    AccountLinkingOptions options, DeviceCloudOptions maker, LinkingAttempts attempts, LinkingBrowser browsers, CompanionTokens companion, AuthorizationCodes codes,
    ResidentSignInOptions signIn, SuspensionBoard suspensions, Database database, Steps steps)
{
    public const string Path = "/oauth/consent/app";
    public const string Agree = "agree";

    public IResult Show(HttpContext context, IAntiforgery antiforgery)
    {
        string? attempt = context.Request.Query["attempt"];
        if (Open(context, attempt) is not { } open)
        {
            return OverOrOtherBrowser(attempt);
        }

        return ResidentSignIn.Require(context) is { } resident && open.Request.Admits(resident)
            ? CompanionPages.Confirm(
                open.Client, resident.Name, attempt!, antiforgery.GetAndStoreTokens(context), [signIn.Origin, open.Request.RedirectOrigin])
            : ResidentSignIn.Ask($"{Path}?attempt={Uri.EscapeDataString(attempt!)}", open.Request.Reference, open.Request.PromptsLogin);
    }

    public async Task<IResult> Post(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form)
        {
            return Stopped(null, "form_unreadable");
        }

        var attempt = form["attempt"].ToString();
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Stopped(attempts.ReferenceOf(attempt), "page_expired");
        }

        if (Open(context, attempt) is not { } open)
        {
            return OverOrOtherBrowser(attempt);
        }

        var (request, client) = open;
        if (form["decision"] != Agree)
        {
            database.Write(transaction => LinkingAttempts.Finish(transaction, attempt));
            steps.Note(request.Reference, LinkingSteps.Consented, "denied");
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.AccessDenied, options.PublicUrl));
        }

        if (ResidentSignIn.Require(context) is not { } resident || !request.Admits(resident))
        {
            return ResidentSignIn.Ask($"{Path}?attempt={Uri.EscapeDataString(attempt)}", request.Reference, request.PromptsLogin);
        }

        if (Authorize.IsFrozen(client, maker, suspensions))
        {
            steps.Note(request.Reference, LinkingSteps.Consented, "linking_frozen");
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
        }

        var (code, session, isFirst) = database.Write<(string?, string?, bool)>(transaction =>
        {
            if (!ResidentSessions.Stands(transaction, resident) || !LinkingAttempts.Finish(transaction, attempt))
            {
                return (null, null, false);
            }

            var session = companion.Confirm(transaction, client, resident.Vendor, resident.Account, resident.SignedInAt);
            return (session is null ? null : codes.Issue(transaction, session, request), session, true);
        });
        if (code is null)
        {
            return isFirst
                ? Stopped(request.Reference, "too_many_apps", options.LinksPerAccountMax)
                : Stopped(request.Reference, "sent_twice");
        }

        steps.NoteLinked(request.Reference, session!, "companion app, no devices");
        return Redirects.SeeOther(request.RedirectWithCode(code, options.PublicUrl));
    }

    /// <summary>The attempt of this browser, if it is a public client's.</summary>
    private (AuthorizationRequest Request, PlatformClient Client)? Open(HttpContext context, string? attempt) =>
        attempts.Find(attempt, browsers.Find(context)) is { } request
        && options.Clients.TryGetValue(request.ClientId, out var client) && client.IsPublic
            ? (request, client)
            : null;

    private IResult OverOrOtherBrowser(string? attempt) => Stopped(
        attempts.ReferenceOf(attempt), "over_or_other_browser");

    private IResult Stopped(string? reference, string stop, params object[] values) =>
        LinkingPages.Stopped(steps, reference, LinkingSteps.Consented, stop, null, values);
}
