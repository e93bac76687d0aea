using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.AccountLinking.SignIn;

/// <summary>The certificate around the Data Protection keys: demanded, rotated, and worth something.</summary>
public sealed class KeyProtectionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-keys-").FullName;

    [Fact]
    public void Outside_the_sandbox_it_is_demanded()
    {
        var problems = Problems(new(StringComparer.Ordinal), isSandbox: false);
        Assert.Contains("DataProtection:CertificateFile", Assert.Single(problems), StringComparison.Ordinal);
        Assert.Empty(Problems(new(StringComparer.Ordinal), isSandbox: true));
    }

    [Fact]
    public void One_that_can_not_encrypt_is_refused_and_told()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        var elliptic = Path.Combine(_folder, "ec.pem");
        File.WriteAllText(elliptic, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        var halved = NewCertificate("halved.pem");
        File.WriteAllText(halved, File.ReadAllText(halved).Split("-----BEGIN PRIVATE KEY")[0]);

        Assert.Contains("RSA", Assert.Single(Problems(Files(elliptic), isSandbox: false)), StringComparison.Ordinal);
        Assert.Contains("private key", Assert.Single(Problems(Files(halved), isSandbox: false)), StringComparison.Ordinal);
        Assert.Contains("/nowhere", Assert.Single(Problems(Files("/nowhere"), isSandbox: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_sealed_under_the_old_certificate_opens_under_the_new_one_and_not_without_it()
    {
        var (first, second) = (NewCertificate("first.pem"), NewCertificate("second.pem"));
        var text = Protect(Files(first), "refresh");

        Assert.Equal("refresh", Unprotect(Files(first), text));
        Assert.Equal("refresh", Unprotect(Files(second, first), text));
        Assert.ThrowsAny<CryptographicException>(() => Unprotect(Files(second), text));
        Assert.DoesNotContain("masterKey", StoredKeys(), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_from_before_there_was_a_certificate_are_not_used_any_more()
    {
        var text = Protect(new(StringComparer.Ordinal), "before");
        Assert.Contains("masterKey", StoredKeys(), StringComparison.Ordinal);

        var certificate = NewCertificate("first.pem");
        Assert.ThrowsAny<CryptographicException>(() => Unprotect(Files(certificate), text));
        var after = Protect(Files(certificate), "after");
        Assert.Equal("after", Unprotect(Files(certificate), after));
    }

    public void Dispose()
    {
        TestDatabase.LetGo();
        Directory.Delete(_folder, recursive: true);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static Dictionary<string, string?> Files(string certificate, params string[] old)
    {
        var keys = new Dictionary<string, string?>(StringComparer.Ordinal) { ["DataProtection:CertificateFile"] = certificate };
        foreach (var (index, file) in old.Index())
        {
            keys[$"DataProtection:OldCertificateFiles:{index}"] = file;
        }

        return keys;
    }

    private static IReadOnlyList<string> Problems(Dictionary<string, string?> keys, bool isSandbox)
    {
        var read = new ConfigurationReader(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), isSandbox);
        KeyProtectionOptions.Read(read);
        return read.Problems;
    }

    private string NewCertificate(string name)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        return path;
    }

    private string Protect(Dictionary<string, string?> keys, string text) => With(keys, protector => protector.Protect(text));

    private string Unprotect(Dictionary<string, string?> keys, string text) => With(keys, protector => protector.Unprotect(text));

    /// <summary>A process of its own, as far as keys go: nothing but the database outlives it.</summary>
    private string With(Dictionary<string, string?> keys, Func<IDataProtector, string> act)
    {
        var read = new ConfigurationReader(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), isSandbox: keys.Count == 0);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.ClearProviders());
        services.AddSingleton(TestDatabase.At(Path.Combine(_folder, "homebridge.db")));
        services.AddSingleton<Database>();
        services.AddKeyProtection(KeyProtectionOptions.Read(read));
        Assert.Empty(read.Problems);
        using var provider = services.BuildServiceProvider();
        return act(provider.GetRequiredService<IDataProtectionProvider>().CreateProtector("test"));
    }

    private string StoredKeys()
    {
        using var connection = TestDatabase.Open(Path.Combine(_folder, "homebridge.db"));
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT string_agg(xml, ',') FROM data_protection_keys";
        return (string)command.ExecuteScalar()!;
    }
}
