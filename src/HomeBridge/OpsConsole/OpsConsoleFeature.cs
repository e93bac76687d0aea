using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.JsonWebTokens;

namespace HomeBridge.OpsConsole;

/// <summary>The private listener's doors for people: API by bearer token or break-glass credential, console by cookie.</summary>
internal static class OpsConsoleFeature
{
    public const string CookieScheme = "operator";

    /// <summary>Picks the scheme that a credential is for.</summary>
    private const string BearerScheme = "operator-bearer";

    public static void AddOpsConsole(this IServiceCollection services, OperatorOptions operators)
    {
        services.AddSingleton(operators);
        services.AddSingleton<SignInLimits>();
        services.AddSingleton<RefusalTrail>();
        services.AddHostedService(provider => provider.GetRequiredService<RefusalTrail>());
        services.AddSingleton<BreakGlass>();
        services.AddSingleton<EntraSignIn>();
        services.AddSingleton<ConsoleSignIn>();
        services.AddSingleton<SuspensionOrders>();
        services.AddSingleton<SuspensionPreviews>();
        services.AddSingleton<Explanations>();
        services.AddSingleton<LedgerQuery>();
        services.AddSingleton<Propagations>();
        services.AddSingleton<Reach>();
        services.AddSingleton<NowPage>();
        services.AddSingleton<SuspendPage>();
        services.AddSingleton<SuspensionPage>();
        var authentication = services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, SandboxOperatorHandler>(SandboxOperatorHandler.SchemeName, null)
            .AddScheme<AuthenticationSchemeOptions, BreakGlassHandler>(BreakGlassHandler.SchemeName, null)
            .AddPolicyScheme(BearerScheme, null, policy => policy.ForwardDefaultSelector = context => SchemeFor(context, operators))
            .AddCookie(CookieScheme, cookie =>
            {
                cookie.Cookie.Name = "homebridge.operator";
                cookie.Cookie.SameSite = SameSiteMode.Strict;
                cookie.Cookie.SecurePolicy = operators.SecureCookies ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;

                // Relative: the Host header has no say in where an operator is sent.
                cookie.Events.OnRedirectToLogin = refused => Redirects.SeeOther(Console.SignInPath).ExecuteAsync(refused.HttpContext);
                cookie.Events.OnRedirectToAccessDenied = refused =>
                {
                    var (trail, request) = (refused.HttpContext.RequestServices.GetRequiredService<RefusalTrail>(), refused.Request);
                    trail.Denied(refused.HttpContext.User.Identity?.Name ?? "unknown", $"{request.Method} {(refused.HttpContext.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText}");
                    return Redirects.SeeOther(Console.SignInPath).ExecuteAsync(refused.HttpContext);
                };
                cookie.Events.OnValidatePrincipal = ConsoleSignIn.Validate;
                cookie.ExpireTimeSpan = ConsoleSignIn.SessionIdleMax;
                cookie.SlidingExpiration = true;
            });
        if (operators.Entra is { } entra)
        {
            authentication.AddJwtBearer(jwt => EntraTokens.Configure(jwt, entra));
        }

        services.AddAuthorization();
    }

    /// <summary>A token or break-glass credential with one of these roles.</summary>
    public static AuthorizationPolicy ApiPolicy(params string[] roles) =>
        new AuthorizationPolicyBuilder(BearerScheme).RequireAuthenticatedUser().RequireRole(roles).Build();

    /// <summary>A console cookie with one of these roles.</summary>
    public static AuthorizationPolicy ConsolePolicy(params string[] roles) =>
        new AuthorizationPolicyBuilder(CookieScheme).RequireAuthenticatedUser().RequireRole(roles).Build();

    public static void MapOpsConsole(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpsApi();
        endpoints.MapConsole();
        endpoints.MapConsoleAssets();
    }

    /// <summary>Where there are both, the sandbox's tokens are told from Entra's by their look.</summary>
    private static string SchemeFor(HttpContext context, OperatorOptions operators) =>
        BreakGlassHandler.IsMeant(context) ? BreakGlassHandler.SchemeName
        : operators.Entra is not null && (operators.Sandbox.Count == 0 || LooksLikeJwt(context)) ? JwtBearerDefaults.AuthenticationScheme
        : SandboxOperatorHandler.SchemeName;

    private static bool LooksLikeJwt(HttpContext context) =>
        new JsonWebTokenHandler().CanReadToken(context.Request.Headers.Authorization.ToString().Split(' ', 2)[^1].Trim());
}
