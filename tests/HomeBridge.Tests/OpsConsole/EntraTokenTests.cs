using System.Security.Claims;
using System.Security.Cryptography;
using HomeBridge.Hosting;
using HomeBridge.OpsConsole;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>What is believed of a token, rule by rule: each of these differs from a good one in one thing.</summary>
public sealed class EntraTokenTests : IDisposable
{
    private const string Tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    private const string Authority = "https://login.microsoftonline.com/" + Tenant + "/v2.0";

    private static readonly EntraOptions Entra = new("https://login.microsoftonline.com", Tenant, "api://ops", null, "", null, "", null);

    private readonly RSA _key = RSA.Create(2048);
    private readonly RSA _other = RSA.Create(2048);

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task A_good_token_is_a_name_and_the_known_roles()
    {
        var who = await Believe(Token());

        Assert.Equal("anna@contoso.example", who!.Identity!.Name);
        Assert.Equal(["Operator"], who.Roles());
        Assert.Equal("human", who.SuspensionOrigin());
    }

    [Fact]
    public async Task A_token_that_differs_in_one_thing_is_not_believed()
    {
        Assert.Null(await Believe(Token(issuer: "https://login.microsoftonline.com/common/v2.0")));
        Assert.Null(await Believe(Token(issuer: Authority.Replace(Tenant, "11111111-1111-4111-8111-111111111111", StringComparison.Ordinal))));
        Assert.Null(await Believe(Token(audience: "api://another")));
        Assert.Null(await Believe(Token(tenant: "11111111-1111-4111-8111-111111111111")));
        Assert.Null(await Believe(Token(expires: TimeSpan.FromMinutes(-2))));
        Assert.Null(await Believe(Token(notBefore: TimeSpan.FromMinutes(2), expires: TimeSpan.FromMinutes(10))));
        Assert.Null(await Believe(Token(name: "")));
        Assert.Null(await Believe(Token(credentials: new(new RsaSecurityKey(_other), SecurityAlgorithms.RsaSha256))));
        Assert.Null(await Believe(Token(credentials: new(new RsaSecurityKey(_key), SecurityAlgorithms.RsaSsaPssSha256))));

        // The public key as a shared secret, and no signature at all.
        Assert.Null(await Believe(Token(credentials: new(new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo()), SecurityAlgorithms.HmacSha256))));
        var unsigned = new JsonWebTokenHandler().CreateToken(Descriptor(null));
        Assert.EndsWith(".", unsigned, StringComparison.Ordinal);
        Assert.Null(await Believe(unsigned));
    }

    [Theory]
    [InlineData("common", "is not a tenant's id")]
    [InlineData("contoso.onmicrosoft.com", "is not a tenant's id")]
    public void A_tenant_that_is_not_one_tenant_is_refused(string tenant, string says)
    {
        var read = new ConfigurationReader(
            new ConfigurationBuilder().AddInMemoryCollection([new("AzureAd:TenantId", tenant), new("AzureAd:Audience", "api://ops"), new("AzureAd:CertificateFile", "/tmp/x"), new("AzureAd:Instance", "http://login.example")]).Build(),
            isSandbox: false);

        EntraOptions.Read(read);

        Assert.Contains(read.Problems, problem => problem.Contains(says, StringComparison.Ordinal));
        Assert.Contains(read.Problems, problem => problem.StartsWith("AzureAd:CertificateFile", StringComparison.Ordinal) && problem.Contains("refused outside the sandbox", StringComparison.Ordinal));
        Assert.Contains(read.Problems, problem => problem.StartsWith("AzureAd:Instance", StringComparison.Ordinal));
    }

    private async Task<ClaimsPrincipal?> Believe(string token)
    {
        var parameters = EntraTokens.Parameters(Entra, Entra.Audience);
        parameters.IssuerSigningKey = new RsaSecurityKey(_key);
        var read = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(token, parameters);
        return read.IsValid ? EntraTokens.Identify(read.ClaimsIdentity.Claims, Entra, "test") : null;
    }

    private string Token(
        string issuer = Authority, string audience = "api://ops", string tenant = Tenant, string name = "anna@contoso.example",
        TimeSpan? expires = null, TimeSpan? notBefore = null, SigningCredentials? credentials = null) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            Descriptor(credentials ?? new(new RsaSecurityKey(_key), SecurityAlgorithms.RsaSha256), issuer, audience, tenant, name, expires, notBefore));

    private static SecurityTokenDescriptor Descriptor(
        SigningCredentials? credentials, string issuer = Authority, string audience = "api://ops", string tenant = Tenant, string name = "anna@contoso.example",
        TimeSpan? expires = null, TimeSpan? notBefore = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = (now + (notBefore ?? TimeSpan.FromMinutes(-5))).UtcDateTime,
            Expires = (now + (expires ?? TimeSpan.FromMinutes(5))).UtcDateTime,
            Claims = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["tid"] = tenant,
                ["preferred_username"] = name,
                ["scp"] = "ops",
                ["roles"] = (string[])["Operator", "Owner of the world"],
            },
            SigningCredentials = credentials,
        };
    }
}
