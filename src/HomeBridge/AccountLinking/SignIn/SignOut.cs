using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>Ends the session of this browser, and says so.</summary>
internal static class SignOut
{
    /// <summary>Where a form with the antiforgery token signs out.</summary>
    public const string Path = "/account/sign-out";

    /// <summary>Where a form with the antiforgery token signs out and signs in with another account.</summary>
    public const string OtherAccountPath = "/account/other-account";

    public const string DonePath = "/account/signed-out";

    public static async Task<IResult> Post(HttpContext context, IAntiforgery antiforgery)
    {
        if (!await IsOurForm(context, antiforgery))
        {
            return Redirects.SeeOther(ReturnPath.Home);
        }

        await context.SignOutAsync(ResidentSignIn.CookieScheme);
        return Redirects.SeeOther(DonePath);
    }

    public static async Task<IResult> OtherAccount(HttpContext context, IAntiforgery antiforgery)
    {
        if (!await IsOurForm(context, antiforgery))
        {
            return Redirects.SeeOther(ReturnPath.Home);
        }

        await context.SignOutAsync(ResidentSignIn.CookieScheme);
        return ResidentSignIn.Ask(ReturnPath.Home, otherAccount: true);
    }

    public static IResult Done() => new SpokenPage(language => new Page(language.Text("signin.signed_out"), Html.Of($"""
        <main class="card">
        <h1>{language.Text("signin.you_are_signed_out")}</h1>
        <p>{language.Text("signin.stay_linked")}</p>
        <p class="actions"><a class="button primary" href="{ReturnPath.Home}">{language.Text("signin.sign_in_again")}</a></p>
        </main>
        """))
    { Language = language });

    private static async Task<bool> IsOurForm(HttpContext context, IAntiforgery antiforgery) =>
        await Forms.Read(context.Request) is not null && await antiforgery.IsRequestValidAsync(context);
}
