using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// How often signing in may come to nothing, by address and by account. Only failures count, and an account's only when the
/// provider's own signature says that it was this account's: nobody can lock somebody else out.
/// </summary>
internal sealed class ResidentSignInLimits(ResidentSignInOptions options, TimeProvider time)
{
    /// <summary>Sign-ins that were this account's and still not for us.</summary>
    public const int FailuresPerAccountMax = 20;

    public static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    private readonly FailureCounts _counts = new(time, Within);

    public TimeSpan? AddressMustWait(HttpContext context) => _counts.Left("address", FailureCounts.AddressOf(context), options.FailuresPerAddressMax);

    public TimeSpan? AccountMustWait(string account) => _counts.Left("account", account, FailuresPerAccountMax);

    public void Failed(HttpContext context, string? account)
    {
        _counts.Count("address", FailureCounts.AddressOf(context), options.FailuresPerAddressMax);
        if (account is not null)
        {
            _counts.Count("account", account, FailuresPerAccountMax);
        }
    }
}
