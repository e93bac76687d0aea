using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.HomeGraph;

/// <summary>A hash over everything that SYNC tells of devices: equal lists need no new SYNC.</summary>
internal static class AnnouncedDevices
{
    public static string Hash(IEnumerable<IdentifiedDevice> devices) => ByteChunks.Sha256(JsonOutput.WriteChunks(writer =>
    {
        writer.WriteStartArray();
        foreach (var (id, described) in devices.OrderBy(device => device.Id.Value, StringComparer.Ordinal))
        {
            writer.Any(new List<object?>
            {
                id.Value, described.Type, described.Name, described.Room, described.Model, described.Firmware, described.Hardware,
                described.Traits.Order(StringComparer.Ordinal).ToList<object?>(), Ordered(described.Attributes),
            });
        }

        writer.WriteEndArray();
    }));

    /// <summary>A maker may name members in another order each time.</summary>
    private static object? Ordered(object? value) => value switch
    {
        JsonMap map => map.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => (object?)new List<object?> { member.Key, Ordered(member.Value) }).ToList(),
        IEnumerable<object?> list => list.Select(Ordered).ToList(),
        _ => value,
    };
}
