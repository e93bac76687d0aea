using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Gateways;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>A suspension in force that stops some of the same already.</summary>
/// <param name="Id">Which.</param>
/// <param name="Covers"><c>all</c> of what is previewed, or <c>part</c>.</param>
/// <param name="Scope">What it applies to.</param>
/// <param name="Effects">The effects that both have.</param>
internal sealed record SuspensionOverlap(string Id, string Covers, SuspensionScope Scope, string[] Effects);

/// <summary>A process that would have to confirm.</summary>
/// <param name="Name">Which.</param>
/// <param name="Kind"><c>bridge</c> or <c>gateway</c>.</param>
/// <param name="Live">It follows the feed now.</param>
/// <param name="LiveStreams">Streams of its that would be cut.</param>
internal sealed record AffectedReplica(string Name, string Kind, bool Live, int LiveStreams);

/// <summary>What a suspension would touch. Exposure is null where no stream is cut.</summary>
internal sealed record SuspensionPreview(
    bool DryRun, SuspensionScope Scope, string[] Effects, int Links, int Homes, int Devices, int LiveStreams, IReadOnlyList<AffectedReplica> Replicas,
    IReadOnlyList<SuspensionOverlap> Overlaps, int OverlapCount, WorstCaseExposure? Exposure, string[]? Warnings);

/// <summary>
/// Counts what an order would touch, without touching it. Links and devices are counted by the database, streams are
/// those that run, so a preview of everything costs no more memory than one of nothing.
/// </summary>
internal sealed class SuspensionPreviews(AccountLinks links, DeviceRegister devices, StreamGrants grants, SuspensionBoard board, Replicas replicas)
{
    /// <summary>Overlaps that are listed; all are counted.</summary>
    private const int OverlapsListedMax = 50;

    public SuspensionPreview Preview(SuspensionOrder order, string[]? warnings)
    {
        var cuts = order.Effects.HasFlag(SuspensionEffects.CutStreams);
        var counted = links.CountCovered(order.Scope);
        var live = cuts ? Live(order.Scope) : [];
        var overlaps = board.Current.InForce.Where(entry => (entry.Effects & order.Effects) != 0 && entry.Scope.Overlaps(order.Scope)).ToList();
        return new SuspensionPreview(
            true, order.Scope, OpsJson.Names(order.Effects), counted.Links, counted.Homes, counted.Devices, live.Count,
            [.. replicas.All.Select(one => new AffectedReplica(one.Name, one.Kind, one.Live, live.Count(grant => one.Kind == "gateway" && grant.Gateway == one.Name)))],
            [.. overlaps.Select(entry => Overlap(entry, order)).OrderBy(overlap => overlap.Covers, StringComparer.Ordinal).Take(OverlapsListedMax)],
            overlaps.Count,
            cuts ? WorstCaseExposure.OfStreams : null,
            warnings);
    }

    private List<StreamGrant> Live(SuspensionScope scope)
    {
        var running = grants.Running();
        var known = devices.Find([.. running.Select(grant => grant.Device.Value).Distinct(StringComparer.Ordinal)]).ToDictionary(device => device.Id);
        return [.. running.Where(grant => known.TryGetValue(grant.Device, out var device)
            && scope.Covers(GrantStream.Facts(grant.Platform, grant.Link, device, "CameraStream")))];
    }

    private static SuspensionOverlap Overlap(SuspensionInForce entry, SuspensionOrder order) => new(
        entry.Id,
        entry.Spared is null && entry.Scope.Contains(order.Scope) && (order.Effects & ~entry.Effects) == 0 ? "all" : "part",
        entry.Scope,
        OpsJson.Names(entry.Effects & order.Effects));
}
