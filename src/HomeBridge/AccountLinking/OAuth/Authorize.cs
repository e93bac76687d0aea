using System.Text.Json;
using HomeBridge.AccountLinking.Consents;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
using HomeBridge.LinkDoctor;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// The authorization endpoint (RFC 6749 section 3.1): checks the request, shows who asks, and sends the resident on to
/// sign in and choose devices. Nothing is stored before somebody presses Continue.
/// </summary>
internal sealed class Authorize(
    AccountLinkingOptions options, DeviceCloudOptions maker, LinkingAttempts attempts, SuspensionBoard suspensions,
    ResidentSignInOptions signIn, OAuthLimits limits, LinkingBrowser browsers, Steps steps, IDataProtectionProvider protection)
{
    public const string Path = "/oauth/authorize";
    public const string Continue = "continue";
    public const string Cancel = "cancel";

    private readonly ITimeLimitedDataProtector _protector =
        protection.CreateProtector("authorization-request").ToTimeLimitedDataProtector();

    public IResult Show(HttpContext context, IAntiforgery antiforgery) =>
        ShowFor(AuthorizationRequest.Read(context.Request.Query, options.Clients), context, antiforgery);

    /// <summary>The form of page one; or an authorization request that was posted, which RFC 6749 allows.</summary>
    public async Task<IResult> Post(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form)
        {
            return LinkingPages.Stopped(
                steps, null, LinkingSteps.Continued, "form_unreadable");
        }

        if (!form.ContainsKey("request"))
        {
            return ShowFor(AuthorizationRequest.Read(form.Concat(context.Request.Query), options.Clients), context, antiforgery);
        }

        var request = Unprotect(form["request"]);
        if (!await antiforgery.IsRequestValidAsync(context) || request is null || !options.Clients.TryGetValue(request.ClientId, out var client))
        {
            return LinkingPages.Stopped(
                steps, request?.Reference, LinkingSteps.Continued, "page_expired");
        }

        if (form["decision"] != Continue)
        {
            steps.Note(request.Reference, LinkingSteps.Continued, "denied");
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.AccessDenied, options.PublicUrl));
        }

        if (IsFrozen(client))
        {
            steps.Note(request.Reference, LinkingSteps.Continued, "linking_frozen");
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
        }

        var browser = browsers.FindOrBegin(context);
        if (limits.Attempted(FailureCounts.AddressOf(context)) is not null || attempts.Begin(request, browser) is not { } attempt)
        {
            steps.Note(request.Reference, LinkingSteps.Continued, "too_many_attempts");
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
        }

        steps.Note(request.Reference, LinkingSteps.Continued, Steps.Ok);
        var next = $"{(client.IsPublic ? CompanionConfirmation.Path : Consent.Path)}?attempt={attempt}";
        if (request.PromptsLogin || ResidentSignIn.Require(context) is not { } resident)
        {
            return ResidentSignIn.Ask(next, request.Reference, request.PromptsLogin);
        }

        steps.NoteSignedIn(request.Reference, resident.Vendor, resident.Account, "was signed in already");
        return Redirects.SeeOther(next);
    }

    private IResult ShowFor(AuthorizationRequest.Reading reading, HttpContext context, IAntiforgery antiforgery)
    {
        Languages.Begin(context, IsHttps(context));
        var reference = Journeys.NewReference();
        switch (reading)
        {
            case AuthorizationRequest.Reading.Problem problem:
                return LinkingPages.Stopped(steps, reference, LinkingSteps.Asked, problem.Stop, problem.Detail);
            case AuthorizationRequest.Reading.Refused refused:
                steps.Note(reference, LinkingSteps.Asked, refused.Error.Code, $"{refused.Request.ClientId}, {refused.Error.Description}");
                return Redirects.SeeOther(refused.Request.RedirectWithError(refused.Error, options.PublicUrl));
            case AuthorizationRequest.Reading.Good good when IsFrozen(good.Client):
                steps.Note(reference, LinkingSteps.Asked, "linking_frozen", good.Client.ClientId);
                return Redirects.SeeOther(good.Request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
            case AuthorizationRequest.Reading.Good good:
                steps.Note(reference, LinkingSteps.Asked, Steps.Ok, good.Client.ClientId);
                var sealedRequest = _protector.Protect(JsonSerializer.Serialize(good.Request with { Reference = reference }), LinkingAttempts.Lifetime);
                var form = antiforgery.GetAndStoreTokens(context);
                return good.Client.IsPublic
                    ? CompanionPages.WhoAsks(good.Client, maker.Name, sealedRequest, form, [signIn.Origin, good.Request.RedirectOrigin])
                    : LinkingPages.WhoAsks(good.Client, maker.Name, sealedRequest, form, [signIn.Origin, .. Origins(good.Client)]);
            default:
                throw new InvalidOperationException("A reading that does not exist.");
        }
    }

    private bool IsHttps(HttpContext context) => context.Request.IsHttps || options.PublicUrl.StartsWith("https:", StringComparison.Ordinal);

    /// <summary>Whether nobody may link to this platform now.</summary>
    private bool IsFrozen(PlatformClient client) => IsFrozen(client, maker, suspensions);

    internal static bool IsFrozen(PlatformClient client, DeviceCloudOptions maker, SuspensionBoard suspensions) => suspensions.Current.Denies(
        SuspensionEffects.FreezeLinking, new SuspensionFacts(client.Platform, maker.Vendor, null, null, null, null, null), out _);

    internal static IEnumerable<string> Origins(PlatformClient client) =>
        client.RedirectUris.Select(uri => new Uri(uri).GetLeftPart(UriPartial.Authority)).Distinct(StringComparer.Ordinal);

    private AuthorizationRequest? Unprotect(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<AuthorizationRequest>(_protector.Unprotect(text));
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }
}
