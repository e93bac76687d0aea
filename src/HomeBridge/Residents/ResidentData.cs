using System.Security.Cryptography;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.LinkDoctor;
using HomeBridge.Notices;

namespace HomeBridge.Residents;

/// <summary>What ended with an account. It names nobody.</summary>
/// <param name="Id">Support finds the deletion in the trail by it; it opens nothing.</param>
/// <param name="At">When.</param>
/// <param name="Links">Links that ended, those that waited for their code included.</param>
/// <param name="Devices">Devices that were shared through them.</param>
/// <param name="Streams">Streams that ran.</param>
/// <param name="Browsers">Browsers that were signed in.</param>
/// <param name="Apps">The same for the companion app.</param>
/// <param name="Views">Views that were forgotten.</param>
/// <param name="Told">How many of the links' platforms are told that the account is gone.</param>
internal sealed record DeletionReceipt(string Id, DateTimeOffset At, int Links, int Devices, int Streams, int Browsers, int Apps, int Views, int Told);

/// <summary>Everything that the bridge holds of a resident: as a file, and its end.</summary>
internal sealed class ResidentData(
    Database database, AccountLinks links, CompanionTokens companions, ResidentExport export, AuditTrail audit, TimeProvider time)
{
    /// <summary>
    /// How long after a sign-in at the maker the account may be deleted: whoever finds an open browser or a phone can't.
    /// </summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(15);

    /// <summary>When to ask for an export again that was one too many.</summary>
    public static readonly TimeSpan RetryExportAfter = TimeSpan.FromSeconds(10);

    /// <summary>The longest that one is written, also while nobody else wants its place.</summary>
    private static readonly TimeSpan ExportMax = TimeSpan.FromMinutes(1);

    private readonly ExportPlaces _places = new(time);

    /// <summary>
    /// Writes it as JSON (contracts/account-data.md). False when this home has one being written, or too many others have:
    /// then nothing was.
    /// </summary>
    /// <exception cref="OperationCanceledException">The reader went away, or takes too long.</exception>
    public async Task<bool> Export(HomeAccount home, Stream to, CancellationToken cancel)
    {
        using var place = _places.Take(home);
        if (place is null)
        {
            return false;
        }

        using var tooLong = new CancellationTokenSource(ExportMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, tooLong.Token, place.IsCut);
        await export.Write(home, place.To(to), either.Token);
        return true;
    }

    /// <summary>
    /// Ends every link with all that hangs on it, and forgets the resident, in one transaction. The audit trail and the ledger
    /// of what was released stay as long as they are kept for everybody. Null when there was nobody to forget: it was done before.
    /// </summary>
    public DeletionReceipt? Delete(HomeAccount home)
    {
        var (vendor, account) = home;
        var receipt = database.Write(transaction =>
        {
            // What was told is forgotten; that the links end now is told once more.
            ResidentNotices.Forget(transaction, vendor, account);
            var ended = links.EndAll(transaction, vendor, account, AccountLinks.AccountDeleted, account);
            var apps = companions.EndAll(transaction, vendor, account);
            var browsers = ResidentSessions.EndAll(transaction, vendor, account);
            var isKnown = ResidentProfiles.Forget(transaction, vendor, account) > 0;
            MakerTokens.Forget(transaction, vendor, account);
            ResidentDevices.Forget(transaction, home);
            DeviceProblems.Forget(transaction, vendor, account);
            SharingPauses.Forget(transaction, vendor, account);
            Doctor.Forget(transaction, vendor, account);
            var views = StreamViews.Forget(transaction, vendor, account);
            var listed = links.Forget(transaction, vendor, account);
            if (!isKnown && ended.Count + apps + browsers + views + listed == 0)
            {
                return null;
            }

            var done = new DeletionReceipt(
                $"del_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}", time.GetUtcNow(), ended.Count, ended.Sum(link => link.Devices),
                ended.Sum(link => link.Elsewhere.Streams), browsers, apps, views, ended.Count(link => link.Elsewhere.TellsPlatform));
            audit.Append(
                transaction, account, "account.deleted", done.Id,
                $"links={done.Links} devices={done.Devices} streams={done.Streams} browsers={done.Browsers} apps={done.Apps} views={done.Views} platforms_told={done.Told}");
            return done;
        });
        links.Announce();
        return receipt;
    }
}
