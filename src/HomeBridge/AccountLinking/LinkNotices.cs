using System.Data.Common;
using Dapper;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Notices;
using HomeBridge.Streaming;

namespace HomeBridge.AccountLinking;

/// <summary>Tells residents what becomes of their links. The bridge's own links are nobody's news.</summary>
internal sealed class LinkNotices(ResidentNotices notices, IDeviceNames names, AccountLinkingOptions options)
{
    public void Opened(DbTransaction transaction, AccountLinkId link) => Tell(transaction, link, NoticeKinds.Linked, _ => "");

    /// <summary>A link that never opened was never there for its resident.</summary>
    public void Ended(DbTransaction transaction, AccountLinkId link, string because, string actor) => Tell(transaction, link, NoticeKinds.Unlinked, account => because switch
    {
        AccountLinks.DisconnectedByPlatform or AccountLinks.RevokedByPlatform => "platform",
        AccountLinks.ClosedAtMaker => "maker",
        AccountLinks.CodeUsedTwice => "code",
        _ => actor == account ? "resident" : "bridge",
    });

    /// <summary>A display fetched a picture through this link: told the first time, for links that show none are many.</summary>
    public void Viewed(DbTransaction transaction, AccountLinkId link, DeviceId camera) =>
        Tell(transaction, link, NoticeKinds.FirstView, _ => "", $"view {link}", camera);

    private void Tell(DbTransaction transaction, AccountLinkId link, string kind, Func<string, string> because, string? occasion = null, DeviceId? camera = null)
    {
        var found = transaction.Connection!.QuerySingleOrDefault<AccountLinks.Row>(
            $"SELECT {AccountLinks.Columns} FROM account_links l WHERE l.id = @link AND l.linked_at IS NOT NULL AND l.platform <> @canary",
            new { link = link.Value, canary = CanaryPlatform.Id },
            transaction);
        if (found is not null)
        {
            notices.Tell(transaction, new Notice(found.Vendor, found.Account, kind)
            {
                Platform = options.Clients.GetValueOrDefault(found.ClientId)?.Name ?? found.Platform,
                Camera = camera is { } watched ? names.NameOf(transaction, found.Vendor, found.Account, watched) ?? "" : "",
                Because = because(found.Account),
                Occasion = occasion,
            });
        }
    }
}
