using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HomeBridge.Hosting;

/// <summary>
/// Connections to an identity provider: to the address that was configured and no other. In the sandbox its stand-in may
/// have a certificate of its own.
/// </summary>
internal static class OutsideHttps
{
    public static SocketsHttpHandler NewHandler(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (certificate is not null)
        {
            handler.UseProxy = false;
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { certificate },
                RevocationMode = X509RevocationMode.NoCheck,
            };
        }

        return handler;
    }

    /// <summary>The stand-in's certificate, from the file that <paramref name="key"/> names; refused outside the sandbox.</summary>
    public static X509Certificate2? ReadStandInCertificate(ConfigurationReader read, string key)
    {
        if (read.OptionalText(key) is not { } file)
        {
            return null;
        }

        if (!read.IsSandbox)
        {
            read.Problem(key, "is for the sandbox's stand-in and refused outside the sandbox: take it out.", "(nothing)");
            return null;
        }

        try
        {
            return X509CertificateLoader.LoadCertificateFromFile(file);
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException)
        {
            read.Problem(key, $"'{file}' can't be read ({unreadable.Message}).", "/tmp/directory.pem");
            return null;
        }
    }
}
