using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.Notices;

/// <summary>
/// Which notices a resident can do without. Those that warn of somebody else in the account stay on: whoever got in could
/// switch them off first.
/// </summary>
internal sealed class NoticeChoices(Database database, TimeProvider time)
{
    /// <summary>What can be switched off, by the kind that names the choice.</summary>
    public static readonly ImmutableArray<string> Kinds = [NoticeKinds.FirstView, NoticeKinds.Suspended];

    /// <summary>What is always told.</summary>
    public static readonly ImmutableArray<string> Fixed = [NoticeKinds.Linked, NoticeKinds.Unlinked, NoticeKinds.SignInNeeded, NoticeKinds.AppSessionEnded];

    /// <summary>The choice that a kind follows; null for one that is always told. The end of a pause goes with the pause.</summary>
    private static string? ChoiceOf(string kind) => kind switch
    {
        NoticeKinds.Restored => NoticeKinds.Suspended,
        _ when Kinds.Contains(kind, StringComparer.Ordinal) => kind,
        _ => null,
    };

    /// <summary>What a home switched off.</summary>
    public IReadOnlySet<string> Off(string vendor, string account)
    {
        using var connection = database.Open();
        return connection.Query<string>("SELECT kind FROM notices_off WHERE vendor = @vendor AND account = @account", new { vendor, account })
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>False when nothing changed.</summary>
    public bool Set(DbTransaction transaction, string vendor, string account, string kind, bool on) => transaction.Connection!.Execute(
        on
            ? "DELETE FROM notices_off WHERE vendor = @vendor AND account = @account AND kind = @kind"
            : "INSERT INTO notices_off (vendor, account, kind, since) VALUES (@vendor, @account, @kind, @now) ON CONFLICT DO NOTHING",
        new { vendor, account, kind, now = time.GetUtcNow().ToUnixTimeMilliseconds() },
        transaction) == 1;

    public static bool IsOff(DbTransaction transaction, string vendor, string account, string kind) =>
        ChoiceOf(kind) is { } choice && transaction.Connection!.QuerySingle<int>(
            "SELECT COUNT(*) FROM notices_off WHERE vendor = @vendor AND account = @account AND kind = @choice", new { vendor, account, choice }, transaction) == 1;
}
