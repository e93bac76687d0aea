using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Hosting;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HomeBridge.OpsConsole;

/// <summary>What somebody on call may do.</summary>
internal static class OperatorRoles
{
    /// <summary>Raises suspensions.</summary>
    public const string Operator = "Operator";

    /// <summary>Lifts suspensions that somebody else raised.</summary>
    public const string Approver = "Approver";

    /// <summary>Reads the audit trail.</summary>
    public const string Auditor = "Auditor";

    public static readonly string[] All = [Operator, Approver, Auditor];
}

/// <summary>An operator of the sandbox, known by a bearer token.</summary>
internal sealed record SandboxOperator(string Name, string TokenHash, IReadOnlyList<string> Roles);

/// <summary>
/// Who may sign in at the private listener: people of a Microsoft Entra tenant, holders of break-glass credentials, and
/// in the sandbox those that <c>Operators:Sandbox</c> lists.
/// </summary>
/// <param name="Entra">Null without a tenant.</param>
/// <param name="BreakGlassFile">The credentials file; null when there is none.</param>
/// <param name="Sandbox">Operators known by a bearer token, in the sandbox only.</param>
/// <param name="PublicUrl">How browsers reach the listener; never told by a Host header.</param>
/// <param name="SecureCookies">Off in the sandbox only, which speaks http.</param>
internal sealed record OperatorOptions(
    EntraOptions? Entra, string? BreakGlassFile, IReadOnlyList<SandboxOperator> Sandbox, string PublicUrl, bool SecureCookies)
{
    public static OperatorOptions Read(ConfigurationReader read, OpsListener listener)
    {
        var sandbox = read.Children("Operators:Sandbox")
            .Select(key => new SandboxOperator(
                read.Text($"{key}:Name", "sandbox-operator"), read.Text($"{key}:TokenHash", "SHA-256 in hexadecimal"), read.Texts($"{key}:Roles")))
            .ToList();
        if (sandbox.Count > 0 && !read.IsSandbox)
        {
            read.Problem("Operators:Sandbox", "sandbox identities are refused outside the sandbox: take this section out.", "(nothing)");
        }

        var breakGlass = read.OptionalText("Operators:BreakGlassFile");
        if (breakGlass is not null && BreakGlassCredentials.Read(breakGlass).Problem is { } unusable)
        {
            read.Problem("Operators:BreakGlassFile", unusable, "/etc/homebridge/break-glass");
        }

        var entra = EntraOptions.Read(read);
        if (entra is null && breakGlass is null && !read.IsSandbox)
        {
            read.Problem("AzureAd:TenantId", "is missing: nobody could suspend anything.", "72f988bf-86f1-41af-91ab-2d7cd011db47");
        }

        var publicUrl = read.OptionalText("Ops:PublicUrl") is null ? (listener.Url.Length == 0 ? "" : listener.LoopbackUrl) : read.PublicUrl("Ops:PublicUrl", "https://ops.example");
        return new OperatorOptions(entra, breakGlass, sandbox, publicUrl, !read.IsSandbox);
    }

    /// <summary>The sandbox operator whose token this is.</summary>
    public ClaimsPrincipal? Find(string? token, string scheme)
    {
        if (token is null)
        {
            return null;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        var found = Sandbox.FirstOrDefault(one => CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(one.TokenHash)));
        return found is null ? null : OperatorIdentity.Of(found.Name, found.Roles, scheme);
    }
}

/// <summary>What the rest of the console knows of somebody, however they signed in: a name, roles, an origin.</summary>
internal static class OperatorIdentity
{
    private const string BreakGlassClaim = "break-glass";

    public static ClaimsPrincipal Of(string name, IEnumerable<string> roles, string scheme) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, name), .. roles.Intersect(OperatorRoles.All, StringComparer.Ordinal).Select(role => new Claim(ClaimTypes.Role, role))], scheme));

    /// <summary>Its name says how it came in, and is nobody's at the identity provider.</summary>
    public static ClaimsPrincipal OfBreakGlass(BreakGlassCredential credential, string scheme)
    {
        var principal = Of($"break-glass:{credential.Name}", credential.Roles, scheme);
        ((ClaimsIdentity)principal.Identity!).AddClaim(new Claim(BreakGlassClaim, credential.Name));
        return principal;
    }

    /// <summary>The break-glass credential that was used; null for everybody else.</summary>
    public static string? BreakGlassName(this ClaimsPrincipal who) => who.FindFirst(BreakGlassClaim)?.Value;

    /// <summary>The origin of what this person raises.</summary>
    public static string SuspensionOrigin(this ClaimsPrincipal who) => who.BreakGlassName() is null ? Suspension.Human : Suspension.BreakGlass;

    public static IEnumerable<string> Roles(this ClaimsPrincipal who) => who.FindAll(ClaimTypes.Role).Select(claim => claim.Value);
}

/// <summary>Bearer tokens of sandbox operators.</summary>
internal sealed class SandboxOperatorHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, OperatorOptions operators)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "sandbox-operator";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        return Task.FromResult(operators.Find(Tokens.Bearer(header), SchemeName) is { } principal
            ? AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName))
            : AuthenticateResult.Fail("not an operator"));
    }
}
