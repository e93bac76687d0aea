using HomeBridge.Residents;

namespace HomeBridge.Tests.Residents;

/// <summary>When a pause ends, and what a spreadsheet makes of an export.</summary>
public sealed class PauseAndExportTests
{
    [Theory]
    [InlineData("Asia/Shanghai", "2026-11-22T22:30:00+08:00", "2026-11-23T07:00:00+08:00")]
    [InlineData("Asia/Shanghai", "2026-11-23T00:30:00+08:00", "2026-11-24T07:00:00+08:00")]
    [InlineData("America/New_York", "2026-10-31T23:00:00-04:00", "2026-11-01T07:00:00-05:00")]
    [InlineData("Nowhere/None", "2026-11-22T22:30:00Z", "2026-11-23T07:00:00Z")]
    public void Tomorrow_begins_in_the_morning_where_the_resident_lives(string zone, string now, string until) => Assert.Equal(
        DateTimeOffset.Parse(until, System.Globalization.CultureInfo.InvariantCulture),
        PauseEnds.At(PauseLength.Tomorrow, DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture), PauseEnds.Zone(zone)));

    [Theory]
    [InlineData("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("Front door", "Front door")]
    [InlineData(null, "")]
    public void A_name_is_never_a_formula(string? name, string cell) => Assert.Equal(cell, ViewExport.Cell(name));
}
