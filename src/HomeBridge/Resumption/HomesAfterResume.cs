using System.Security.Cryptography;
using HomeBridge.AccountLinking;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting;
using HomeBridge.Suspensions;

namespace HomeBridge.Resumption;

/// <summary>
/// What a platform was told while commands or states were refused may be stale, so it is asked to SYNC the homes again.
/// Each at a moment of its own: a million homes at once would be the next incident.
/// </summary>
internal sealed class HomesAfterResume(ResumeStore plans, SuspensionStore suspensions, AccountLinks links, HomeGraphOutbox homeGraph, Database database, ResumptionOptions options)
{
    /// <summary>Homes of one transaction: others write, too.</summary>
    private const int BatchMax = 200;

    /// <summary>Asks for some homes. False when there is none left.</summary>
    public bool AskSome()
    {
        var pending = plans.Resyncs();
        foreach (var (id, vendor, account) in pending)
        {
            var scope = suspensions.Find(id)!.Scope;
            var isTheirs = homeGraph.Enabled && scope.Platform is null or HomeGraphOutbox.Platform;
            var homes = isTheirs ? links.HomesCovered(scope, vendor is null ? null : (vendor, account!), BatchMax) : [];
            database.Write(transaction =>
            {
                foreach (var home in homes)
                {
                    var moment = RandomNumberGenerator.GetInt32((int)options.RequestSyncWindow.TotalMilliseconds);
                    homeGraph.RequestSync(transaction, home.Vendor, home.Account, TimeSpan.FromMilliseconds(moment));
                }

                ResumeStore.Resynced(transaction, id, homes.Count < BatchMax ? null : homes[^1]);
                return true;
            });
            homeGraph.Wake();
        }

        return pending.Count > 0;
    }
}
