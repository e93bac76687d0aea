using System.Globalization;
using HomeBridge.Hosting;

namespace HomeBridge.Canaries;

/// <summary>One synthetic home of the maker: its camera shows the block code (<c>contracts/camera-block-code.md</c>).</summary>
/// <param name="Account">The account at the maker.</param>
/// <param name="Device">The camera as the maker names it.</param>
/// <param name="CameraNumber">What the block code in its pictures says.</param>
internal sealed record Canary(string Account, string Device, int CameraNumber);

/// <summary>Section <c>Canaries</c>. None: nothing is probed.</summary>
internal sealed record CanaryOptions
{
    public required IReadOnlyList<Canary> All { get; init; }

    /// <summary>From one probe of all canaries to the next. Default 10 s.</summary>
    public required TimeSpan Every { get; init; }

    /// <summary>The decoder; null when there is none on this machine.</summary>
    public required string? Ffmpeg { get; init; }

    /// <summary>Each other's pictures are what must not be seen, so one home alone proves nothing.</summary>
    public const int CountMin = 2;

    private const int CountMax = 20;

    public static CanaryOptions Read(ConfigurationReader read)
    {
        const string section = "Canaries";
        var all = read.Children(section)
            .Where(key => int.TryParse(key[(section.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(key => new Canary(
                read.Text($"{key}:Account", "canary-a"),
                read.Text($"{key}:Device", "the maker's id of its camera"),
                read.Number($"{key}:CameraNumber", -1, 0, ushort.MaxValue)))
            .ToList();
        for (var index = 0; index < all.Count; index++)
        {
            if (all[index].CameraNumber < 0)
            {
                read.Problem($"{section}:{index}:CameraNumber", "is missing.", "901");
            }
        }

        if (all.Count is > 0 and < CountMin)
        {
            read.Problem($"{section}:1:Account", "is missing: one canary can't see another home's pictures. Configure two homes, or none.", "canary-b");
        }

        if (all.Count > CountMax)
        {
            read.Problem(section, $"has {all.Count} canaries; {CountMax} at most, so that probing is no load.", "two of them");
        }

        if (all.Select(one => one.Account).Distinct(StringComparer.Ordinal).Count() < all.Count
            || all.Select(one => one.Device).Distinct(StringComparer.Ordinal).Count() < all.Count
            || all.Select(one => one.CameraNumber).Distinct().Count() < all.Count)
        {
            read.Problem(section, "each canary must have an account, a camera and a camera number of its own.", "canary-a and canary-b");
        }

        return new CanaryOptions
        {
            All = all,
            Every = read.Duration("Canaries:Every", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            Ffmpeg = read.OptionalText("Canaries:Ffmpeg") is { } path ? Existing(read, path) : InPath(),
        };
    }

    private static string? Existing(ConfigurationReader read, string path)
    {
        if (!File.Exists(path))
        {
            read.Problem("Canaries:Ffmpeg", $"'{path}' is not a file.", "/usr/bin/ffmpeg");
        }

        return path;
    }

    private static string? InPath() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Where(Path.IsPathFullyQualified)
        .Select(folder => Path.Combine(folder, "ffmpeg"))
        .FirstOrDefault(File.Exists);
}

/// <summary>How often canaries are probed: ten times as often while cameras below evidence grade G2 are let through.</summary>
internal sealed class CanaryPace(CanaryOptions options, Func<bool> weakEvidenceIsLetThrough)
{
    private const int Faster = 10;

    public TimeSpan Every => weakEvidenceIsLetThrough() ? options.Every / Faster : options.Every;
}
