namespace HomeBridge.Streaming.Suspensions;

/// <summary>
/// What a suspension applies to: a conjunction. An absent member means any, so the empty scope is everything.
/// </summary>
/// <param name="Platform">A display platform, e.g. <c>google</c>.</param>
/// <param name="Vendor">A maker, e.g. <c>acme</c>.</param>
/// <param name="DeviceModel">A model as the maker names it.</param>
/// <param name="Firmware">A firmware version as the maker names it.</param>
/// <param name="Trait">A trait without prefix, e.g. <c>CameraStream</c>.</param>
/// <param name="AccountLink">An account link's id.</param>
/// <param name="Device">A device's id as the platform sees it.</param>
public sealed record SuspensionScope(
    string? Platform = null,
    string? Vendor = null,
    string? DeviceModel = null,
    string? Firmware = null,
    string? Trait = null,
    string? AccountLink = null,
    string? Device = null)
{
    /// <summary>
    /// Whether something with these facts is covered. A fact that does not apply is never covered by a scope that asks
    /// for it; one that applies but is not known (<see cref="SuspensionFacts.Unknown"/>) always is: fail closed.
    /// </summary>
    public bool Covers(in SuspensionFacts facts) =>
        Meets(Platform, facts.Platform)
        && Meets(Vendor, facts.Vendor)
        && Meets(DeviceModel, facts.DeviceModel)
        && Meets(Firmware, facts.Firmware)
        && Meets(Trait, facts.Trait)
        && Meets(AccountLink, facts.AccountLink)
        && Meets(Device, facts.Device);

    /// <summary>Whether it covers everything that a narrower one does.</summary>
    public bool Contains(SuspensionScope narrow)
    {
        ArgumentNullException.ThrowIfNull(narrow);
        return Covers(new SuspensionFacts(
            narrow.Platform, narrow.Vendor, narrow.DeviceModel, narrow.Firmware, narrow.Trait, narrow.AccountLink, narrow.Device));
    }

    /// <summary>Whether something can be in both, as far as their members tell.</summary>
    public bool Overlaps(SuspensionScope other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Agree(Platform, other.Platform) && Agree(Vendor, other.Vendor) && Agree(DeviceModel, other.DeviceModel) && Agree(Firmware, other.Firmware)
            && Agree(Trait, other.Trait) && Agree(AccountLink, other.AccountLink) && Agree(Device, other.Device);
    }

    private static bool Agree(string? one, string? other) => one is null || other is null || one == other;

    private static bool Meets(string? wanted, string? fact) =>
        wanted is null
        || (fact is not null
            && (ReferenceEquals(fact, SuspensionFacts.Unknown) || string.Equals(wanted, fact, StringComparison.Ordinal)));
}

/// <summary>What is known of the thing that is asked about; null where a fact does not apply.</summary>
/// <param name="Platform">See <see cref="SuspensionScope"/>; the same for all members.</param>
/// <param name="Vendor">The maker.</param>
/// <param name="DeviceModel">The model.</param>
/// <param name="Firmware">The firmware.</param>
/// <param name="Trait">The trait.</param>
/// <param name="AccountLink">The link.</param>
/// <param name="Device">The device's id as the platform sees it.</param>
public readonly record struct SuspensionFacts(
    string? Platform, string? Vendor, string? DeviceModel, string? Firmware, string? Trait, string? AccountLink, string? Device)
{
    /// <summary>Stands for a fact that applies but that nobody told us.</summary>
    public const string Unknown = "(unknown)";
}

/// <summary>What a suspension does.</summary>
[Flags]
public enum SuspensionEffects
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Denies new camera streams and ends running ones.</summary>
    CutStreams = 1,

    /// <summary>Denies EXECUTE.</summary>
    DenyCommands = 2,

    /// <summary>Denies QUERY, and holds state reports back.</summary>
    DenyState = 4,

    /// <summary>Denies new account links.</summary>
    FreezeLinking = 8,

    /// <summary>All of them.</summary>
    All = CutStreams | DenyCommands | DenyState | FreezeLinking,
}
