namespace HomeBridge.Streaming.Suspensions;

/// <summary>
/// A file on a node that stops its cameras for as long as it is there: the switch that works with no database, no network and
/// no sign-in. Its text, if there is any, is the reason.
/// </summary>
public static class BreakGlassFile
{
    /// <summary>Where it is looked for unless configuration says otherwise.</summary>
    public const string DefaultPath = "/run/homebridge/suspend.camera";

    /// <summary>How often it is looked for.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private const int ReasonLengthMax = 200;
    private const string NoReason = "no reason given";

    /// <summary>The reason when the file is there; null when it is not. A file that can't be read is there.</summary>
    public static string? Read(string path)
    {
        try
        {
            if (!Path.Exists(path))
            {
                return null;
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            var text = new char[ReasonLengthMax];
            var length = reader.ReadBlock(text, 0, text.Length);
            var reason = string.Concat(text.AsSpan(0, length).ToString().Select(one => char.IsControl(one) ? ' ' : one)).Trim();
            return reason.Length > 0 ? reason : NoReason;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return NoReason;
        }
    }

    /// <summary>What it puts in force, on its node only.</summary>
    public static SuspensionInForce Suspension(string node) =>
        new($"break-glass:{node}", new SuspensionScope(Trait: "CameraStream"), SuspensionEffects.CutStreams);
}
