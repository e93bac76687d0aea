using System.Collections.Concurrent;
using HomeBridge.Hosting;
using HomeBridge.Streaming;

namespace HomeBridge.Devices;

/// <summary>
/// Devices that were read before, with what was worked out from their rows. Each row is still read for each request, and a
/// device is used again only while its row says the same, byte for byte: this saves making its texts, never asking.
/// </summary>
internal sealed class KnownDevices
{
    /// <summary>So many are added until all go, and come back as they are read.</summary>
    private const int KeptMax = 20_000;

    /// <summary>Bytes of one row that are kept.</summary>
    private const int RowBytesMax = 4 * 1024;

    private const int IdLengthMax = 128;

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Kept>.AlternateLookup<ReadOnlySpan<char>> _keptBySpan;

    private int _added;

    public KnownDevices() => _keptBySpan = _kept.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The device of a row with these columns: id, vendor, vendor's id, type, traits, model, firmware, attributes, evidence key and its thumbprint.</summary>
    public Device Read(ReadRow row)
    {
        Span<char> id = stackalloc char[IdLengthMax];
        if (System.Text.Encoding.UTF8.TryGetChars(row.Utf8(0), id, out var length) && _keptBySpan.TryGetValue(id[..length], out var kept) && kept.Is(row))
        {
            return kept.Device;
        }

        var device = new Device(
            new DeviceId(row.Text(0)), new DeviceRef(row.Text(1), row.Text(2)), row.Text(3),
            [.. row.Text(4).Split(' ', StringSplitOptions.RemoveEmptyEntries)], row.OptionalText(5), row.OptionalText(6), row.Text(7))
        {
            EvidenceKey = row.OptionalText(8),
            EvidenceThumbprint = row.OptionalText(9),
        };
        var now = new Kept(device, row);
        if (now.Bytes <= RowBytesMax)
        {
            if (Interlocked.Increment(ref _added) % KeptMax == 0)
            {
                _kept.Clear();
            }

            _kept[device.Id.Value] = now;
        }

        return device;
    }

    private sealed class Kept
    {
        private const int Columns = DeviceRegister.ColumnCount;

        private readonly byte[]?[] _row = new byte[]?[Columns];

        public Kept(Device device, ReadRow row)
        {
            Device = device;
            for (var column = 0; column < Columns; column++)
            {
                _row[column] = row.IsNull(column) ? null : row.Utf8(column).ToArray();
                Bytes += _row[column]?.Length ?? 0;
            }
        }

        public Device Device { get; }

        public int Bytes { get; }

        public bool Is(ReadRow row)
        {
            for (var column = 1; column < Columns; column++)
            {
                var now = row.Utf8(column);
                if (!now.SequenceEqual(_row[column]) || (now.IsEmpty && row.IsNull(column) != _row[column] is null))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
