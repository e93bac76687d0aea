using Dapper;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Isolation;

/// <summary>
/// What each camera's init unit looked like, by its hash: the same camera with the same model and firmware has the same
/// one. A change that an operator's lift has settled, or that a new firmware explains, is learned.
/// </summary>
internal sealed class CameraPrints(Database database, TimeProvider time)
{
    private const string Columns = "model AS Model, firmware AS Firmware, init AS Init, parameter_sets AS ParameterSets, disputed_at AS DisputedAt";

    /// <summary>Compares, and learns where there is nothing to compare with. Null: as it was.</summary>
    public StreamAnomaly? Compare(Device device, string init, string? parameterSets)
    {
        if (Find(device.Id) is not { } known)
        {
            Learn(device, init, parameterSets);
            return null;
        }

        if (known.Init == init)
        {
            if (known.Model != device.Model || known.Firmware != device.Firmware)
            {
                // A new firmware that left the init unit alone explains no change that comes later.
                Learn(device, init, parameterSets);
            }

            return null;
        }

        return known.ParameterSets == parameterSets ? StreamAnomaly.InitChanged
            : StreamAnomaly.ParameterSetsChanged;
    }

    /// <summary>Whether the camera's model or firmware is another than when its print was learned.</summary>
    public bool IsNewDevice(Device device) =>
        Find(device.Id) is { } known && (known.Model != device.Model || known.Firmware != device.Firmware);

    /// <summary>When its print was first found to differ; null when it never was.</summary>
    public DateTimeOffset? DisputedAt(DeviceId device) =>
        Find(device)?.DisputedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    public void Learn(Device device, string init, string? parameterSets) => database.Write(transaction => transaction.Connection!.Execute(
        """
        INSERT INTO isolation_prints (device, model, firmware, init, parameter_sets) VALUES (@device, @Model, @Firmware, @init, @parameterSets)
        ON CONFLICT (device) DO UPDATE
        SET model = excluded.model, firmware = excluded.firmware, init = excluded.init, parameter_sets = excluded.parameter_sets, disputed_at = NULL
        """,
        new { device = device.Id.Value, device.Model, device.Firmware, init, parameterSets },
        transaction));

    public void Dispute(DeviceId device) => database.Write(transaction => transaction.Connection!.Execute(
        "UPDATE isolation_prints SET disputed_at = @now WHERE device = @device AND disputed_at IS NULL",
        new { device = device.Value, now = time.GetUtcNow().ToUnixTimeMilliseconds() },
        transaction));

    public void Forget(DeviceId device) => database.Write(transaction => transaction.Connection!.Execute(
        "DELETE FROM isolation_prints WHERE device = @device", new { device = device.Value }, transaction));

    private Print? Find(DeviceId device)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Print>($"SELECT {Columns} FROM isolation_prints WHERE device = @device", new { device = device.Value });
    }

    private sealed record Print(string? Model, string? Firmware, string Init, string? ParameterSets, long? DisputedAt);
}
