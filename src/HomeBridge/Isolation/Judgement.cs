using System.Collections.Frozen;
using HomeBridge.Devices;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Isolation;

/// <summary>What a finding amounts to.</summary>
/// <param name="Class">How grave it is.</param>
/// <param name="Delivered">The camera whose unit came instead, if that is proven.</param>
/// <param name="Detail">In words, for operators.</param>
internal sealed record Judged(EvidenceClass Class, DeviceRef? Delivered, string Detail);

/// <summary>
/// Judges findings. Only signatures make a smoking gun: a name alone is a claim that anybody could make to have somebody
/// else's camera suspended.
/// </summary>
internal sealed class Judgement(DeviceCloudOptions maker, DeviceRegister register, IsolationOptions options)
{
    private static readonly FrozenSet<string> UnitRefused =
        Enum.GetNames<EvidenceVerdict>().Where(name => name != nameof(EvidenceVerdict.Proven)).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Odd = Enum.GetNames<StreamAnomaly>().ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Verdicts after which one unit was not released.</summary>
    public static bool IsUnitRefused(string verdict) => UnitRefused.Contains(verdict);

    /// <summary>Whether a gateway may say this word at all.</summary>
    public static bool IsKnown(string verdict) => IsUnitRefused(verdict) || Odd.Contains(verdict);

    /// <param name="finding">What the gateway tells.</param>
    /// <param name="granted">The camera of the session.</param>
    /// <param name="now">Signatures that are older or newer than some minutes prove nothing about today.</param>
    public Judged Judge(EvidenceFinding finding, DeviceRef granted, DateTimeOffset now)
    {
        var claim = finding.Headers is { } headers ? EvidenceAttribution.ClaimedDevice(headers) : null;
        var named = claim is not null && claim != granted.VendorDeviceId ? claim : null;
        var inBytes = finding.NamedInBytes is { } name && name != granted.VendorDeviceId ? name : null;
        if ((named ?? inBytes ?? granted.VendorDeviceId) is var shown && IsHoneytoken(named, inBytes, granted))
        {
            return new Judged(EvidenceClass.Honeytoken, Proven(finding, named, granted, now)?.Device, $"{finding.Verdict}; it names {shown}");
        }

        if (named is not null)
        {
            return Proven(finding, named, granted, now) is var (delivered, isOwnWord)
                ? isOwnWord
                    ? new Judged(EvidenceClass.Anomaly, delivered, $"the answer is signed by {named}'s own key, over our nonce: a mix-up, or the word of whoever has both cameras")
                    : new Judged(EvidenceClass.SmokingGun, delivered, finding.Headers?.WebrtcAnswer is null ? $"both signatures are of {named}, the fresh one over our nonce" : $"the answer is signed by {named}, over our nonce")
                : IsAnsweredAs(named, finding, granted, now)
                    ? new Judged(EvidenceClass.Anomaly, null, $"the maker answered our nonce as {named}, a camera whose own key is not known here")
                    : new Judged(EvidenceClass.InvalidProof, null, $"{finding.Verdict}; it claims to be of {named}, not proven");
        }

        // The headers are the granted camera's own and only the bytes name another: two cameras with one key, or an
        // ingest that mixes them up. The name in them is signed by nobody but the granted camera's key, so it accuses
        // only that one.
        if (finding.Verdict == nameof(EvidenceVerdict.OtherDevice))
        {
            return new Judged(EvidenceClass.Anomaly, null, $"the proof is the granted camera's, the bytes name {inBytes ?? "another"}");
        }

        if (finding.Verdict == nameof(EvidenceVerdict.FromCache))
        {
            return new Judged(EvidenceClass.Anomaly, null, $"a cache answered ({finding.Headers?.CacheMark})");
        }

        return Odd.Contains(finding.Verdict)
            ? new Judged(EvidenceClass.Anomaly, null, finding.Verdict)
            : new Judged(EvidenceClass.InvalidProof, null, inBytes is null ? finding.Verdict : $"{finding.Verdict}; the bytes name {inBytes}");
    }

    private bool IsHoneytoken(string? named, string? inBytes, DeviceRef granted) =>
        options.Honeytokens.Contains(granted.VendorDeviceId)
        || (named is not null && options.Honeytokens.Contains(named))
        || (inBytes is not null && options.Honeytokens.Contains(inBytes));

    /// <summary>
    /// The maker's fresh signature is by the named camera's key, and ingest is signed by a key that nobody enrolled: a camera
    /// that signs by itself and whose home never linked. Its picture came to the wrong session, and what it is can't be proven.
    /// </summary>
    private bool IsAnsweredAs(string named, EvidenceFinding finding, DeviceRef granted, DateTimeOffset now)
    {
        var device = new DeviceRef(granted.Vendor, named);
        return finding is { Headers: { } headers, Nonce: { } nonce }
            && register.Find(device.Vendor, [named]).GetValueOrDefault(named)?.EvidenceKey is null
            && EvidenceAttribution.IsAnswer(headers, DeviceEvidenceKeys.Derive(maker.EvidenceKey, device), nonce, now);
    }

    /// <summary>
    /// The camera that the headers name, if both signatures are by its keys and one is over the gateway's nonce. An answer to an
    /// offer has one signature; by a key that the camera holds, the maker has signed nothing, and its owner could have.
    /// </summary>
    private (DeviceRef Device, bool IsOwnWord)? Proven(EvidenceFinding finding, string? named, DeviceRef granted, DateTimeOffset now)
    {
        if (named is null || finding is not { Headers: { } headers, Nonce: { } nonce })
        {
            return null;
        }

        var device = new DeviceRef(granted.Vendor, named);
        var enrolled = register.Find(device.Vendor, [named]).GetValueOrDefault(named)?.EvidenceKey;
        var keys = DeviceEvidenceKeys.Derive(maker.EvidenceKey, device) with { Device = DevicePublicKey.TryRead(enrolled, out var key) ? key : null };
        return EvidenceAttribution.IsProof(headers, keys, nonce, now) ? (device, headers.WebrtcAnswer is not null && keys.Device is not null) : null;
    }
}
