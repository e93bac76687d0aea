using HomeBridge.AccountLinking.Consents;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>The pages on which a resident lets the companion app in. It is given no device: it may do what they may do here.</summary>
internal static class CompanionPages
{
    public static IResult WhoAsks(
        PlatformClient client, string maker, string request, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) => new SpokenPage(language =>
        new Page(language.Text("linking.app_who_title", client.Name), Html.Of($"""
            <main class="card">
            <p class="eyebrow">{maker}</p>
            <h1>{language.Text("linking.app_who_heading", client.Name)}</h1>
            <p>{language.Text("linking.app_who_text", client.Name, maker)}</p>
            <form method="post" action="{Authorize.Path}">
            {LinkingPages.Hidden(antiforgery)}
            <input type="hidden" name="request" value="{request}">
            <div class="actions even">
            <button type="submit" name="decision" value="{Authorize.Continue}">{language.Text("linking.continue")}</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">{language.Text("linking.cancel")}</button>
            </div>
            </form>
            </main>
            """))
        {
            Language = language,
            FormTargets = formTargets,
        });

    public static IResult Confirm(
        PlatformClient client, string resident, string attempt, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) => new SpokenPage(language =>
        new Page(language.Text("linking.app_confirm_title", client.Name), Html.Of($"""
            <main class="card">
            <p class="eyebrow">{language.Text("linking.signed_in_as", resident)}</p>
            <h1>{language.Text("linking.app_confirm_heading", client.Name)}</h1>
            <ul>
            <li>{language.Text("linking.app_may_see")}</li>
            <li>{language.Text("linking.app_may_change")}</li>
            <li>{language.Text("linking.app_may_views")}</li>
            </ul>
            <p>{language.Text("linking.app_end")}</p>
            <form method="post" action="{CompanionConfirmation.Path}">
            {LinkingPages.Hidden(antiforgery)}
            <input type="hidden" name="attempt" value="{attempt}">
            <div class="actions even">
            <button type="submit" name="decision" value="{CompanionConfirmation.Agree}">{language.Text("linking.agree")}</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">{language.Text("linking.cancel")}</button>
            </div>
            </form>
            </main>
            """))
        {
            Language = language,
            FormTargets = formTargets,
        });
}
