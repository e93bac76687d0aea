using HomeBridge.AccountLinking;
using HomeBridge.Revocations;

namespace HomeBridge.HomeGraph;

/// <summary>
/// Follows the log of what ended. When an agent user's last link ended, nothing is told any more; if it was not the
/// platform that ended it, the platform is told to forget the user.
/// </summary>
internal sealed class LinkEnds(HomeGraphQueue queue, RevocationLog revocations, AccountLinks links)
{
    /// <summary>At the very first start: what ends from now on is followed, whenever somebody first looks.</summary>
    public void Begin() => queue.Cursor(revocations.Head());

    public void CatchUp()
    {
        var head = revocations.Head();
        var cursor = queue.Cursor(head);
        while (cursor < head)
        {
            if (revocations.After(cursor) is not { } news)
            {
                // Too far behind to go one by one: everybody is looked at.
                queue.Write(outcome =>
                {
                    foreach (var agentUserId in queue.Users())
                    {
                        Settle(outcome, agentUserId, links.LastEnded(agentUserId));
                    }

                    outcome.Moved(head);
                });
                return;
            }

            queue.Write(outcome =>
            {
                foreach (var ended in news.Revocations.Where(one => one.Device is null).DistinctBy(one => one.AccountLink, StringComparer.Ordinal))
                {
                    outcome.ForgetLink(ended.AccountLink);
                    if (links.Remembered(new AccountLinkId(ended.AccountLink)) is { } remembered && remembered.Link.Platform == HomeGraphOutbox.Platform)
                    {
                        Settle(outcome, remembered.Link.AgentUserId, remembered);
                    }
                }

                outcome.Moved(news.Cursor);
            });
            cursor = news.Cursor;
        }
    }

    private void Settle(Outcome outcome, string agentUserId, (AccountLink Link, bool EndedByPlatform)? last)
    {
        if (links.LiveOf(agentUserId).Count > 0 || last is not { } ended)
        {
            return;
        }

        if (ended.EndedByPlatform || queue.User(agentUserId)?.UnlinkedAt is not null)
        {
            outcome.Forget(agentUserId);
        }
        else
        {
            outcome.Delete(agentUserId, ended.Link.Vendor, ended.Link.Account);
        }
    }
}
