using System.Security.Cryptography.X509Certificates;
using HomeBridge.Hosting;

namespace HomeBridge.OpsConsole;

/// <summary>Section <c>AzureAd</c>: operators of one Microsoft Entra tenant, with the keys that Microsoft.Identity.Web uses.</summary>
/// <param name="Instance">The sign-in host, without a trailing slash.</param>
/// <param name="TenantId">A GUID: <c>common</c> and the like would let in people of every tenant.</param>
/// <param name="Audience">The audience of bearer tokens for the API.</param>
/// <param name="ClientId">The confidential client by which people sign in at the console; null hides that.</param>
/// <param name="ClientSecret">Its secret.</param>
/// <param name="CliClientId">The public client by which <c>hbctl</c> signs people in; null when there is none.</param>
/// <param name="Scope">What <c>hbctl</c> asks for.</param>
/// <param name="Certificate">In the sandbox, the certificate of its stand-in.</param>
internal sealed record EntraOptions(
    string Instance, string TenantId, string Audience, string? ClientId, string ClientSecret, string? CliClientId, string Scope, X509Certificate2? Certificate)
{
    public string Authority => $"{Instance}/{TenantId}/v2.0";

    public static EntraOptions? Read(ConfigurationReader read)
    {
        var tenant = read.OptionalText("AzureAd:TenantId");
        if (tenant is null)
        {
            return null;
        }

        if (!Guid.TryParse(tenant, out _))
        {
            read.Problem("AzureAd:TenantId", $"'{tenant}' is not a tenant's id. A name like 'common' would let in people of every tenant.", "72f988bf-86f1-41af-91ab-2d7cd011db47");
        }

        var instance = (read.OptionalText("AzureAd:Instance") ?? "https://login.microsoftonline.com").TrimEnd('/');
        if (!Uri.TryCreate(instance, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || url.AbsolutePath != "/")
        {
            read.Problem("AzureAd:Instance", $"'{instance}' is not an https URL without a path.", "https://login.microsoftonline.com/");
        }

        var audience = read.Text("AzureAd:Audience", "api://homebridge-ops");
        var clientId = read.OptionalText("AzureAd:ClientId");
        return new EntraOptions(
            instance, tenant, audience, clientId, clientId is null ? "" : read.SecretText("AzureAd:ClientSecret", "the secret of the app registration"),
            read.OptionalText("AzureAd:CliClientId"), read.OptionalText("AzureAd:Scope") ?? $"{audience}/.default", OutsideHttps.ReadStandInCertificate(read, "AzureAd:CertificateFile"));
    }

    /// <summary>For tokens, keys and codes: this tenant's host, and no other.</summary>
    public SocketsHttpHandler NewHandler() => OutsideHttps.NewHandler(Certificate);

    public override string ToString() => $"tenant {TenantId} at {Instance}";
}
