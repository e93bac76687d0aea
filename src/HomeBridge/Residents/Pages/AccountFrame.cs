using System.Globalization;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.Residents.Pages;

/// <summary>
/// What all of a resident's pages have: whose they are, in which language and time zone, the way to the other pages, and the
/// token that each form carries.
/// </summary>
internal sealed class AccountFrame
{
    /// <summary>The pages in the order of the navigation; the name is the word's key.</summary>
    private static readonly (string Path, string Name)[] Places =
    [
        (AccountPaths.Home, "nav_home"),
        (AccountPaths.Cameras, "nav_cameras"),
        (AccountPaths.Views, "nav_views"),
        (AccountPaths.Sessions, "nav_sessions"),
        (AccountPaths.Data, "nav_data"),
    ];

    private readonly HttpContext _context;
    private readonly Html _token;

    public AccountFrame(HttpContext context, Resident resident, IAntiforgery antiforgery, TimeProvider time)
    {
        (_context, Resident, Language, Now) = (context, resident, Languages.Of(context), time.GetUtcNow());
        Home = new HomeAccount(resident.Vendor, resident.Account);
        Zone = PauseEnds.Zone(resident.TimeZone);
        var tokens = antiforgery.GetAndStoreTokens(context);
        _token = Html.Of($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\">");
    }

    public Resident Resident { get; }

    public HomeAccount Home { get; }

    public Language Language { get; }

    public TimeZoneInfo Zone { get; }

    public DateTimeOffset Now { get; }

    /// <summary>A sentence of the account's pages.</summary>
    public string Say(string key, params object[] values) => Language.Text($"account.{key}", values);

    /// <summary>A sentence about views.</summary>
    public string SayOfViews(string key, params object[] values) => Language.Text($"views.{key}", values);

    /// <summary>A moment where the resident lives; machines read it in UTC.</summary>
    public Html When(DateTimeOffset at) =>
        Html.Of($"<time datetime=\"{at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}\">{Language.Time(at, Zone)}</time>");

    /// <summary>The same within a sentence.</summary>
    public string Moment(DateTimeOffset at) => Language.Time(at, Zone);

    /// <summary><c>1 min 20 s</c>.</summary>
    public string Length(TimeSpan length) => length switch
    {
        { TotalMinutes: < 1 } => Say("seconds", (int)length.TotalSeconds),
        { TotalHours: < 1 } => Say("minutes", (int)length.TotalMinutes, length.Seconds),
        _ => Say("hours", (int)length.TotalHours, length.Minutes),
    };

    /// <summary>The platforms that somebody can link, by id.</summary>
    public IReadOnlyList<(string Id, string Name)> PlatformNames() =>
    [
        .. _context.RequestServices.GetRequiredService<AccountLinkingOptions>().Clients.Values.Where(client => !client.IsPublic)
            .GroupBy(client => client.Platform, StringComparer.Ordinal).Select(platform => (platform.Key, platform.First().Name)),
    ];

    /// <summary>A form of ours. Its buttons are within.</summary>
    public Html Form(string action, Html within, string look = "") =>
        Html.Of($"<form method=\"post\" action=\"{action}\" class=\"{look}\">{_token}{within}</form>\n");

    /// <summary>Words for whoever hears the page: what a button is about.</summary>
    public static Html Away(string text) => Html.Of($"<span class=\"away\"> {text}</span>");

    public Page Page(string title, Html body, int status = StatusCodes.Status200OK, bool toMaker = false)
    {
        var here = _context.Request.Path.Value!;
        return new Page(title, Html.Of($"""
            <header class="top">
            <a class="skip" href="#content">{Say("skip")}</a>
            <p class="brand"><a href="{AccountPaths.Home}">{Say("brand")}</a></p>
            <nav aria-label="{Say("nav")}"><ul>
            {Html.Join(Places.Select(place => Html.Of($"<li><a href=\"{place.Path}\"{(IsHere(here, place.Path) ? new Html(" aria-current=\"page\"") : Html.Empty)}>{Say(place.Name)}</a></li>\n")))}
            </ul></nav>
            </header>
            <main class="account" id="content">
            {Done()}
            {body}
            </main>
            <footer class="bottom">
            <p>{Say("signed_in_as", Resident.Name)}</p>
            <p><a href="{AccountPaths.Notices}"{(here == AccountPaths.Notices ? new Html(" aria-current=\"page\"") : Html.Empty)}>{Say("notices_title")}</a></p>
            {Form(SignOut.Path, Html.Of($"<button class=\"quiet\" type=\"submit\">{Say("sign_out")}</button>"))}
            </footer>
            """), status)
        {
            Language = Language,
            Head = AccountAssets.Head,
            FormTargets = toMaker ? [_context.RequestServices.GetRequiredService<ResidentSignInOptions>().Origin] : [],
        };
    }

    /// <summary>The one answer for an id that is nobody's and for one that is somebody else's.</summary>
    public Page NotFound() => Page(Say("not_found"), Html.Of($"""
        <h1>{Say("not_found")}</h1>
        <p>{Say("not_found_text")}</p>
        <p><a class="button" href="{AccountPaths.Home}">{Say("back_home")}</a></p>
        """), StatusCodes.Status404NotFound);

    /// <summary>A form that came too late, or from elsewhere.</summary>
    public Page Stale(string back) => Page(Say("stale"), Html.Of($"""
        <h1>{Say("stale")}</h1>
        <p role="alert">{Say("stale_text")}</p>
        <p><a class="button primary" href="{back}">{Say("stale_again")}</a></p>
        """), StatusCodes.Status400BadRequest);

    /// <summary>A symbol and a word, so that colour is never alone.</summary>
    public static Html Badge(string look, string symbol, string word) =>
        Html.Of($"<span class=\"badge {look}\"><span aria-hidden=\"true\">{symbol}</span> {word}</span>");

    /// <summary>What the form before this page did. The words are ours: the address only says which.</summary>
    private Html Done() => _context.Request.Query["done"].ToString() is { } done && AccountPaths.DoneWords.Contains(done)
        ? Html.Of($"<p class=\"done\" role=\"status\"><span aria-hidden=\"true\">✓</span> {Say($"done_{done}")}</p>")
        : Html.Empty;

    private static bool IsHere(string here, string place) =>
        place == AccountPaths.Home ? here == place || here == AccountPaths.Attempts || here.StartsWith(AccountPaths.Links, StringComparison.Ordinal) : here.StartsWith(place, StringComparison.Ordinal);
}
