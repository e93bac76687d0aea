using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using HomeBridge.AccountLinking;
using HomeBridge.Hosting;
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
}

/// <summary>An operator of the sandbox, known by a bearer token.</summary>
internal sealed record SandboxOperator(string Name, string TokenHash, IReadOnlyList<string> Roles);

/// <summary>
/// Sections <c>AzureAd</c> (operators of Microsoft Entra ID, with the keys that Microsoft.Identity.Web uses) and
/// <c>Operators:Sandbox</c> (refused outside the sandbox).
/// </summary>
internal sealed record OperatorOptions(string? Authority, string? Audience, IReadOnlyList<SandboxOperator> Sandbox)
{
    public static OperatorOptions Read(ConfigurationReader read)
    {
        var sandbox = read.Children("Operators:Sandbox")
            .Select(key => new SandboxOperator(
                read.Text($"{key}:Name", "sandbox-operator"), read.Text($"{key}:TokenHash", "SHA-256 in hexadecimal"), read.Texts($"{key}:Roles")))
            .ToList();
        if (sandbox.Count > 0 && !read.IsSandbox)
        {
            read.Problem("Operators:Sandbox", "sandbox identities are refused outside the sandbox: take this section out.", "(nothing)");
        }

        var tenant = read.OptionalText("AzureAd:TenantId");
        if (tenant is null)
        {
            if (!read.IsSandbox)
            {
                read.Problem("AzureAd:TenantId", "is missing: nobody could suspend anything.", "72f988bf-86f1-41af-91ab-2d7cd011db47");
            }

            return new OperatorOptions(null, null, sandbox);
        }

        var instance = read.OptionalText("AzureAd:Instance") ?? "https://login.microsoftonline.com/";
        return new OperatorOptions($"{instance.TrimEnd('/')}/{tenant}/v2.0", read.Text("AzureAd:Audience", "api://homebridge-ops"), sandbox);
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
        return found is null
            ? null
            : new ClaimsPrincipal(new ClaimsIdentity(
                [new Claim(ClaimTypes.Name, found.Name), .. found.Roles.Select(role => new Claim(ClaimTypes.Role, role))], scheme));
    }
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
