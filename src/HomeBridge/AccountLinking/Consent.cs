using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace HomeBridge.AccountLinking;

/// <summary>The page on which a resident chooses devices and agrees, or does not.</summary>
internal sealed class Consent(
    AccountLinkingOptions options, DeviceCloudOptions maker, DeviceCloud deviceCloud, DeviceRegister devices, LinkingAttempts attempts,
    AccountLinks links, AuthorizationCodes codes, ResidentSignInOptions signIn, SuspensionBoard suspensions, Database database, TimeProvider time)
{
    public const string Path = "/oauth/consent";
    public const string OtherAccountPath = "/oauth/consent/other-account";

    /// <summary>The version of the wording that a consent is recorded with.</summary>
    private const string TextVersion = "2026-11";

    private static readonly TimeSpan ListBudget = TimeSpan.FromSeconds(5);

    public async Task<IResult> Show(HttpContext context, IAntiforgery antiforgery) =>
        await Open(context, context.Request.Query["attempt"]) switch
        {
            { Problem: { } problem } => problem,
            var open => ShowDevices(open, context, antiforgery, ticked: null, notice: null),
        };

    public async Task<IResult> Post(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form)
        {
            return LinkingPages.Problem("The form did not arrive as one. Go back to the app that sent you here and start again.");
        }

        var attempt = form["attempt"].ToString();
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return LinkingPages.Problem("This page was open for too long. Go back to the app that sent you here and start again.");
        }

        // Saying no needs neither the maker nor a sign-in.
        if (form["decision"] != LinkingPages.AgreeDecision
            && attempts.Find(attempt, context.Request.Cookies[Authorize.BrowserCookie]) is { } refused)
        {
            database.Write(transaction => LinkingAttempts.Finish(transaction, attempt));
            return Redirects.SeeOther(refused.RedirectWithError(OAuthError.AccessDenied, options.PublicUrl));
        }

        var open = await Open(context, attempt);
        if (open.Problem is { } problem)
        {
            return problem;
        }

        var request = open.Request!;

        var wanted = form["device"].OfType<string>().ToHashSet(StringComparer.Ordinal);
        var chosen = open.Devices.Where(device => wanted.Contains(device.Id.Value)).Select(device => device.Id).ToList();
        if (chosen.Count == 0 || chosen.Count != wanted.Count)
        {
            return ShowDevices(open, context, antiforgery, wanted, "Tick at least one device to link, or cancel.");
        }

        if (await IsAnothers(open, chosen, context.RequestAborted))
        {
            return LinkingPages.Unavailable(maker.Name, $"{Path}?attempt={attempt}");
        }

        // Asked last, since signing in and choosing took minutes.
        if (Authorize.IsFrozen(open.Client!, maker, suspensions))
        {
            return Redirects.SeeOther(request.RedirectWithError(OAuthError.TemporarilyUnavailable, options.PublicUrl));
        }

        // Link, bindings and code, or none of them; the attempt's end decides between two clicks.
        var (code, full) = database.Write<(string?, bool)>(transaction =>
        {
            if (!LinkingAttempts.Finish(transaction, attempt))
            {
                return (null, false);
            }

            var text = $"{TextVersion} {time.GetUtcNow():O}";
            var link = links.Consent(transaction, open.Client!, maker.Vendor, open.Account!, chosen, text, options.LinksPerAccountMax);
            return link is null ? (null, true) : (codes.Issue(transaction, link.Id, request), false);
        });
        return (code, full) switch
        {
            (null, true) => LinkingPages.Problem($"This account is linked {options.LinksPerAccountMax} times already. Remove a link that you don't use, then try again."),
            (null, false) => LinkingPages.Problem("You have answered already. Go back to the app that sent you here."),
            _ => Redirects.SeeOther(request.RedirectWithCode(code, options.PublicUrl)),
        };
    }

    /// <summary>Forgets who is signed in and asks the maker again; the attempt goes on.</summary>
    public static async Task<IResult> OtherAccount(HttpContext context, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form)
        {
            return LinkingPages.Problem("The form did not arrive as one. Go back to the app that sent you here and start again.");
        }

        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return LinkingPages.Problem("This page was open for too long. Go back to the app that sent you here and start again.");
        }

        await context.SignOutAsync(ResidentSignIn.CookieScheme);
        return Results.Challenge(
            new AuthenticationProperties { RedirectUri = $"{Path}?attempt={Uri.EscapeDataString(form["attempt"].ToString())}" },
            [ResidentSignIn.ProviderScheme]);
    }

    /// <summary>
    /// Whether the maker does not confirm, asked device by device, that a camera or lock belongs to this account. A list
    /// that was mixed up must not bind a stranger's camera.
    /// </summary>
    private async Task<bool> IsAnothers(Opened open, List<DeviceId> chosen, CancellationToken cancel)
    {
        using var budget = new Deadline(ListBudget, time, cancel);
        try
        {
            foreach (var device in open.Devices.Where(device => chosen.Contains(device.Id) && LinkingPages.IsSensitive(device.Description)))
            {
                if ((await deviceCloud.Owner(device.Description.VendorDeviceId, budget))?.Account != open.Account)
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
        if (attempts.Find(attempt, context.Request.Cookies[Authorize.BrowserCookie]) is not { } request
            || !options.Clients.TryGetValue(request.ClientId, out var client))
        {
            return Opened.Not(LinkingPages.Problem("This link request is over or was started in another browser. Go back to the app that sent you here and start again."));
        }

        var resident = await context.AuthenticateAsync(ResidentSignIn.CookieScheme);
        if (resident.Principal?.FindFirst(ResidentSignIn.AccountClaim)?.Value is not { } account)
        {
            return Opened.Not(Results.Challenge(
                new AuthenticationProperties { RedirectUri = $"{Path}?attempt={attempt}" }, [ResidentSignIn.ProviderScheme]));
        }

        try
        {
            using var budget = new Deadline(ListBudget, time, context.RequestAborted);
            var described = await deviceCloud.ListDevices(account, budget);
            var identified = devices.Identify(maker.Vendor, described.Devices);
            return new Opened(request, client, attempt, account, resident.Principal.Identity?.Name ?? account, identified, null);
        }
        catch (DeviceCloudUnavailableException)
        {
            return Opened.Not(LinkingPages.Unavailable(maker.Name, $"{Path}?attempt={attempt}"));
        }
    }

    private IResult ShowDevices(Opened open, HttpContext context, IAntiforgery antiforgery, HashSet<string>? ticked, string? notice) =>
        LinkingPages.ChooseDevices(
            open.Client!, open.ResidentName!, open.Attempt!, open.Devices, ticked, notice,
            antiforgery.GetAndStoreTokens(context), [signIn.Origin, .. Authorize.Origins(open.Client!)]);

    private sealed record Opened(
        AuthorizationRequest? Request, PlatformClient? Client, string? Attempt, string? Account, string? ResidentName,
        IReadOnlyList<IdentifiedDevice> Devices, IResult? Problem)
    {
        public static Opened Not(IResult problem) => new(null, null, null, null, null, [], problem);
    }
}
