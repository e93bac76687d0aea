namespace HomeBridge.OpsConsole;

/// <summary>One line of the credentials file.</summary>
internal sealed record BreakGlassCredential(string Name, IReadOnlyList<string> Roles, string Hash)
{
    public override string ToString() => Name;
}

/// <summary>
/// The credentials file: a name, roles with commas, a hash, one to a line. Read anew for each use, so that a line that is
/// taken out opens nothing from that moment on.
/// </summary>
internal static class BreakGlassCredentials
{
    private const int BytesMax = 64 * 1024;

    /// <summary>The credentials, or what is wrong with the file: then it has none.</summary>
    public static (IReadOnlyList<BreakGlassCredential> Credentials, string? Problem) Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return ([], $"there is no file '{path}'. Make one with: hbctl breakglass new NAME --roles Operator");
            }

            const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
            if (!OperatingSystem.IsWindows() && (file.UnixFileMode & others) != 0)
            {
                return ([], $"'{path}' can be read or written by others than its owner: chmod 600 {path}");
            }

            if (file.Length > BytesMax)
            {
                return ([], $"'{path}' is larger than {BytesMax} bytes.");
            }

            var credentials = new List<BreakGlassCredential>();
            foreach (var (number, line) in File.ReadAllLines(path).Select(line => line.Trim()).Index().Where(line => line.Item is not ("" or ['#', ..])))
            {
                if (Parse(line) is not { } credential || credentials.Exists(other => other.Name == credential.Name))
                {
                    return ([], $"line {number + 1} of '{path}' is not a credential of its own: a name, roles of {string.Join(",", OperatorRoles.All)}, and a hash as hbctl breakglass new prints them.");
                }

                credentials.Add(credential);
            }

            return (credentials, null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return ([], $"'{path}' can't be read ({unreadable.Message}).");
        }
    }

    private static BreakGlassCredential? Parse(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, var roles, var hash]
        && BreakGlassSecret.IsName(name) && BreakGlassSecret.IsHash(hash)
        && roles.Split(',') is { Length: > 0 } named && named.All(role => OperatorRoles.All.Contains(role, StringComparer.Ordinal))
            ? new BreakGlassCredential(name, named, hash)
            : null;
}
