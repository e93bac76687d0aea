using Dapper;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Isolation;

/// <summary>
/// By what each camera's peer connections were agreed, for a day: certificate and ICE user name. Two cameras of a maker that have
/// one in common are one camera under two names, or a maker who answers for the wrong one. Kept here, since no gateway sees
/// the others'.
/// </summary>
internal sealed class PeerMarks(Database database, TimeProvider time)
{
    /// <summary>For how long a mark is another camera's.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromHours(24);

    /// <summary>Shorter names are drawn twice by chance: of 24 random bits, some times a day. They count with their password.</summary>
    private const int UfragLengthAlone = 8;

    /// <summary>Notes the answer's marks; the other cameras that had one of them within a day, the latest first, and when.</summary>
    public IReadOnlyList<PeerMark> Note(Device device, PeerAnswered answered) => database.Write<IReadOnlyList<PeerMark>>(transaction =>
    {
        var connection = transaction.Connection!;
        var (now, vendor, own) = (time.GetUtcNow().ToUnixTimeMilliseconds(), device.Ref.Vendor, device.Id.Value);
        var since = now - (long)Within.TotalMilliseconds;
        connection.Execute("DELETE FROM isolation_peers WHERE at < @since", new { since }, transaction);
        string[] marks =
        [
            $"fingerprint {answered.Fingerprint}",
            answered.Ufrag.Length < UfragLengthAlone ? $"ufrag {answered.Ufrag} {answered.PasswordSha256}" : $"ufrag {answered.Ufrag}",
        ];
        foreach (var mark in marks)
        {
            connection.Execute(
                "INSERT INTO isolation_peers (mark, vendor, device, at) VALUES (@mark, @vendor, @own, @now) ON CONFLICT (vendor, mark, device) DO UPDATE SET at = excluded.at",
                new { mark, vendor, own, now },
                transaction);
        }

        return [.. connection.Query<(string Device, long At)>(
            "SELECT device, at FROM isolation_peers WHERE vendor = @vendor AND mark IN @marks AND device <> @own AND at >= @since ORDER BY at DESC",
            new { vendor, marks, own, since },
            transaction).Select(row => new PeerMark(new DeviceId(row.Device), DateTimeOffset.FromUnixTimeMilliseconds(row.At)))];
    });
}

/// <summary>A mark that another camera answered with.</summary>
/// <param name="Device">The camera.</param>
/// <param name="At">When it did last.</param>
internal sealed record PeerMark(DeviceId Device, DateTimeOffset At);
