using HomeBridge.AccountLinking.Consents;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
using HomeBridge.LinkDoctor;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>What a resident sees when signing in came to nothing. Says what to do; never what was wrong with a token.</summary>
internal static class SignInPages
{
    /// <param name="steps">Where it is noted, for operators.</param>
    /// <param name="reference">The linking attempt's; null when the resident was on the way to pages of their own, or nobody knows.</param>
    /// <param name="stop">Why, as the catalogue of stops names it.</param>
    /// <param name="detail">For operators.</param>
    public static IResult Stopped(Steps steps, string? reference, string stop, string? detail)
    {
        var isLinking = reference is { Length: > 0 };
        var shown = isLinking ? reference! : Journeys.NewReference();
        steps.Note(shown, LinkingSteps.SignedIn, stop, detail);
        var status = stop switch
        {
            "provider_unavailable" => StatusCodes.Status503ServiceUnavailable,
            "too_many_sign_ins" => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status400BadRequest,
        };
        return new SpokenPage(language => new Page(language.Text("signin.stopped"), Html.Of($"""
            <main class="card">
            <h1>{language.Text("signin.stopped")}</h1>
            <p role="alert">{language.Text(language.Has($"signin.stop_{stop}") ? $"signin.stop_{stop}" : "signin.stop_other")}</p>
            {(isLinking
                ? Html.Of($"<p>{language.Text("signin.start_again")}</p>")
                : Html.Of($"<p class=\"actions\"><a class=\"button primary\" href=\"{ResidentSignIn.Path}\">{language.Text("signin.sign_in")}</a></p>"))}
            {LinkingPages.Reference(language, shown)}
            </main>
            """), status)
        { Language = language });
    }
}
