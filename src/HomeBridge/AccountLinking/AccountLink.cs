using HomeBridge.Devices;

namespace HomeBridge.AccountLinking;

/// <summary>An account link's id: random, ours, never shown to a platform or a viewer.</summary>
internal readonly record struct AccountLinkId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>
/// The standing permission between a resident's account at a device cloud and a platform: what a token points at.
/// Several links of one account live side by side and end one by one.
/// </summary>
/// <param name="Id">The link.</param>
/// <param name="Platform">Which platform.</param>
/// <param name="ClientId">Through which of its clients.</param>
/// <param name="Vendor">Which maker.</param>
/// <param name="Account">The account as the maker's identity provider names it.</param>
/// <param name="AgentUserId">What the platform knows the account by.</param>
internal sealed record AccountLink(
    AccountLinkId Id, string Platform, string ClientId, string Vendor, string Account, string AgentUserId);

/// <summary>"This device is exposed through this link." Read anew for each intent.</summary>
/// <param name="Link">The link.</param>
/// <param name="Device">The device as it is described now.</param>
/// <param name="EvidencePin">The thumbprint of the camera's key as it was consented, or <see cref="Derived"/>.</param>
internal sealed record DeviceBinding(AccountLinkId Link, Device Device, string EvidencePin)
{
    /// <summary>The pin of a camera that had no key of its own: its maker derives one.</summary>
    public const string Derived = "derived";

    /// <summary>Whether the camera has another key now than the resident consented to.</summary>
    public bool HasOtherKey => (Device.EvidenceThumbprint ?? Derived) != EvidencePin;
}
