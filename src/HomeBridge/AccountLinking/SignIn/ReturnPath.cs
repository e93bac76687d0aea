namespace HomeBridge.AccountLinking.SignIn;

/// <summary>Where a browser may be sent after signing in: pages of ours, by path, and nowhere else.</summary>
internal static class ReturnPath
{
    public const string Home = "/account";

    private const int LengthMax = 2048;

    private static readonly string[] Ours = ["/account", "/oauth/consent"];

    /// <summary>The path itself if it is one of ours, else the resident's own start page.</summary>
    public static string Of(string? path) => path is not null && IsOurs(path) ? path : Home;

    private static bool IsOurs(string path)
    {
        // Browsers read a backslash as a slash and drop tabs and newlines; dots could climb out.
        if (path.Length > LengthMax || !path.All(character => character is > ' ' and < '\x7f' and not '\\') || path.Contains("..", StringComparison.Ordinal))
        {
            return false;
        }

        return Array.Exists(Ours, ours => path.StartsWith(ours, StringComparison.Ordinal) && (path.Length == ours.Length || path[ours.Length] is '/' or '?'));
    }
}
