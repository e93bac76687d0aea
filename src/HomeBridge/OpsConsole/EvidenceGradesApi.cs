using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>What an approver sends to decide what a maker's cameras must prove.</summary>
internal sealed record GradeRequest(string? Vendor, string? Grade, string? Reason);

/// <summary>Evidence grades on the wire, and what a request for one must say.</summary>
internal static class EvidenceGradesApi
{
    /// <summary>Those in force come first.</summary>
    private const int SuspensionsLookedAt = 1000;

    public static object Of(string vendor, EvidenceGrades grades)
    {
        var (minimum, decided) = (grades.Minimum(vendor), grades.Decided(vendor));
        return new
        {
            Vendor = vendor,
            Grade = minimum.ToString(),
            IsDefault = decided is null,
            decided?.Reason,
            decided?.DecidedBy,
            decided?.DecidedAt,
            SessionsPerCameraMax = EvidenceGrades.SessionsPerCameraMax(minimum),
        };
    }

    /// <summary>A sentence on what to change; null when nothing is wrong.</summary>
    public static string? Wrong(GradeRequest request, DeviceCloudOptions maker, EvidenceGrades grades, SuspensionStore suspensions)
    {
        if (request.Vendor != maker.Vendor)
        {
            return $"vendor names a maker of this bridge: '{maker.Vendor}'.";
        }

        if (Read(request.Grade) is null)
        {
            return $"grade is one of {string.Join(", ", Enum.GetNames<EvidenceGrade>())}.";
        }

        // At 3 a.m. the quickest way to silence an alarm must not be to stop looking.
        if (Read(request.Grade) < grades.Minimum(maker.Vendor)
            && suspensions.All(SuspensionsLookedAt).FirstOrDefault(one => one.Origin == Suspension.Automatic && one.State != Suspension.Lifted) is { } standing)
        {
            return $"a lower grade can't be decided while the bridge's own suspension {standing.Id} stands ({standing.Reason}). Find out what it found and have it lifted first.";
        }

        return string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Length > GradeDecision.ReasonLengthMax
            ? $"reason says why, in at most {GradeDecision.ReasonLengthMax} characters: the decision stays in the audit trail."
            : null;
    }

    /// <summary>By name only: a number is no grade.</summary>
    public static EvidenceGrade? Read(string? name) =>
        Enum.GetValues<EvidenceGrade>().Where(grade => grade.ToString() == name).Select(grade => (EvidenceGrade?)grade).FirstOrDefault();
}
