using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>The pages on which a resident lets the companion app in. It is given no device: it may do what they may do here.</summary>
internal static class CompanionPages
{
    public static IResult WhoAsks(
        PlatformClient client, string maker, string request, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) =>
        new Page($"Connect {client.Name}", Html.Of($"""
            <main class="card">
            <p class="eyebrow">{maker}</p>
            <h1>Connect {client.Name}?</h1>
            <p>{client.Name} on this device asks to manage what you share of your {maker} home. Next you sign in, then you
            decide. Did you not start this in the app yourself? Then press Cancel.</p>
            <form method="post" action="{Authorize.Path}">
            {Hidden(antiforgery)}
            <input type="hidden" name="request" value="{request}">
            <div class="actions">
            <button class="primary" type="submit" name="decision" value="{Authorize.Continue}">Continue</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">Cancel</button>
            </div>
            </form>
            </main>
            """))
        {
            FormTargets = formTargets,
        };

    public static IResult Confirm(
        PlatformClient client, string resident, string attempt, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) =>
        new Page($"Let {client.Name} in", Html.Of($"""
            <main class="card">
            <p class="eyebrow">Signed in as {resident}</p>
            <h1>Let {client.Name} manage your links?</h1>
            <ul>
            <li>It may see which platforms your home is linked to, and which devices they may use.</li>
            <li>It may change that, pause camera sharing, and end links.</li>
            <li>It may see who viewed your cameras. It gets no video and can't control devices.</li>
            </ul>
            <p>You can end this at any time.</p>
            <form method="post" action="{CompanionConfirmation.Path}">
            {Hidden(antiforgery)}
            <input type="hidden" name="attempt" value="{attempt}">
            <div class="actions">
            <button class="primary" type="submit" name="decision" value="{CompanionConfirmation.Agree}">Agree and link</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">Cancel</button>
            </div>
            </form>
            </main>
            """))
        {
            FormTargets = formTargets,
        };

    private static Html Hidden(AntiforgeryTokenSet tokens) =>
        Html.Of($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\">");
}
