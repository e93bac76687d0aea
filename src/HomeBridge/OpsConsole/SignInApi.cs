using System.Security.Claims;

namespace HomeBridge.OpsConsole;

/// <summary>What a command line tool must know to sign somebody in, and who it then is.</summary>
internal static class SignInApi
{
    public static void MapSignIn(this IEndpointRouteBuilder api)
    {
        // Before anybody has signed in: names of a tenant and of a public client, no secret.
        api.MapGet("/sign-in", (OperatorOptions options) => options.Entra is { CliClientId: { } client } entra
            ? Results.Json(new { entra.Instance, entra.TenantId, ClientId = client, entra.Scope }, OpsJson.Options)
            : Results.Problem(
                "This bridge has no sign-in for command line tools: set AzureAd:CliClientId, or give hbctl a token in HBCTL_TOKEN.", statusCode: StatusCodes.Status404NotFound))
            .AllowAnonymous();
        api.MapGet("/who", (ClaimsPrincipal who) => Results.Json(new { Name = who.Identity!.Name!, Roles = who.Roles(), BreakGlass = who.BreakGlassName() is not null }, OpsJson.Options));
    }
}
