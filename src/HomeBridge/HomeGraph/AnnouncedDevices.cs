using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Traits;

namespace HomeBridge.HomeGraph;

/// <summary>A hash over everything that SYNC tells of devices: equal lists need no new SYNC.</summary>
internal static class AnnouncedDevices
{
    public static string Hash(IEnumerable<IdentifiedDevice> devices) => ByteChunks.Sha256(JsonOutput.WriteChunks(writer =>
    {
        writer.WriteStartArray();
        foreach (var (id, described) in devices.Where(IsAnnounced).OrderBy(device => device.Id.Value, StringComparer.Ordinal))
        {
            writer.Any(new List<object?>
            {
                id.Value, described.Type, described.Name, described.Room, described.Manufacturer, described.Model, described.Firmware, described.Hardware,
                described.Nicknames.ToList<object?>(),
                described.Traits.Order(StringComparer.Ordinal).ToList<object?>(), Ordered(described.Attributes),
            });
        }

        writer.WriteEndArray();
    }));

    /// <summary>SYNC leaves out what the platform would refuse. Cameras have attributes of the bridge's own.</summary>
    private static bool IsAnnounced(IdentifiedDevice device)
    {
        var described = device.Description;
        return described.Traits.Contains("CameraStream", StringComparer.Ordinal)
            || !TraitCatalogue.Current.Review(described.Type, described.Traits.AsSpan(), described.Attributes).Any(problem => problem.Fatal);
    }

    /// <summary>A maker may name members in another order each time.</summary>
    private static object? Ordered(object? value) => value switch
    {
        JsonMap map => map.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => (object?)new List<object?> { member.Key, Ordered(member.Value) }).ToList(),
        IEnumerable<object?> list => list.Select(Ordered).ToList(),
        _ => value,
    };
}
