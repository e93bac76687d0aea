using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Devices;

/// <summary>A device that can't be announced to a platform.</summary>
/// <param name="Device">The maker's id, or its place in the list when it has none.</param>
/// <param name="Type">Its type as the device cloud names it; empty when it has none.</param>
/// <param name="Problem">What is wrong, in a sentence for the maker.</param>
public sealed record DeviceProblem(string Device, string Type, string Problem);

/// <summary>A problem as operators see it.</summary>
internal sealed record StandingDeviceProblem(string Vendor, string Account, DeviceProblem Problem, DateTimeOffset Since);

/// <summary>
/// The devices that SYNC has to leave out so that the rest of their home is served. Kept until the device cloud
/// describes them properly.
/// </summary>
internal sealed class DeviceProblems(Database database, TimeProvider time, ILogger<DeviceProblems> log)
{
    /// <summary>Problems kept of one account.</summary>
    private const int KeptMax = 100;

    /// <summary>Characters of the maker's text that are kept.</summary>
    private const int TextLengthMax = 500;

    private static readonly ReadStatement OfAccount = new("SELECT device, type, problem FROM device_problems WHERE vendor = ?1 AND account = ?2");

    /// <summary>What the account's newest list says; it replaces what the list before said.</summary>
    /// <param name="vendor">Whose devices.</param>
    /// <param name="account">Whose home.</param>
    /// <param name="found">What is wrong now.</param>
    /// <param name="before">What was said before, by <see cref="Of(RequestView, string, string)"/>.</param>
    public void Replace(string vendor, string account, IReadOnlyList<DeviceProblem> found, IReadOnlyList<DeviceProblem> before)
    {
        if (found.Count == 0 && before.Count == 0)
        {
            return;
        }

        var now = found.Take(KeptMax).DistinctBy(problem => problem.Device).Select(Shortened).ToList();
        if (now.Count == before.Count && now.ToHashSet().SetEquals(before))
        {
            return;
        }

        foreach (var problem in now.Except(before))
        {
            log.LogWarning("Device {Device} of account {Account} is left out of SYNC: {Problem}", problem.Device, account, problem.Problem);
        }

        database.Write(transaction =>
        {
            var connection = transaction.Connection!;
            foreach (var gone in before.Except(now))
            {
                connection.Execute(
                    "DELETE FROM device_problems WHERE vendor = @vendor AND account = @account AND device = @Device",
                    new { vendor, account, gone.Device },
                    transaction);
            }

            connection.Execute(
                """
                INSERT INTO device_problems (vendor, account, device, type, problem, since)
                VALUES (@vendor, @account, @Device, @Type, @Problem, @since) ON CONFLICT DO NOTHING
                """,
                now.Select(problem => new { vendor, account, problem.Device, problem.Type, problem.Problem, since = time.GetUtcNow().ToUnixTimeMilliseconds() }),
                transaction);
            return true;
        });
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<StandingDeviceProblem> Standing(int limit)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>("SELECT * FROM device_problems ORDER BY since DESC, device LIMIT @limit", new { limit })
            .Select(row => new StandingDeviceProblem(row.Vendor, row.Account, row.ToProblem(), DateTimeOffset.FromUnixTimeMilliseconds(row.Since)))];
    }

    /// <summary>Forgets those of an account that is deleted.</summary>
    public static void Forget(DbTransaction transaction, string vendor, string account) => transaction.Connection!.Execute(
        "DELETE FROM device_problems WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);

    /// <summary>What the account's newest list says.</summary>
    public IReadOnlyList<DeviceProblem> Of(string vendor, string account)
    {
        using var view = database.ForRequest();
        return Of(view, vendor, account);
    }

    /// <summary>The same, as a request sees it.</summary>
    public static IReadOnlyList<DeviceProblem> Of(RequestView view, string vendor, string account) => view.Read((vendor, account), static (reads, of) =>
    {
        using var rows = reads.Open(OfAccount).Bind(1, of.vendor).Bind(2, of.account);
        var problems = new List<DeviceProblem>();
        while (rows.Next())
        {
            problems.Add(new DeviceProblem(rows.Row.Text(0), rows.Row.Text(1), rows.Row.Text(2)));
        }

        return problems;
    });

    private static DeviceProblem Shortened(DeviceProblem problem) => new(Shortened(problem.Device), Shortened(problem.Type), Shortened(problem.Problem));

    private static string Shortened(string text) => text.Length <= TextLengthMax ? text : text[..TextLengthMax];

    private sealed class Row
    {
        public string Vendor { get; init; } = "";
        public string Account { get; init; } = "";
        public string Device { get; init; } = "";
        public string Type { get; init; } = "";
        public string Problem { get; init; } = "";
        public long Since { get; init; }

        public DeviceProblem ToProblem() => new(Device, Type, Problem);
    }
}
