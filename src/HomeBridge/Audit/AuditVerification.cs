namespace HomeBridge.Audit;

/// <summary>Whether the trail is what was recorded, as far as chain and signed heads can tell.</summary>
/// <param name="Intact">Nothing is wrong.</param>
/// <param name="Rows">Rows that are right, from the first on.</param>
/// <param name="FirstBadRow">The first row that is not; null when the fault is in the file of heads, or nowhere.</param>
/// <param name="Problem">What is wrong, in words.</param>
/// <param name="SignedHeads">Lines of the file of heads that are right; null when there is none.</param>
/// <param name="SignedUpTo">The newest row whose hash was signed.</param>
/// <param name="SignedAt">When that was.</param>
internal sealed record AuditVerification(
    bool Intact, long Rows, long? FirstBadRow, string? Problem, int? SignedHeads, long? SignedUpTo, string? SignedAt)
{
    public static AuditVerification Of(AuditTrail audit, AuditHeads heads)
    {
        // Heads first: a head that is signed meanwhile would otherwise be ahead of the rows that were read.
        var found = heads.Read();
        var check = audit.Verify(found?.Signed);
        return new AuditVerification(
            check.FirstBadRow is null && found?.Problem is null, check.Rows, check.FirstBadRow, check.Problem ?? found?.Problem,
            found?.Lines, found?.Last?.Seq, found?.Last?.At);
    }
}
