using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Notices;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>What the maker said of each resident at the last sign-in: for notices, which are for somebody who isn't there.</summary>
internal sealed class ResidentProfiles(Database database, TimeProvider time) : INoticeRecipients
{
    /// <summary>Null when nobody of that account ever signed in here.</summary>
    public ResidentProfile? Of(string vendor, string account)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>(
            "SELECT name, email, time_zone, locale FROM resident_profiles WHERE vendor = @vendor AND account = @account", new { vendor, account }) is { } row
            ? new ResidentProfile(row.Name, row.Email, row.TimeZone, row.Locale)
            : null;
    }

    public NoticeRecipient? Recipient(string vendor, string account) =>
        Of(vendor, account) is { } profile ? new NoticeRecipient(profile.Email, profile.Locale, profile.TimeZone) : null;

    public void Keep(DbTransaction transaction, string vendor, string account, ResidentProfile profile) => transaction.Connection!.Execute(
        """
        INSERT INTO resident_profiles (vendor, account, name, email, time_zone, locale, signed_in_at)
        VALUES (@vendor, @account, @Name, @Email, @TimeZone, @Locale, @now)
        ON CONFLICT (vendor, account) DO UPDATE SET name = excluded.name, email = excluded.email,
            time_zone = excluded.time_zone, locale = excluded.locale, signed_in_at = excluded.signed_in_at
        """,
        new { vendor, account, profile.Name, profile.Email, profile.TimeZone, profile.Locale, now = time.GetUtcNow().ToUnixTimeMilliseconds() },
        transaction);

    /// <summary>False once somebody deleted the account.</summary>
    public static bool IsKnown(DbTransaction transaction, string vendor, string account) => transaction.Connection!.QuerySingle<int>(
        "SELECT COUNT(*) FROM resident_profiles WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction) == 1;

    /// <summary>With all sessions ended first: they name it. 1 when there was one.</summary>
    public static int Forget(DbTransaction transaction, string vendor, string account) => transaction.Connection!.Execute(
        "DELETE FROM resident_profiles WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);

    private sealed record Row
    {
        public string Name { get; init; } = "";

        public string? Email { get; init; }

        public string? TimeZone { get; init; }

        public string? Locale { get; init; }
    }
}
