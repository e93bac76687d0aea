using HomeBridge.Audit;
using HomeBridge.Hosting;
using HomeBridge.OpsConsole;
using HomeBridge.Tests.World;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>What is counted of failures, and what is written down of them.</summary>
public sealed class SignInLimitsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-limits-");
    private readonly SetClock _clock = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_address_over_its_limit_waits_and_others_do_not()
    {
        var limits = new SignInLimits(_clock);
        for (var number = 0; number < SignInLimits.FailuresPerAddressMax; number++)
        {
            Assert.Null(limits.Failed("10.0.0.1"));
        }

        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(TimeSpan.FromMinutes(3), limits.Failed("10.0.0.1"));
        Assert.Equal(TimeSpan.FromMinutes(3), limits.IsOver("10.0.0.1"));
        Assert.Null(limits.IsOver("10.0.0.2"));
        Assert.Null(limits.Failed("10.0.0.2"));

        _clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Null(limits.IsOver("10.0.0.1"));
        Assert.Null(limits.Failed("10.0.0.1"));
    }

    [Fact]
    public void A_name_is_counted_over_all_addresses()
    {
        var limits = new SignInLimits(_clock);
        for (var number = 0; number < SignInLimits.FailuresPerNameMax; number++)
        {
            Assert.Null(limits.Failed($"10.0.0.{number}", "night-1"));
        }

        Assert.NotNull(limits.Failed("10.0.1.1", "night-1"));
        Assert.Null(limits.Failed("10.0.1.1", "night-2"));
    }

    [Fact]
    public void A_flood_of_refusals_is_a_handful_of_rows()
    {
        using var database = new Database(TestDatabase.At(Path.Combine(_folder.FullName, "one.db")));
        var audit = new AuditTrail(database, _clock);
        using var trail = new RefusalTrail(audit, _clock, NullLogger<RefusalTrail>.Instance);
        for (var number = 0; number < 5_000; number++)
        {
            trail.SignInFailed("10.0.0.1", "a wrong token");
            trail.SignInFailed($"11.{number / 250}.0.{number % 250}", "a wrong token");
        }

        trail.Denied("anna", "POST /ops/v1/suspensions/{id}/lift");
        trail.Flush();

        var rows = audit.Of("signin.failed");
        Assert.InRange(rows.Count, 20, 2 * (RefusalTrail.KindsMax + 1));
        Assert.Equal("a wrong token, from 10.0.0.1", rows[0].Detail);
        Assert.Contains(rows, row => row.Detail == "a wrong token, from 10.0.0.1; 4999 more within a minute");
        Assert.Equal(10_000, rows.Count(row => !row.Detail.Contains(" more within", StringComparison.Ordinal))
            + rows.Where(row => row.Detail.Contains(" more within", StringComparison.Ordinal)).Sum(row => int.Parse(row.Detail.Split("; ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Single(audit.Of("access.denied"));
    }
}
