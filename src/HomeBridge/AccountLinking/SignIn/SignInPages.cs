using HomeBridge.Hosting.Pages;
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
        var (sentence, status) = stop switch
        {
            "provider_unavailable" => ("Your maker's sign-in page can't be reached right now. Try again later.", StatusCodes.Status503ServiceUnavailable),
            "too_many_sign_ins" => ("Signing in failed too often. Wait a few minutes, then try again.", StatusCodes.Status429TooManyRequests),
            "denied_at_maker" => ("You did not sign in at your maker, so nothing was changed.", StatusCodes.Status400BadRequest),
            "over_or_other_browser" => ("This sign-in is over, or it was started in another browser.", StatusCodes.Status400BadRequest),
            _ => ("Signing in at your maker did not work.", StatusCodes.Status400BadRequest),
        };
        var next = isLinking
            ? Html.Of($"<p>Go back to the app that sent you here and start again. Nothing was shared.</p>")
            : Html.Of($"<p class=\"actions\"><a class=\"button primary\" href=\"{ResidentSignIn.Path}\">Sign in</a></p>");
        return new Page("Signing in did not work", Html.Of($"""
            <main class="card">
            <h1>Signing in did not work</h1>
            <p role="alert">{sentence}</p>
            {next}
            <p class="aside"><small>Reference <code>{shown}</code>: support can look it up.</small></p>
            </main>
            """), status);
    }
}
