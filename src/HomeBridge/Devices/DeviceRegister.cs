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

    /// <summary>What <see cref="Read"/> reads, for a statement of another feature that joins devices to rows of its own.</summary>
    public const string Columns = "d.id, d.vendor, d.vendor_device_id, d.type, d.traits, d.model, d.firmware, d.attributes, d.evidence_key, d.evidence_thumbprint";

    /// <summary>How many columns these are: what a joining statement adds begins here.</summary>
    public const int ColumnCount = 10;

    /// <summary>To be followed by the column that holds the platform's device id.</summary>
    public const string Join = "JOIN devices d ON d.id =";

    private static readonly ReadStatement ById = new($"SELECT {Columns} FROM devices d WHERE d.id = ?1");
    private static readonly ReadStatement ByMakersId = new($"SELECT {Columns} FROM devices d WHERE d.vendor = ?1 AND d.vendor_device_id = ?2");

    private readonly KnownDevices _known = new();

    /// <summary>The device of a row with <see cref="Columns"/>.</summary>
    public Device Read(ReadRow row) => _known.Read(row);

    /// <summary>Ids for what a device cloud just described; new ones are made, changed descriptions kept.</summary>
    /// <param name="vendor">Whose devices.</param>
    /// <param name="described">In his words.</param>
    /// <param name="read">Devices that were read just now, so that they aren't read again.</param>
    public IReadOnlyList<IdentifiedDevice> Identify(string vendor, IReadOnlyList<DeviceDescription> described, IReadOnlyList<Device>? read = null)
    {
        var known = new Dictionary<string, Device>(described.Count, StringComparer.Ordinal);
        foreach (var device in read ?? [])
        {
            // What a resident keeps from one link is not gone from the device.
            if (device.Ref.Vendor == vendor && device.Withheld.IsEmpty)
            {
                known[device.Ref.VendorDeviceId] = device;
            }
        }

        // Mostly each is known and says nothing new.
        var identified = new List<IdentifiedDevice>(described.Count);
        foreach (var device in described)
        {
            if (!known.TryGetValue(device.VendorDeviceId, out var before) || !before.Is(device))
            {
                break;
            }

            identified.Add(new IdentifiedDevice(before.Id, device));
        }

        if (identified.Count < described.Count)
        {
            identified = Remember(vendor, described, known);
        }

        keys.Review(described);
        return identified;
    }

    private List<IdentifiedDevice> Remember(string vendor, IReadOnlyList<DeviceDescription> described, Dictionary<string, Device> known)
    {
        var unread = described.Select(device => device.VendorDeviceId).Where(id => !known.ContainsKey(id)).ToList();
        if (unread.Count > 0)
        {
            foreach (var (id, device) in Find(vendor, unread))
            {
                known[id] = device;
            }
        }

        var changed = described.Where(device => !known.TryGetValue(device.VendorDeviceId, out var before) || !before.Is(device)).ToList();
        if (changed.Count > 0)
        {
            database.Write(transaction => transaction.ExecuteAll(
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
                })));

            // Another replica may have been first: the ids are what the table says.
            foreach (var (id, device) in Find(vendor, changed.Select(device => device.VendorDeviceId)))
            {
                known[id] = device;
            }
        }

        return [.. described.Select(device => new IdentifiedDevice(known[device.VendorDeviceId].Id, device))];
    }

    /// <summary>The id of a camera that the maker may never have listed for any linked home; it is made if there is none.</summary>
    public DeviceId Reserve(DeviceRef camera)
    {
        if (Find(camera.Vendor, [camera.VendorDeviceId]).TryGetValue(camera.VendorDeviceId, out var known))
        {
            return known.Id;
        }

        return Identify(camera.Vendor, [new DeviceDescription { VendorDeviceId = camera.VendorDeviceId, Type = "CAMERA", Name = "", Traits = ["CameraStream"] }])[0].Id;
    }

    /// <summary>
    /// One device by the id that platforms see, or by the maker's own id; null when neither is known. A maker may call a device of
    /// his what another is to platforms: that one is meant.
    /// </summary>
    public Device? Find(string id)
    {
        using var connection = database.Open();
        return connection.QueryFirstOrDefault<Row>(
            "SELECT * FROM devices WHERE id = @id OR vendor_device_id = @id ORDER BY CASE WHEN id = @id THEN 0 ELSE 1 END LIMIT 1", new { id })?.ToDevice();
    }

    /// <summary>Whether any device is known to be of this model and firmware; null is any.</summary>
    public bool HasSome(string? model, string? firmware)
    {
        using var connection = database.Open();
        return connection.QueryFirstOrDefault<int>(
            "SELECT 1 FROM devices WHERE (@model IS NULL OR model = @model) AND (@firmware IS NULL OR firmware = @firmware) LIMIT 1", new { model, firmware }) == 1;
    }

    /// <summary>Devices by the ids that platforms see; ids that are not known are left out.</summary>
    public IReadOnlyList<Device> Find(IReadOnlyCollection<string> ids) => database.View((Register: this, Ids: ids), static (reads, asked) =>
    {
        var found = new List<Device>(asked.Ids.Count);
        using var rows = reads.Open(ById);
        foreach (var id in asked.Ids)
        {
            if (rows.Bind(1, id).Next())
            {
                found.Add(asked.Register.Read(rows.Row));
            }

            rows.Again();
        }

        return found;
    });

    /// <summary>Devices by the maker's own ids; ids that were never described are left out.</summary>
    public IReadOnlyDictionary<string, Device> Find(string vendor, IEnumerable<string> vendorDeviceIds) =>
        database.View((Register: this, Vendor: vendor, Ids: vendorDeviceIds), static (reads, asked) =>
        {
            var found = new Dictionary<string, Device>(StringComparer.Ordinal);
            using var rows = reads.Open(ByMakersId).Bind(1, asked.Vendor);
            foreach (var id in asked.Ids)
            {
                if (rows.Bind(2, id).Next())
                {
                    found[id] = asked.Register.Read(rows.Row);
                }

                rows.Again();
            }

            return found;
        });

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
        var known = Find(vendor, named);
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
                else if (value is string maker && known.TryGetValue(maker, out var device))
                {
                    copy[name] = device.Id.Value;
                }
            }

            return copy;
        }
    }

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

        public Device ToDevice() => new(
            new DeviceId(Id), new DeviceRef(Vendor, VendorDeviceId), Type, [.. Traits.Split(' ', StringSplitOptions.RemoveEmptyEntries)], Model, Firmware, Attributes)
        {
            EvidenceKey = EvidenceKey,
            EvidenceThumbprint = EvidenceThumbprint,
        };
    }
}
