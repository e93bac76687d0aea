using HomeBridge.Hosting.Pages;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace HomeBridge.OpsConsole;

/// <summary>The private listener's doors for people: API by bearer token, console by cookie.</summary>
internal static class OpsConsoleFeature
{
    public const string CookieScheme = "operator";

    /// <summary>Picks the scheme that a bearer token is for.</summary>
    private const string BearerScheme = "operator-bearer";

    public static void AddOpsConsole(this IServiceCollection services, OperatorOptions operators)
    {
        services.AddSingleton(operators);
        services.AddSingleton<SuspensionOrders>();
        services.AddSingleton<SuspensionPreviews>();
        services.AddSingleton<Explanations>();
        services.AddSingleton<LedgerQuery>();
        services.AddSingleton<Console>();
        services.AddSingleton<Propagations>();
        services.AddSingleton<Reach>();
        services.AddSingleton<NowPage>();
        services.AddSingleton<SuspendPage>();
        services.AddSingleton<SuspensionPage>();
        var authentication = services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, SandboxOperatorHandler>(SandboxOperatorHandler.SchemeName, null)
            .AddPolicyScheme(BearerScheme, null, policy => policy.ForwardDefault =
                operators.Authority is null ? SandboxOperatorHandler.SchemeName : JwtBearerDefaults.AuthenticationScheme)
            .AddCookie(CookieScheme, cookie =>
            {
                cookie.Cookie.Name = "homebridge.operator";
                cookie.Cookie.SameSite = SameSiteMode.Strict;
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;

                // Relative: the Host header has no say in where an operator is sent.
                cookie.Events.OnRedirectToLogin = cookie.Events.OnRedirectToAccessDenied = refused =>
                    Redirects.SeeOther(Console.SignInPath).ExecuteAsync(refused.HttpContext);
                cookie.ExpireTimeSpan = TimeSpan.FromHours(8);
            });
        if (operators.Authority is { } authority)
        {
            authentication.AddJwtBearer(jwt =>
            {
                jwt.Authority = authority;
                jwt.Audience = operators.Audience;
                jwt.MapInboundClaims = false;
                jwt.TokenValidationParameters.NameClaimType = "preferred_username";
                jwt.TokenValidationParameters.RoleClaimType = "roles";
            });
        }

        services.AddAuthorization();
    }

    /// <summary>A bearer token with one of these roles.</summary>
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
}
