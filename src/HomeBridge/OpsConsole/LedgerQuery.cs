using System.Globalization;
using System.Security.Claims;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.Ledger;

namespace HomeBridge.OpsConsole;

/// <summary>What somebody wants to know of the ledger: one device or one grant, and a time.</summary>
internal sealed record LedgerQuestion(string? Device, string? Grant, DateTimeOffset From, DateTimeOffset To, bool Units, long After, int Limit);

/// <summary>Reads the ledger for people. Who read what is itself recorded, before anything is answered.</summary>
internal sealed class LedgerQuery(ReleaseLedger ledger, DeviceRegister devices, AuditTrail audit, TimeProvider time)
{
    /// <summary>The time that is looked at when nobody says which.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromHours(24);

    private const int IdLengthMax = 128;
    private const int LimitByDefault = 100;

    /// <summary>The question, or the sentence that says what to change. Times without a zone are UTC.</summary>
    public (LedgerQuestion? Question, string? Wrong) Read(IQueryCollection query)
    {
        string? Of(string name) => query[name].ToString().Trim() is { Length: > 0 } text ? text : null;
        var (device, grant) = (Of("device"), Of("grant"));
        if ((device is null) == (grant is null))
        {
            return (null, "Say whose pictures: device (the id that platforms see, or the maker's own) or grant, one of the two.");
        }

        if ((device ?? grant)!.Length > IdLengthMax)
        {
            return (null, $"An id has at most {IdLengthMax} characters.");
        }

        var now = time.GetUtcNow();
        if (!TryTime(Of("to"), now, out var to) || !TryTime(Of("from"), to - Lately, out var from) || from > to)
        {
            return (null, "from and to are times like 2026-11-22T18:00:00Z, and from is before to. Without them it is the last day.");
        }

        if (!TryFlag(Of("units"), out var units)
            || !TryNumber(Of("after"), 0, long.MaxValue, out var after)
            || !TryNumber(Of("limit"), LimitByDefault, ReleaseLedger.SessionsMax, out var limit))
        {
            return (null, $"units is true or false, limit a number from 1 to {ReleaseLedger.SessionsMax}, after the number that an answer ended with as next.");
        }

        return (new LedgerQuestion(device, grant, from, to, units, after, (int)Math.Max(limit, 1)), null);
    }

    /// <summary>The sessions, and whether there may be more after them.</summary>
    public (IReadOnlyList<SessionSeen> Seen, long? Next) Ask(LedgerQuestion question, ClaimsPrincipal who)
    {
        var device = question.Device is { } id ? devices.Find(id)?.Id.Value ?? id : null;
        audit.Append(
            who.Identity!.Name!, "ledger.read", device ?? question.Grant!,
            $"{question.From.UtcDateTime:O} to {question.To.UtcDateTime:O}{(question.Units ? ", with unit hashes" : "")}");
        var seen = device is not null
            ? ledger.WhoSaw(device, question.From, question.To, question.After, question.Limit)
            : ledger.OfGrant(question.Grant!, question.From, question.To, question.After, question.Limit);
        return (seen, seen.Count == question.Limit ? seen[^1].Session.Id : null);
    }

    public IEnumerable<ReleasedUnit> Units(SessionSeen seen) => ledger.Units(seen.Session.Id, seen.FirstRelease, seen.LastRelease);

    /// <summary>Reads the whole chain. That somebody did is recorded, too.</summary>
    public LedgerCheck Verify(ClaimsPrincipal who)
    {
        var check = ledger.Verify();
        audit.Append(who.Identity!.Name!, "ledger.verified", "", check.Intact ? $"intact, {check.Rows} rows" : $"row {check.FirstBadRow}: {check.Problem}");
        return check;
    }

    private static bool TryTime(string? text, DateTimeOffset otherwise, out DateTimeOffset time)
    {
        time = otherwise;
        return text is null || DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    private static bool TryFlag(string? text, out bool flag)
    {
        flag = false;
        return text is null || bool.TryParse(text, out flag);
    }

    private static bool TryNumber(string? text, long otherwise, long max, out long number)
    {
        number = otherwise;
        return text is null || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max);
    }
}
