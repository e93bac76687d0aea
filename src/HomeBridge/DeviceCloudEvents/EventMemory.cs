using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Streaming.Events;

namespace HomeBridge.DeviceCloudEvents;

/// <summary>What is remembered of events: used signatures, applied ids, and how far each device's story is told.</summary>
internal sealed class EventMemory(string vendor, TimeProvider time)
{
    /// <summary>How long an event may be sent again and still do nothing. Makers give up before.</summary>
    public static readonly TimeSpan IdsKeptFor = TimeSpan.FromDays(7);

    /// <summary>False when this very signature was used before.</summary>
    public bool TryUse(DbTransaction transaction, EventSignature signature)
    {
        var connection = transaction.Connection!;
        var now = time.GetUtcNow();
        connection.Execute(
            "DELETE FROM event_nonces WHERE created < @before",
            new { before = (now - (2 * EventVerifier.CreatedWithin)).ToUnixTimeSeconds() },
            transaction);
        connection.Execute(
            "DELETE FROM applied_events WHERE (vendor, event_id) IN (SELECT vendor, event_id FROM applied_events WHERE at < @before ORDER BY at LIMIT @ForgottenAtOnce)",
            new { before = (now - IdsKeptFor).ToUnixTimeMilliseconds(), ForgottenAtOnce },
            transaction);
        return connection.Execute(
            "INSERT INTO event_nonces (key_id, nonce, created) VALUES (@KeyId, @Nonce, @CreatedUnixSeconds) ON CONFLICT DO NOTHING",
            signature,
            transaction) == 1;
    }

    /// <summary>Ids that one call forgets: a week's end never holds up the writers. More than one call may bring.</summary>
    private const int ForgottenAtOnce = 500;

    /// <summary>Those of these ids that were applied before.</summary>
    public HashSet<string> Applied(DbTransaction transaction, IEnumerable<string> eventIds) => transaction.Connection!.Query<string>(
        $"SELECT event_id FROM applied_events WHERE vendor = @vendor AND {transaction.Connection!.In("event_id", "@ids")}", new { vendor, ids = eventIds.ToArray() }, transaction)
        .ToHashSet(StringComparer.Ordinal);

    public void Remember(DbTransaction transaction, IEnumerable<string> eventIds)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        transaction.ExecuteAll(
            "INSERT INTO applied_events (vendor, event_id, at) VALUES (@vendor, @eventId, @at)", eventIds.Select(eventId => new { vendor, eventId, at }));
    }

    /// <summary>Moves a device's story on. False when it is there already, or further.</summary>
    public bool Advance(DbTransaction transaction, DeviceCloudEvent happened) => transaction.Connection!.Execute(
        """
        INSERT INTO event_sequences (vendor, vendor_device_id, sequence) VALUES (@vendor, @VendorDeviceId, @Sequence)
        ON CONFLICT (vendor, vendor_device_id) DO UPDATE SET sequence = excluded.sequence
        WHERE excluded.sequence > event_sequences.sequence
        """,
        new { vendor, happened.VendorDeviceId, happened.Sequence },
        transaction) == 1;
}
