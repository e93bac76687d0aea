namespace HomeBridge.AccountLinking.SignIn;

/// <summary>Names a browser so that a resident knows it again. A header says it, so nothing is decided by it.</summary>
internal static class Browsers
{
    public const string Unknown = "Browser";

    // Those who pretend to be another stand before the one that they pretend to be.
    private static readonly (string Mark, string Name)[] Programs =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
        ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"), ("Macintosh", "Mac"), ("Linux", "Linux"),
    ];

    public static string NameOf(string userAgent)
    {
        var program = Array.Find(Programs, known => userAgent.Contains(known.Mark, StringComparison.Ordinal)).Name ?? Unknown;
        return Array.Find(Systems, known => userAgent.Contains(known.Mark, StringComparison.Ordinal)).Name is { } system ? $"{program}, {system}" : program;
    }
}
