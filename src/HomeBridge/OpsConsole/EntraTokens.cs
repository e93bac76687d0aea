using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.OpsConsole;

/// <summary>
/// What is believed of an Entra token: signed by the tenant's key with the one algorithm that Entra uses, for us, of our
/// tenant, now. Of its claims only a name and app roles go further.
/// </summary>
internal static class EntraTokens
{
    /// <summary>Clocks of servers with NTP are closer; the framework's five minutes would be five minutes of a stolen token.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    public static void Configure(JwtBearerOptions jwt, EntraOptions entra)
    {
        jwt.Authority = entra.Authority;
        jwt.BackchannelHttpHandler = entra.NewHandler();
        jwt.MapInboundClaims = false;
        jwt.TokenValidationParameters = Parameters(entra, entra.Audience);
        jwt.Events = new JwtBearerEvents
        {
            OnTokenValidated = validated =>
            {
                // An id_token is for the client that asked, not for an API: only access tokens say what they are for.
                var isAccessToken = validated.Principal!.HasClaim(claim => claim.Type is "scp" or "azp" or "appid");
                if (isAccessToken && Identify(validated.Principal!.Claims, entra, JwtBearerDefaults.AuthenticationScheme) is { } known)
                {
                    validated.Principal = known;
                }
                else
                {
                    validated.Fail("not an access token of this tenant that names somebody");
                }

                return Task.CompletedTask;
            },
        };
    }

    public static TokenValidationParameters Parameters(EntraOptions entra, string audience) => new()
    {
        ValidIssuer = entra.Authority,
        ValidAudience = audience,
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ClockSkew = ClockSkew,
    };

    /// <summary>Null when the token is of another tenant, or names nobody.</summary>
    public static ClaimsPrincipal? Identify(IEnumerable<Claim> claims, EntraOptions entra, string scheme)
    {
        var all = claims.ToList();
        string? One(string type) => all.Find(claim => claim.Type == type)?.Value is { Length: > 0 and <= 256 } value ? value : null;
        return One("tid") == entra.TenantId && (One("preferred_username") ?? One("upn") ?? One("oid")) is { } name
            ? OperatorIdentity.Of(name, all.Where(claim => claim.Type == "roles").Select(claim => claim.Value), scheme)
            : null;
    }
}
