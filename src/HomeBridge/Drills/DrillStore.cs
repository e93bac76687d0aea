using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Drills;

/// <summary>How a drill went.</summary>
internal enum DrillOutcome
{
    /// <summary>The picture ended in time, and came back afterwards.</summary>
    Passed,

    /// <summary>The switch did not do what it is for.</summary>
    Failed,

    /// <summary>There was no picture to stop: nothing is known about the switch.</summary>
    NotRun,
}

/// <summary>One drill. Times in milliseconds from the moment in which the switch was thrown; null when it did not come to that.</summary>
/// <param name="Id">Its own.</param>
/// <param name="At">When it began.</param>
/// <param name="By">An operator, or <c>system</c> for the schedule.</param>
/// <param name="Account">The canary.</param>
/// <param name="Suspension">What was raised for it.</param>
/// <param name="Outcome">See there.</param>
/// <param name="Detail">In words.</param>
/// <param name="ConfirmedMs">Every process had confirmed.</param>
/// <param name="LastByteMs">The last byte that the canary was given; 0 when none came after the switch.</param>
/// <param name="BackMs">From lifting to the picture's return.</param>
internal sealed record DrillResult(
    string Id, DateTimeOffset At, string By, string Account, string? Suspension, DrillOutcome Outcome, string Detail,
    long? ConfirmedMs, long? LastByteMs, long? BackMs);

/// <summary>The history of drills.</summary>
internal sealed class DrillStore(Database database)
{
    /// <summary>More than a month of drills at their default pace; the oldest go.</summary>
    private const int KeptMax = 10_000;

    public void Add(DrillResult drill) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        connection.Execute(
            """
            INSERT INTO drills (id, at, by_whom, account, suspension, outcome, detail, confirmed_ms, last_byte_ms, back_ms)
            VALUES (@Id, @At, @By, @Account, @Suspension, @Outcome, @Detail, @ConfirmedMs, @LastByteMs, @BackMs)
            """,
            Row.From(drill),
            transaction);
        return connection.Execute(
            "DELETE FROM drills WHERE at < (SELECT at FROM drills ORDER BY at DESC LIMIT 1 OFFSET @kept)", new { kept = KeptMax - 1 }, transaction);
    });

    /// <summary>The newest first.</summary>
    public IReadOnlyList<DrillResult> Newest(int limit)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            """
            SELECT id AS Id, at AS At, by_whom AS By, account AS Account, suspension AS Suspension, outcome AS Outcome, detail AS Detail,
                confirmed_ms AS ConfirmedMs, last_byte_ms AS LastByteMs, back_ms AS BackMs
            FROM drills ORDER BY at DESC LIMIT @limit
            """,
            new { limit }).Select(row => row.ToResult())];
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public long At { get; init; }
        public string By { get; init; } = "";
        public string Account { get; init; } = "";
        public string? Suspension { get; init; }
        public string Outcome { get; init; } = "";
        public string Detail { get; init; } = "";
        public long? ConfirmedMs { get; init; }
        public long? LastByteMs { get; init; }
        public long? BackMs { get; init; }

        public static Row From(DrillResult drill) => new()
        {
            Id = drill.Id,
            At = drill.At.ToUnixTimeMilliseconds(),
            By = drill.By,
            Account = drill.Account,
            Suspension = drill.Suspension,
            Outcome = drill.Outcome.ToString(),
            Detail = drill.Detail,
            ConfirmedMs = drill.ConfirmedMs,
            LastByteMs = drill.LastByteMs,
            BackMs = drill.BackMs,
        };

        public DrillResult ToResult() => new(
            Id, DateTimeOffset.FromUnixTimeMilliseconds(At), By, Account, Suspension, Enum.Parse<DrillOutcome>(Outcome), Detail, ConfirmedMs, LastByteMs, BackMs);
    }
}
