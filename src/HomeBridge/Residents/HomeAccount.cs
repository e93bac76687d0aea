namespace HomeBridge.Residents;

/// <summary>
/// Whose home: a resident's account at a maker. Every question and every change of this room names it, and an id of
/// another account's is answered like one that never was.
/// </summary>
/// <param name="Vendor">Which maker.</param>
/// <param name="Account">The account as the maker's identity provider names it.</param>
internal readonly record struct HomeAccount(string Vendor, string Account);
