using System.Collections.Frozen;

namespace HomeBridge.Residents.Pages;

/// <summary>Addresses of residents' pages.</summary>
internal static class AccountPaths
{
    public const string Home = "/account";
    public const string Links = "/account/links";
    public const string Cameras = "/account/cameras";
    public const string Views = "/account/views";
    public const string Attempts = "/account/attempts";
    public const string Sessions = "/account/sessions";
    public const string Notices = "/account/notices";
    public const string Data = "/account/data";
    public const string DataExport = Data + "/export.json";
    public const string DataDelete = Data + "/delete";
    public const string DataSignIn = Data + "/sign-in";

    /// <summary>Where somebody ends whose account was deleted: signed in no more.</summary>
    public const string Deleted = "/account/deleted";
    public const string StopNow = "/account/stop-now";
    public const string SignInAgain = "/account/sign-in-again";
    public const string ViewsCsv = Views + "/export.csv";
    public const string ViewsJson = Views + "/export.json";

    /// <summary>What a form can have done; each has a word <c>done_…</c>.</summary>
    public static readonly FrozenSet<string> DoneWords = new[]
    {
        "stopped", "nothing_ran", "paused", "resumed", "changed", "left", "unlinked", "session_ended", "others_ended", "quarantined", "noted", "told_before", "too_many",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static string Link(string id) => $"{Links}/{Uri.EscapeDataString(id)}";

    public static string Unlink(string id) => $"{Link(id)}/unlink";

    public static string Receipt(string id) => $"{Link(id)}/receipt";

    public static string LinkDevices(string id) => $"{Link(id)}/devices";

    public static string NewDevices(string id) => $"{Link(id)}/new-devices";

    public static string LinkDevice(string id, string device) => $"{LinkDevices(id)}/{Uri.EscapeDataString(device)}";

    public static string View(string id) => $"{Views}/{Uri.EscapeDataString(id)}";

    public static string NotMine(string id) => $"{View(id)}/not-mine";

    public static string Done(string path, string word) => $"{path}?done={word}";
}
