using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.CameraStreams;

/// <summary>A resident's word that no video of a camera, or of any, leaves for a display.</summary>
/// <param name="Device">The camera as platforms see it; null means all of the account.</param>
/// <param name="PausedAt">Since when.</param>
/// <param name="Until">When it ends by itself; null: when the resident turns sharing on again.</param>
internal sealed record SharingPause(string? Device, DateTimeOffset PausedAt, DateTimeOffset? Until);

/// <summary>
/// Which residents pause the sharing of their cameras. Asked within the transaction that records a grant, so there is no
/// grant of a paused camera, on whichever replica; what runs already is stopped by who pauses.
/// </summary>
internal sealed class SharingPauses(Database database, TimeProvider time)
{
    /// <summary>Stands for all cameras of an account.</summary>
    private const string All = "";

    private const string InForce = "vendor = @vendor AND account = @account AND (until_at IS NULL OR until_at > @now)";

    /// <summary>Within a transaction; a second pause of the same takes the place of the first.</summary>
    public void Pause(DbTransaction transaction, string vendor, string account, string? device, DateTimeOffset? until) =>
        transaction.Connection!.Execute(
            """
            INSERT INTO sharing_pauses (vendor, account, device, paused_at, until_at) VALUES (@vendor, @account, @device, @now, @until)
            ON CONFLICT (vendor, account, device) DO UPDATE SET paused_at = excluded.paused_at, until_at = excluded.until_at
            """,
            new { vendor, account, device = device ?? All, now = Now, until = until?.ToUnixTimeMilliseconds() },
            transaction);

    /// <summary>Ends the pause of one camera, or with null the one of all and every single camera's. False when there was none.</summary>
    public bool Resume(DbTransaction transaction, string vendor, string account, string? device)
    {
        var now = Now;
        var ended = transaction.Connection!.Query<long?>(
            "DELETE FROM sharing_pauses WHERE vendor = @vendor AND account = @account AND (@device IS NULL OR device = @device) RETURNING until_at",
            new { vendor, account, device },
            transaction).AsList();
        return ended.Exists(until => until is null || until > now);
    }

    /// <summary>Forgets every pause of an account. Within a transaction.</summary>
    public static void Forget(DbTransaction transaction, string vendor, string account) => transaction.Connection!.Execute(
        "DELETE FROM sharing_pauses WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);

    /// <summary>The pauses of an account that are in force.</summary>
    public IReadOnlyList<SharingPause> Of(string vendor, string account)
    {
        using var connection = database.Open();
        return [.. connection.Query<(string Device, long PausedAt, long? Until)>(
            $"SELECT device, paused_at, until_at FROM sharing_pauses WHERE {InForce} ORDER BY device", new { vendor, account, now = Now })
            .Select(row => new SharingPause(
                row.Device == All ? null : row.Device, DateTimeOffset.FromUnixTimeMilliseconds(row.PausedAt),
                row.Until is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null))];
    }

    /// <summary>Whether a camera may not be shown now.</summary>
    public bool IsPaused(string vendor, string account, string device)
    {
        using var connection = database.Open();
        return IsPaused(connection, null, vendor, account, device);
    }

    /// <summary>The same within a transaction.</summary>
    public bool IsPaused(DbTransaction transaction, string vendor, string account, string device) =>
        IsPaused(transaction.Connection!, transaction, vendor, account, device);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private bool IsPaused(DbConnection connection, DbTransaction? transaction, string vendor, string account, string device) =>
        connection.QuerySingle<int>(
            $"SELECT COUNT(*) FROM sharing_pauses WHERE {InForce} AND device IN ('', @device)", new { vendor, account, device, now = Now }, transaction) > 0;
}
