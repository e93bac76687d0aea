using HomeBridge.OpsConsole;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>The credentials file, and when it is refused.</summary>
public sealed class BreakGlassFileTests : IDisposable
{
    private static readonly string Hash = BreakGlassSecret.Hash("hbg_secret");

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_line_is_a_name_roles_and_a_hash()
    {
        Write($"# by anna, 2026-11-22\n\nnight-1 Operator,Approver {Hash}\nnight-2  Auditor   {Hash}\n");

        var (credentials, problem) = BreakGlassCredentials.Read(_path);

        Assert.Null(problem);
        Assert.Equal(["night-1", "night-2"], credentials.Select(one => one.Name));
        Assert.Equal(["Operator", "Approver"], credentials[0].Roles);
        Assert.True(BreakGlassSecret.Matches("hbg_secret", credentials[0].Hash));
        Assert.False(BreakGlassSecret.Matches("hbg_Secret", credentials[0].Hash));
        Assert.NotEqual(Hash, BreakGlassSecret.Hash("hbg_secret"));
        Assert.True(BreakGlassSecret.New() is { Length: 47 } and ['h', 'b', 'g', '_', ..]);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_may_open_has_no_credentials(UnixFileMode more)
    {
        Write($"night-1 Operator {Hash}\n");
        File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        var (credentials, problem) = BreakGlassCredentials.Read(_path);

        Assert.Empty(credentials);
        Assert.Contains("chmod 600", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("night-1 Operator")]
    [InlineData("night-1 Owner {0}")]
    [InlineData("Night Operator {0}")]
    [InlineData("night-1 Operator hbg_secret")]
    [InlineData("night-1 Operator pbkdf2-sha256:1:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("night-2 Operator {0}")]
    public void One_bad_line_refuses_the_whole_file_and_is_named(string line)
    {
        Write($"night-2 Operator {Hash}\n{string.Format(System.Globalization.CultureInfo.InvariantCulture, line, Hash)}\n");

        var (credentials, problem) = BreakGlassCredentials.Read(_path);

        Assert.Empty(credentials);
        Assert.StartsWith("line 2", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hbg_", problem, StringComparison.Ordinal);
    }

    private void Write(string text)
    {
        File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(_path, text);
    }
}
