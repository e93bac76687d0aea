using System.Security.Cryptography;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Events;

namespace HomeBridge.DeviceCloudEvents;

/// <summary>
/// Keys <c>DeviceCloud:EventKeys</c>: whose signatures open the events address. Several while a key is replaced; none
/// refuses every call.
/// </summary>
internal sealed record DeviceCloudEventsOptions(IReadOnlyList<EventKey> Keys, string PublicUrl)
{
    /// <summary>Bytes of a call: a hundred events with the states of large devices.</summary>
    public const int BodyBytesMax = 512 * 1024;

    /// <summary>Events of a call. One transaction applies them, and another home's events wait for it.</summary>
    public const int EventsPerCallMax = 100;

    private const string Example = "the output of: openssl ec -in events-key.pem -pubout";

    /// <param name="read">The configuration.</param>
    /// <param name="publicUrl">Where makers reach this bridge: signatures cover it.</param>
    public static DeviceCloudEventsOptions Read(ConfigurationReader read, string publicUrl)
    {
        var keys = new List<EventKey>();
        foreach (var key in read.Children("DeviceCloud:EventKeys"))
        {
            var id = read.Text($"{key}:Id", "acme-events-1");
            var pem = read.Text($"{key}:PublicKey", Example);
            if (keys.Exists(other => other.Id == id))
            {
                read.Problem($"{key}:Id", $"'{id}' names two keys.", "acme-events-2");
            }
            else if (pem.Length > 0 && PublicKey(pem) is { } spki)
            {
                keys.Add(new EventKey(id, spki));
            }
            else if (pem.Length > 0)
            {
                read.Problem($"{key}:PublicKey", "is not a P-256 public key in PEM form.", Example);
            }
        }

        return new DeviceCloudEventsOptions(keys, publicUrl);
    }

    /// <summary>Null for anything but a P-256 public key: a private one belongs to the maker alone.</summary>
    private static byte[]? PublicKey(string pem)
    {
        try
        {
            using var key = ECDsa.Create();
            if (PemEncoding.TryFind(pem, out var fields) && pem[fields.Label] == "PUBLIC KEY")
            {
                key.ImportFromPem(pem);
                return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value
                    ? key.ExportSubjectPublicKeyInfo()
                    : null;
            }
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            // Said by the caller, with the key's name.
        }

        return null;
    }
}
