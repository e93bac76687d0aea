using System.Data.Common;

namespace HomeBridge.AccountLinking;

/// <summary>On whose side a link was ended.</summary>
internal enum LinkEndedBy
{
    /// <summary>The resident, on our pages or in the companion app.</summary>
    Resident,

    /// <summary>The platform, by its own message or by RFC 7009.</summary>
    Platform,

    /// <summary>The maker closed the account.</summary>
    Maker,

    /// <summary>The bridge, for the link's own safety.</summary>
    System,
}

/// <summary>What ended with a link. Written once, in the transaction that ended it.</summary>
/// <param name="Link">Which link.</param>
/// <param name="EndedAt">When.</param>
/// <param name="By">On whose side.</param>
/// <param name="Because">Why, as the trail has it.</param>
/// <param name="AccessTokens">Access tokens that were good until then.</param>
/// <param name="RefreshTokens">The same for refresh tokens.</param>
/// <param name="Codes">Authorization codes that nobody had redeemed.</param>
/// <param name="Devices">Devices that were shared through it.</param>
/// <param name="Elsewhere">What hung on it elsewhere.</param>
internal sealed record LinkReceipt(
    AccountLinkId Link, DateTimeOffset EndedAt, LinkEndedBy By, string Because, int AccessTokens, int RefreshTokens, int Codes, int Devices, HangsOnLink Elsewhere)
{
    /// <summary>The same for the trail: words that a search finds, numbers that add up.</summary>
    public string Detail =>
        $"{Because}; ended_by={NameOf(By)} access_tokens={AccessTokens} refresh_tokens={RefreshTokens} codes={Codes} devices={Devices} "
        + $"streams={Elsewhere.Streams} tickets={Elsewhere.Tickets} waiting={Elsewhere.Waiting} tells_platform={(Elsewhere.TellsPlatform ? "yes" : "no")}";

    public static string NameOf(LinkEndedBy by) => by switch
    {
        LinkEndedBy.Resident => "resident",
        LinkEndedBy.Platform => "platform",
        LinkEndedBy.Maker => "maker",
        _ => "system",
    };
}

/// <summary>What hangs on a link in rooms above this one, as they count it.</summary>
/// <param name="Streams">Streams that run.</param>
/// <param name="Tickets">Grants that no display has fetched yet.</param>
/// <param name="Waiting">Reports and notifications that waited for the platform.</param>
/// <param name="TellsPlatform">Whether the platform is told that the user is gone.</param>
internal readonly record struct HangsOnLink(int Streams = 0, int Tickets = 0, int Waiting = 0, bool TellsPlatform = false)
{
    public static HangsOnLink operator +(HangsOnLink one, HangsOnLink other) => new(
        one.Streams + other.Streams, one.Tickets + other.Tickets, one.Waiting + other.Waiting, one.TellsPlatform || other.TellsPlatform);
}

/// <summary>A room above that has something on links, which ends with them. It only counts here: that it ends is its own work.</summary>
internal interface IHangsOnLinks
{
    /// <summary>Asked in the transaction that ends the link, behind its end.</summary>
    HangsOnLink Count(DbTransaction transaction, AccountLink link, LinkEndedBy by);
}
