using System.Collections.Immutable;

namespace HomeBridge.Alarms;

/// <summary>Something that somebody must be told.</summary>
/// <param name="Name">In kebab case. Its runbook is <c>deploy/runbooks/NAME.md</c>, and its log line's event has this name.</param>
/// <param name="Says">What it means, in one sentence.</param>
/// <param name="IsPage">Somebody is woken; otherwise it can wait for the morning.</param>
internal sealed record Alarm(string Name, string Says, bool IsPage = true)
{
    public string Runbook => $"deploy/runbooks/{Name}.md";

    public static readonly Alarm CameraLeakSuspected = new("camera-leak-suspected", "A wrong picture was seen or proven, and the bridge suspended by itself.");
    public static readonly Alarm SwitchNotConfirmed = new("switch-not-confirmed", "A gateway that is connected has not applied the newest suspensions.");
    public static readonly Alarm GatewaySelfFenced = new("gateway-self-fenced", "A gateway is not heard of. It has closed its cameras by itself.");
    public static readonly Alarm GatewayNotStreaming = new("gateway-not-streaming", "A gateway found by its own probe that its public URL is not safe, and does not stream.");
    public static readonly Alarm VersionWentBack = new("version-went-back", "Suspensions were told with a lower version than before. The stricter union stays in force.");
    public static readonly Alarm SnapshotRefused = new("snapshot-refused", "Suspensions were told that are not signed as they must be. The last good ones stay in force.");
    public static readonly Alarm StreamEscaped = new("stream-escaped", "A stream outlived its suspension until a sweep found it.");
    public static readonly Alarm DatabaseUnreachable = new("database-unreachable", "The bridge can't read suspensions. Cameras stop first, then locks, then other commands.");
    public static readonly Alarm BreakGlassUsed = new("break-glass-used", "Somebody acted without the usual sign-in.");
    public static readonly Alarm AuditChainBroken = new("audit-chain-broken", "A row of the audit trail was changed, removed or added by hand.");
    public static readonly Alarm DrillFailed = new("drill-failed", "The switch was tried on a canary and did not do what it is for.");
    public static readonly Alarm CanarySilent = new("canary-silent", "Nobody knows whether pictures are right: canaries could not tell, or were not asked.");
    public static readonly Alarm ResumeFellBack = new("resume-fell-back", "A gate of a staged resume failed. All is suspended again.");
    public static readonly Alarm DeviceCloudDown = new("device-cloud-down", "The maker does not answer; it is not asked for now.", IsPage: false);
    public static readonly Alarm SuspensionPastReview = new("suspension-past-review", "Somebody was to look at a suspension by now. It stays in force.", IsPage: false);

    public static ImmutableArray<Alarm> All { get; } =
    [
        CameraLeakSuspected, StreamEscaped, SwitchNotConfirmed, GatewaySelfFenced, DatabaseUnreachable, VersionWentBack, SnapshotRefused, BreakGlassUsed,
        AuditChainBroken, DrillFailed, ResumeFellBack, CanarySilent, GatewayNotStreaming, DeviceCloudDown, SuspensionPastReview,
    ];
}

/// <summary>An alarm that rings.</summary>
/// <param name="Alarm">Which.</param>
/// <param name="Since">When it began.</param>
/// <param name="Says">What is wrong just now.</param>
internal sealed record RingingAlarm(Alarm Alarm, DateTimeOffset Since, string Says);
