using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Hosting;

namespace HomeBridge.Fulfillment.Challenges;

/// <summary>
/// Counts wrong PINs per device across all links, and per account across all its devices. An attempt counts from the
/// moment it is made and is taken back when the PIN was right: guesses side by side can't outrun the count.
/// </summary>
internal sealed class PinAttempts(Database database, ChallengeOptions options, TimeProvider time)
{
    /// <summary>Null when there were too many: then no PIN is tried, not even the right one.</summary>
    public PinAttempt? Begin(AccountLink link, Device device) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var since = now - (long)options.WrongPinsWithin.TotalMilliseconds;
        connection.Execute("DELETE FROM pin_attempts WHERE at <= @since", new { since }, transaction);
        if (connection.QuerySingle<bool>(Locked, Who(link, device, since), transaction))
        {
            return null;
        }

        var id = Guid.NewGuid().ToString("N");
        connection.Execute(
            "INSERT INTO pin_attempts (id, vendor, account, device, at) VALUES (@id, @Vendor, @Account, @device, @now)",
            new { id, link.Vendor, link.Account, device = device.Id.Value, now },
            transaction);
        return new PinAttempt(id, link.Vendor, link.Account, device.Id.Value);
    });

    /// <summary>Too many wrong ones already.</summary>
    public bool IsLocked(AccountLink link, Device device)
    {
        using var connection = database.Open();
        return connection.QuerySingle<bool>(
            Locked, Who(link, device, (time.GetUtcNow() - options.WrongPinsWithin).ToUnixTimeMilliseconds()));
    }

    /// <summary>
    /// The PIN was right: the device's count and the account's begin anew, and no other. Who knows one door's PIN would
    /// else have as many guesses as they like at the next door's.
    /// </summary>
    public void Right(PinAttempt attempt) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        connection.Execute("UPDATE pin_attempts SET device = '' WHERE device = @Device", attempt, transaction);
        connection.Execute("UPDATE pin_attempts SET account = '' WHERE vendor = @Vendor AND account = @Account", attempt, transaction);
        return connection.Execute("DELETE FROM pin_attempts WHERE device = '' AND account = ''", transaction: transaction);
    });

    /// <summary>Nobody looked at the PIN: this one doesn't count.</summary>
    public void TakeBack(PinAttempt attempt) => database.Write(transaction =>
        transaction.Connection!.Execute("DELETE FROM pin_attempts WHERE id = @Id", attempt, transaction));

    private const string Locked =
        """
        SELECT (SELECT COUNT(*) FROM pin_attempts WHERE device = @device AND at > @since) >= @max
            OR (SELECT COUNT(*) FROM pin_attempts WHERE vendor = @vendor AND account = @account AND at > @since) >= @max
        """;

    private object Who(AccountLink link, Device device, long since) =>
        new { device = device.Id.Value, vendor = link.Vendor, account = link.Account, since, max = options.WrongPinsMax };
}

/// <summary>One PIN that is being tried.</summary>
internal sealed record PinAttempt(string Id, string Vendor, string Account, string Device);
