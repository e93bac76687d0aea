using System.Security.Cryptography;
using System.Text;
using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.Devices;

/// <summary>Gives each device of each maker its one id for platforms, and keeps what was last described of it.</summary>
internal sealed class DeviceRegister(Database database, EnrolledKeys keys)
{
    /// <summary>Devices that one status report names.</summary>
    private const int NamedMax = 500;

    private const string Columns = "id, vendor, vendor_device_id, type, traits, model, firmware, attributes, evidence_key, evidence_thumbprint";

    /// <summary>Ids for what a device cloud just described; new ones are made, changed descriptions kept.</summary>
    public IReadOnlyList<IdentifiedDevice> Identify(string vendor, IReadOnlyList<DeviceDescription> described)
    {
        var ids = described.Select(device => device.VendorDeviceId);
        var known = Known(vendor, ids);
        var changed = described
            .Where(device => !known.TryGetValue(device.VendorDeviceId, out var row) || !row.Describes(device))
            .ToList();
        if (changed.Count > 0)
        {
            database.Write(transaction => transaction.Connection!.Execute(
                """
                INSERT INTO devices (id, vendor, vendor_device_id, type, traits, model, firmware, attributes, evidence_key, evidence_thumbprint)
                VALUES (@Id, @Vendor, @VendorDeviceId, @Type, @Traits, @Model, @Firmware, @Attributes, @EvidenceKey, @EvidenceThumbprint)
                ON CONFLICT (vendor, vendor_device_id) DO UPDATE
                SET type = excluded.type, traits = excluded.traits, model = excluded.model, firmware = excluded.firmware,
                    attributes = excluded.attributes, evidence_key = excluded.evidence_key, evidence_thumbprint = excluded.evidence_thumbprint
                """,
                changed.Select(device => new
                {
                    Id = $"dev_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}",
                    Vendor = vendor,
                    device.VendorDeviceId,
                    device.Type,
                    Traits = string.Join(' ', device.Traits),
                    device.Model,
                    device.Firmware,
                    Attributes = Text(device.Attributes),
                    EvidenceKey = device.EvidenceKey?.SubjectPublicKeyInfo,
                    EvidenceThumbprint = device.EvidenceKey?.Thumbprint,
                }),
                transaction));

            // Another replica may have been first: the ids are what the table says.
            known = Known(vendor, ids);
        }

        keys.Review(described);
        return [.. described.Select(device => new IdentifiedDevice(new DeviceId(known[device.VendorDeviceId].Id), device))];
    }

    /// <summary>The id of a camera that the maker may never have listed for any linked home; it is made if there is none.</summary>
    public DeviceId Reserve(DeviceRef camera)
    {
        if (Known(camera.Vendor, [camera.VendorDeviceId]).TryGetValue(camera.VendorDeviceId, out var row))
        {
            return new DeviceId(row.Id);
        }

        return Identify(camera.Vendor, [new DeviceDescription { VendorDeviceId = camera.VendorDeviceId, Type = "CAMERA", Name = "", Traits = ["CameraStream"] }])[0].Id;
    }

    /// <summary>One device by the id that platforms see, or by the maker's own id; null when neither is known.</summary>
    public Device? Find(string id)
    {
        using var connection = database.Open();
        return connection.QueryFirstOrDefault<Row>(
            "SELECT * FROM devices WHERE id = @id OR vendor_device_id = @id", new { id })?.ToDevice();
    }

    /// <summary>Devices by the ids that platforms see; ids that are not known are left out.</summary>
    public IReadOnlyList<Device> Find(IReadOnlyCollection<string> ids) =>
        database.ReadEach($"SELECT {Columns} FROM devices WHERE id = ?1", static row => Row.Read(row).ToDevice(), ids);

    /// <summary>Devices by the maker's own ids; ids that were never described are left out.</summary>
    public IReadOnlyDictionary<string, Device> Find(string vendor, IEnumerable<string> vendorDeviceIds) =>
        Known(vendor, vendorDeviceIds).ToDictionary(row => row.Key, row => row.Value.ToDevice(), StringComparer.Ordinal);

    /// <summary>
    /// A status report names other devices by the maker's ids, which no platform sees: here they become the platform's.
    /// A device that was never announced is not named.
    /// </summary>
    public JsonMap WithPlatformIds(string vendor, JsonMap states)
    {
        const string report = "currentStatusReport", target = "deviceTarget";
        if (states.GetValueOrDefault(report) is not List<object?> { Count: > 0 } entries || !entries.Exists(entry => entry is JsonMap map && map.ContainsKey(target)))
        {
            return states;
        }

        var named = entries.OfType<JsonMap>().Select(entry => entry.GetValueOrDefault(target) as string).OfType<string>().Distinct(StringComparer.Ordinal).Take(NamedMax);
        var known = Known(vendor, named);
        var told = new JsonMap();
        foreach (var (name, value) in states)
        {
            told[name] = name == report ? entries.ConvertAll(Told) : value;
        }

        return told;

        object? Told(object? entry)
        {
            if (entry is not JsonMap map)
            {
                return entry;
            }

            var copy = new JsonMap();
            foreach (var (name, value) in map)
            {
                if (name != target)
                {
                    copy[name] = value;
                }
                else if (value is string maker && known.TryGetValue(maker, out var row))
                {
                    copy[name] = row.Id;
                }
            }

            return copy;
        }
    }

    private Dictionary<string, Row> Known(string vendor, IEnumerable<string> vendorDeviceIds) =>
        database
            .ReadEach($"SELECT {Columns} FROM devices WHERE vendor = ?1 AND vendor_device_id = ?2", Row.Read, [.. vendorDeviceIds.Distinct(StringComparer.Ordinal)], vendor)
            .ToDictionary(row => row.VendorDeviceId, StringComparer.Ordinal);

    private static string Text(JsonMap attributes) =>
        attributes.Count == 0 ? Device.NoAttributes : Encoding.UTF8.GetString(JsonOutput.Write(writer => writer.Any(attributes)).Span);

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string Vendor { get; init; } = "";
        public string VendorDeviceId { get; init; } = "";
        public string Type { get; init; } = "";
        public string Traits { get; init; } = "";
        public string? Model { get; init; }
        public string? Firmware { get; init; }
        public string Attributes { get; init; } = Device.NoAttributes;
        public string? EvidenceKey { get; init; }
        public string? EvidenceThumbprint { get; init; }

        public static Row Read(ReadRow row) => new()
        {
            Id = row.Text(0),
            Vendor = row.Text(1),
            VendorDeviceId = row.Text(2),
            Type = row.Text(3),
            Traits = row.Text(4),
            Model = row.OptionalText(5),
            Firmware = row.OptionalText(6),
            Attributes = row.Text(7),
            EvidenceKey = row.OptionalText(8),
            EvidenceThumbprint = row.OptionalText(9),
        };

        public bool Describes(DeviceDescription device) =>
            Type == device.Type && Traits == string.Join(' ', device.Traits) && Model == device.Model && Firmware == device.Firmware
            && Attributes == Text(device.Attributes) && EvidenceThumbprint == device.EvidenceKey?.Thumbprint;

        public Device ToDevice() => new(
            new DeviceId(Id), new DeviceRef(Vendor, VendorDeviceId), Type, [.. Traits.Split(' ', StringSplitOptions.RemoveEmptyEntries)], Model, Firmware, Attributes)
        {
            EvidenceKey = EvidenceKey,
            EvidenceThumbprint = EvidenceThumbprint,
        };
    }
}
