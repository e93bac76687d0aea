using System.Collections.Immutable;
using HomeBridge.Hosting;

namespace HomeBridge.Resumption;

/// <summary>Section <c>Resumption</c>: how slowly a suspension is brought back.</summary>
internal sealed record ResumptionOptions
{
    /// <summary>The default plan's stages; after the last one everything goes on.</summary>
    public required ImmutableArray<ResumeStage> Stages { get; init; }

    /// <summary>A stage of an operator's own plan lasts no shorter.</summary>
    public required TimeSpan StageMin { get; init; }

    /// <summary>Homes are asked to SYNC, each at a moment of its own, over this time.</summary>
    public required TimeSpan RequestSyncWindow { get; init; }

    /// <summary>So many failed answers more, of a thousand, than before are too many.</summary>
    public required int WorsePerThousandMax { get; init; }

    public static readonly TimeSpan StageMax = TimeSpan.FromDays(7);

    /// <summary>Minutes; the sandbox has no residents whom haste could hurt.</summary>
    private static TimeSpan Least(ConfigurationReader read) => read.IsSandbox ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1);

    public static ResumptionOptions Read(ConfigurationReader read)
    {
        ResumeStage Stage(int percent, string key, int minutes) =>
            new(percent, read.Duration("Resumption:" + key, TimeSpan.FromMinutes(minutes), Least(read), StageMax));
        return new ResumptionOptions
        {
            Stages = [Stage(0, "AllowListFor", 10), Stage(1, "OnePercentFor", 15), Stage(10, "TenPercentFor", 30), Stage(50, "FiftyPercentFor", 60)],
            StageMin = Least(read),
            RequestSyncWindow = read.Duration(
                "Resumption:RequestSyncWindow", TimeSpan.FromMinutes(10), read.IsSandbox ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(10), TimeSpan.FromDays(1)),
            WorsePerThousandMax = read.Number("Resumption:WorsePerThousandMax", 10, 0, 1000),
        };
    }
}
