using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
using HomeBridge.LinkDoctor;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>The page on which a resident chooses devices and agrees, or does not.</summary>
internal sealed class Consent(
    AccountLinkingOptions options, DeviceCloudOptions maker, DeviceCloud deviceCloud, DeviceRegister devices, LinkingAttempts attempts, LinkingBrowser browsers,
    AccountLinks links, IDeviceNames names, AuthorizationCodes codes, ResidentSignInOptions signIn, SuspensionBoard suspensions, Database database, Steps steps,
    TimeProvider time)
{
    public const string Path = "/oauth/consent";
    public const string OtherAccountPath = "/oauth/consent/other-account";

    private static readonly TimeSpan ListBudget = TimeSpan.FromSeconds(5);

    public async Task<IResult> Show(HttpContext context, IAntiforgery antiforgery) =>
        await Open(context, context.Request.Query["attempt"]) switch
        {
            { Problem: { } problem } => problem,
            var open => ShowDevices(Listed(open), context, antiforgery, answers: null, notice: null),
        };

    private Opened Listed(Opened open)
    {
        steps.Note(open.Request!.Reference, LinkingSteps.DevicesListed, open.Devices.Count == 0 ? "no_devices" : Steps.Ok, $"{open.Devices.Count} devices");
        return open;
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

        // Saying no needs neither the maker nor a sign-in.
        if (form["decision"] != LinkingPages.AgreeDecision
            && attempts.Find(attempt, browsers.Find(context)) is { } refused)
        {
            database.Write(transaction => LinkingAttempts.Finish(transaction, attempt));
            steps.Note(refused.Reference, LinkingSteps.Consented, "denied");
            return Redirects.SeeOther(refused.RedirectWithError(OAuthError.AccessDenied, options.PublicUrl));
        }

        var open = await Open(context, attempt);
        if (open.Problem is { } problem)
        {
            return problem;
        }

        var request = open.Request!;

        var answers = ConsentAnswers.Read(form);
        var chosen = open.Devices.Where(device => answers.Devices.Contains(device.Id.Value)).ToList();
        if (chosen.Count == 0 || chosen.Count != answers.Devices.Count)
        {
            steps.Note(request.Reference, LinkingSteps.Consented, "nothing_ticked");
            return ShowDevices(open, context, antiforgery, answers, "nothing_ticked");
        }

        if (await IsAnothers(open, chosen, context.RequestAborted))
        {
            steps.Note(request.Reference, LinkingSteps.Consented, "owner_not_confirmed");
            return LinkingPages.Unavailable(maker.Name, $"{Path}?attempt={attempt}", request.Reference);
        }

        // Asked last, since signing in and choosing took minutes.
        if (Authorize.IsFrozen(open.Client!, maker, suspensions))
        {
            steps.Note(request.Reference, LinkingSteps.Consented, "linking_frozen");
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
        }

        var given = new ConsentGiven(
            PlatformWording.Of(open.Client!.Platform).Version, Languages.Of(context).Name, answers.NewDevices, [.. open.Devices.Select(device => device.Id)])
        {
            Cameras = answers.Cameras(open.Devices),
        };

        // Link, bindings and code, or none of them; the attempt's end decides between two clicks.
        var (code, link, full) = database.Write<(string?, AccountLink?, bool)>(transaction =>
        {
            // Asking the maker took its time: who ended this session, or the account, meanwhile has linked nothing.
            if (!ResidentSessions.Stands(transaction, open.Resident!) || !LinkingAttempts.Finish(transaction, attempt))
            {
                return (null, null, false);
            }

            var link = links.Consent(transaction, open.Client!, maker.Vendor, open.Resident!.Account, chosen, given, options.LinksPerAccountMax);
            names.Remember(transaction, maker.Vendor, open.Resident!.Account, chosen);
            return link is null ? (null, null, true) : (codes.Issue(transaction, link.Id.Value, request), link, false);
        });
        if (code is null)
        {
            return full
                ? Stopped(request.Reference, "too_many_links", options.LinksPerAccountMax)
                : Stopped(request.Reference, "sent_twice");
        }

        steps.NoteLinked(request.Reference, link!.Id.Value, $"{chosen.Count} of {open.Devices.Count} devices");
        return Redirects.SeeOther(request.RedirectWithCode(code, options.PublicUrl));
    }

    private IResult Stopped(string? reference, string stop, params object[] values) =>
        LinkingPages.Stopped(steps, reference, LinkingSteps.Consented, stop, null, values);

    /// <summary>Forgets who is signed in and asks the maker again; the attempt goes on.</summary>
    public async Task<IResult> OtherAccount(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form)
        {
            return Stopped(null, "form_unreadable");
        }

        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Stopped(
                attempts.ReferenceOf(form["attempt"]), "page_expired");
        }

        var attempt = form["attempt"].ToString();
        steps.Note(attempts.ReferenceOf(attempt) ?? "", LinkingSteps.DevicesListed, "other_account");
        await context.SignOutAsync(ResidentSignIn.CookieScheme);
        return ResidentSignIn.Ask($"{Path}?attempt={Uri.EscapeDataString(attempt)}", attempts.ReferenceOf(attempt), otherAccount: true);
    }

    /// <summary>
    /// Whether the maker does not confirm, asked device by device, that a camera or lock belongs to this account. A list
    /// that was mixed up must not bind a stranger's camera.
    /// </summary>
    private async Task<bool> IsAnothers(Opened open, List<IdentifiedDevice> chosen, CancellationToken cancel)
    {
        using var budget = new Deadline(ListBudget, time, cancel);
        try
        {
            foreach (var device in chosen.Where(device => LinkingPages.NeedsOwner(device.Description.Traits)))
            {
                if ((await deviceCloud.Owner(device.Description.VendorDeviceId, budget))?.Account != open.Resident!.Account)
                {
                    return true;
                }
            }

            return false;
        }
        catch (DeviceCloudUnavailableException)
        {
            return true;
        }
    }

    /// <summary>The attempt of this browser, the resident who is signed in and what is in the home; or a page instead.</summary>
    private async Task<Opened> Open(HttpContext context, string? attempt)
    {
        if (attempts.Find(attempt, browsers.Find(context)) is not { } request
            || !options.Clients.TryGetValue(request.ClientId, out var client) || client.IsPublic)
        {
            return Opened.Not(LinkingPages.Stopped(
                steps, attempts.ReferenceOf(attempt), LinkingSteps.DevicesListed, "over_or_other_browser"));
        }

        if (ResidentSignIn.Require(context) is not { } resident || !request.Admits(resident))
        {
            return Opened.Not(ResidentSignIn.Ask($"{Path}?attempt={attempt}", request.Reference, otherAccount: request.PromptsLogin));
        }

        try
        {
            using var budget = new Deadline(ListBudget, time, context.RequestAborted);
            var described = await deviceCloud.ListDevices(resident.Account, budget);
            var identified = devices.Identify(maker.Vendor, described.Devices);
            return new Opened(request, client, attempt, resident, identified, null);
        }
        catch (DeviceCloudUnavailableException)
        {
            steps.Note(request.Reference, LinkingSteps.DevicesListed, "maker_unavailable");
            return Opened.Not(LinkingPages.Unavailable(maker.Name, $"{Path}?attempt={attempt}", request.Reference));
        }
    }

    private IResult ShowDevices(Opened open, HttpContext context, IAntiforgery antiforgery, ConsentAnswers? answers, string? notice) =>
        LinkingPages.ChooseDevices(
            open.Client!, open.Resident!.Name, open.Attempt!, open.Devices, answers, notice,
            antiforgery.GetAndStoreTokens(context), [signIn.Origin, .. Authorize.Origins(open.Client!)]);

    private sealed record Opened(
        AuthorizationRequest? Request, PlatformClient? Client, string? Attempt, Resident? Resident,
        IReadOnlyList<IdentifiedDevice> Devices, IResult? Problem)
    {
        public static Opened Not(IResult problem) => new(null, null, null, null, [], problem);
    }
}
