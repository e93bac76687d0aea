using HomeBridge.AccountLinking.Consents;
using HomeBridge.AccountLinking.OAuth;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// A form that was shown to one resident is nobody else's, though both sign in with the same browser: a page that was left open does
/// nothing to the account that came after. Forms before signing in are everybody's.
/// </summary>
internal sealed class FormsOfOneResident : IAntiforgeryAdditionalDataProvider
{
    private static readonly PathString[] Bound = ["/account", Consent.Path, CompanionConfirmation.Path];

    public string GetAdditionalData(HttpContext context) => IsBound(context) ? Of(context) : "";

    public bool ValidateAdditionalData(HttpContext context, string additionalData) => !IsBound(context) || additionalData == Of(context);

    private static bool IsBound(HttpContext context) => Array.Exists(Bound, path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));

    private static string Of(HttpContext context) =>
        ResidentSignIn.Require(context) is { } resident ? Secrets.Hash($"{resident.Vendor}\n{resident.Account}") : "";
}
