using System.Collections.Immutable;
using System.Globalization;
using Dapper;
using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Replicas;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.CameraStreams;

/// <summary>One key of the ring, as operators see it.</summary>
/// <param name="Id">Eight hexadecimal digits: the key id of <c>contracts/stream-ticket.md</c>.</param>
/// <param name="State"><c>signing</c>, <c>honoured</c>, <c>waiting</c> or <c>removed</c>.</param>
/// <param name="NotBefore">When it begins to sign; null means from the start.</param>
internal sealed record TicketKeyState(string Id, string State, DateTimeOffset? NotBefore);

/// <summary>
/// The keys of entry tickets. The newest whose time has come signs, all are honoured: a key is announced to gateways long
/// before its first ticket, and its last ticket is dead five minutes after the next key took over. A key that is removed
/// takes its tickets and its running sessions with it, at once.
/// </summary>
internal sealed class TicketKeyRing : IDisposable
{
    private readonly Database _database;
    private readonly AuditTrail _audit;
    private readonly Signal _signal;
    private readonly TimeProvider _time;
    private readonly ReplicaBell? _bell;
    private readonly ImmutableArray<RingKey> _configured;
    private readonly Lock _removing = new();
    private volatile TicketPublicKey[] _honoured;

    public TicketKeyRing(CameraStreamOptions options, Database database, AuditTrail audit, Signal signal, TimeProvider time, ReplicaBell? bell = null)
    {
        _database = database;
        _audit = audit;
        _signal = signal;
        _time = time;
        _bell = bell;
        _configured = [.. options.TicketKeys.Select(key => new RingKey(new TicketSigner(key.Pem), key.NotBefore)).OrderBy(key => key.NotBefore)];
        _honoured = ReadHonoured();
    }

    /// <summary>What gateways check tickets with. The same array until the ring changes.</summary>
    public TicketPublicKey[] Honoured => _honoured;

    /// <summary>The key that signs now; null when every key whose time has come was removed.</summary>
    public TicketSigner? Signing
    {
        get
        {
            var honoured = _honoured;
            var now = _time.GetUtcNow();
            return _configured.LastOrDefault(key => key.NotBefore <= now && honoured.Any(one => one.Id == key.Signer.PublicKey.Id))?.Signer;
        }
    }

    public IReadOnlyList<TicketKeyState> All()
    {
        var honoured = _honoured;
        var signing = Signing?.PublicKey.Id;
        return [.. _configured.Select(key => new TicketKeyState(
            Text(key.Signer.PublicKey.Id),
            honoured.All(one => one.Id != key.Signer.PublicKey.Id) ? "removed"
                : key.Signer.PublicKey.Id == signing ? "signing"
                : key.NotBefore > _time.GetUtcNow() ? "waiting"
                : "honoured",
            key.NotBefore == DateTimeOffset.MinValue ? null : key.NotBefore))];
    }

    /// <summary>Takes a key out for good and tells every gateway. False when the ring has no such key.</summary>
    public bool Remove(string id, string author, string reason)
    {
        if (_configured.FirstOrDefault(key => Text(key.Signer.PublicKey.Id) == id) is not { } found)
        {
            return false;
        }

        lock (_removing)
        {
            _database.Write(transaction =>
            {
                var removed = transaction.Connection!.Execute(
                    "INSERT INTO removed_ticket_keys (id, removed_at, removed_by, reason) VALUES (@id, @at, @author, @reason) ON CONFLICT (id) DO NOTHING",
                    new { id = (long)found.Signer.PublicKey.Id, at = _time.GetUtcNow().ToUnixTimeMilliseconds(), author, reason },
                    transaction);
                if (removed == 1)
                {
                    _audit.Append(transaction, author, "ticket_key.removed", id, reason);
                }

                return removed;
            });
            _honoured = ReadHonoured();
        }

        _signal.Raise();
        _bell?.Ring(BellTopic.Ended);
        return true;
    }

    /// <summary>Another replica may have removed a key: what the database says counts.</summary>
    public void Reload()
    {
        lock (_removing)
        {
            var honoured = ReadHonoured();
            if (honoured.Length == _honoured.Length)
            {
                return;
            }

            _honoured = honoured;
        }

        _signal.Raise();
    }

    public void Dispose()
    {
        foreach (var key in _configured)
        {
            key.Signer.Dispose();
        }
    }

    private TicketPublicKey[] ReadHonoured()
    {
        using var connection = _database.Open();
        var removed = connection.Query<long>("SELECT id FROM removed_ticket_keys").ToHashSet();
        return [.. _configured.Select(key => key.Signer.PublicKey).Where(key => !removed.Contains(key.Id))];
    }

    private static string Text(uint id) => id.ToString("x8", CultureInfo.InvariantCulture);

    private sealed record RingKey(TicketSigner Signer, DateTimeOffset NotBefore);
}
