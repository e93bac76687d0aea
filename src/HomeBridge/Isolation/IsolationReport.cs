namespace HomeBridge.Isolation;

/// <summary>What the monitor knows at one moment, for operators.</summary>
internal sealed record IsolationReport(
    IsolationOptions Options, IReadOnlyList<MakerCounts> Makers, IReadOnlyList<CameraCounts> Cameras, IReadOnlyList<TripRow> Trips, IReadOnlyList<FindingRow> Findings)
{
    /// <summary>Trips and findings that are shown.</summary>
    public const int ListedMax = 200;
}
