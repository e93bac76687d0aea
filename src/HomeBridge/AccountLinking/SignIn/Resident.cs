namespace HomeBridge.AccountLinking.SignIn;

/// <summary>A resident who is signed in, as of now: an ended session is nobody's.</summary>
/// <param name="Vendor">The maker.</param>
/// <param name="Account">The account at the device cloud.</param>
/// <param name="Name">What pages call the resident.</param>
/// <param name="SessionId">Names the session in lists; it opens nothing.</param>
/// <param name="TimeZone">An IANA name that this machine knows; null when the maker didn't say.</param>
/// <param name="Email">Where the maker reaches the resident.</param>
/// <param name="Locale">A language tag (BCP 47).</param>
/// <param name="SignedInAt">When the maker last asked who it is, to the millisecond.</param>
internal sealed record Resident(
    string Vendor, string Account, string Name, string SessionId, string? TimeZone, string? Email, string? Locale, DateTimeOffset SignedInAt);

/// <summary>What the maker says of a resident besides who it is. All of it is text of strangers.</summary>
internal sealed record ResidentProfile(string Name, string? Email, string? TimeZone, string? Locale);
