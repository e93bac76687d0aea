using System.Xml.Linq;
using Dapper;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace HomeBridge.Hosting;

/// <summary>
/// The framework's Data Protection keys (residents' tokens at the maker, form tokens, sign-ins under way) in our database,
/// sealed with a certificate that is not there: a restart logs nobody out, and a stolen database opens nothing.
/// </summary>
internal sealed class DataProtectionKeys(Database database, KeyProtectionOptions protection, ILogger<DataProtectionKeys> log) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = database.Open();
        var all = connection.Query<string>("SELECT xml FROM data_protection_keys").Select(XElement.Parse).ToList();
        if (protection.Certificate is null)
        {
            return all;
        }

        // Keys from before there was a certificate stand open in this database and in its backups. They are done with: forms
        // that are open must be opened again.
        var open = all.RemoveAll(IsOpen);
        if (open > 0)
        {
            log.LogWarning("{Count} Data Protection keys were stored without a certificate around them and are not used any more", open);
        }

        return all;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = database.Open();
        connection.Execute(
            "INSERT INTO data_protection_keys (name, xml) VALUES (@friendlyName, @xml)",
            new { friendlyName, xml = element.ToString(SaveOptions.DisableFormatting) });
    }

    private static bool IsOpen(XElement key) => key.Name.LocalName == "key" && key.Descendants().Any(part => part.Name.LocalName == "masterKey");
}

internal static class DataProtectionRegistration
{
    public static void AddKeyProtection(this IServiceCollection services, KeyProtectionOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<DataProtectionKeys>();
        var protection = services.AddDataProtection().SetApplicationName("homebridge");
        services.AddOptions<KeyManagementOptions>().Configure<DataProtectionKeys>((keys, store) => keys.XmlRepository = store);
        if (options.Certificate is { } certificate)
        {
            protection.ProtectKeysWithCertificate(certificate).UnprotectKeysWithAnyCertificate([certificate, .. options.Old]);
        }
    }
}
