using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Notices;
using Microsoft.AspNetCore.DataProtection;

namespace HomeBridge.AccountLinking.SignIn;

/// <summary>
/// The tokens that the maker's identity provider gave for each account, encrypted, each for its own row. However many ask,
/// one renewal of an account is under way at a time, on all replicas, and one call to the provider within
/// <see cref="ResidentSignInOptions.CallEvery"/>. A refused one is remembered until the resident signs in again; it ends no link.
/// </summary>
internal sealed class MakerTokens(
    Database database, IProviderTokens provider, IdTokenCheck check, IDataProtectionProvider protection, DeviceCloudOptions maker, ResidentSignInOptions options, ResidentNotices notices, TimeProvider time,
    ILogger<MakerTokens> log) : IResidentTokens
{
    /// <summary>The longest wait of our own choosing, after failures in a row.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromHours(1);

    /// <summary>An access token is renewed this long before its end.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    /// <summary>How long a call to the device cloud waits for a renewal: it has 700 ms in all.</summary>
    private static readonly TimeSpan CallWaitMax = TimeSpan.FromMilliseconds(250);

    /// <summary>What an access token lives when the provider didn't say.</summary>
    private static readonly TimeSpan LifetimeOtherwise = TimeSpan.FromMinutes(5);

    private const int DoublingsMax = 20;

    private readonly ConcurrentDictionary<(string Vendor, string Account), Task> _renewing = [];

    /// <summary>
    /// Whether the maker takes back what it gave: the resident has to sign in once more. The link, its devices and its
    /// tokens stay as they are.
    /// </summary>
    public bool NeedsAttention(string vendor, string account)
    {
        using var connection = database.Open();
        return connection.QuerySingle<int>(
            "SELECT COUNT(*) FROM maker_tokens WHERE vendor = @vendor AND account = @account AND refused_at IS NOT NULL", new { vendor, account }) > 0;
    }

    /// <summary>What a sign-in brought replaces all that was there, a refusal too.</summary>
    public void Keep(string vendor, string account, ProviderTokens tokens) => database.Write(transaction =>
    {
        if (tokens.Kept is null)
        {
            Forget(transaction, vendor, account);
            return 0;
        }

        var (protector, now) = (Protector(vendor, account), time.GetUtcNow());
        return transaction.Connection!.Execute(
            """
            INSERT INTO maker_tokens (vendor, account, version, refresh_token, access_token, access_expires_at, renewed_at, next_call_at, failures, refused_at)
            VALUES (@vendor, @account, 1, @refreshToken, @accessToken, @accessExpiresAt, @now, @nextCallAt, 0, NULL)
            ON CONFLICT (vendor, account) DO UPDATE SET version = maker_tokens.version + 1, refresh_token = excluded.refresh_token,
                access_token = excluded.access_token, access_expires_at = excluded.access_expires_at, renewed_at = excluded.renewed_at,
                next_call_at = excluded.next_call_at, failures = 0, refused_at = NULL
            """,
            new
            {
                vendor,
                account,
                refreshToken = protector.Protect(tokens.Kept),
                accessToken = protector.Protect(tokens.AccessToken),
                accessExpiresAt = (now + (tokens.AccessLifetime ?? LifetimeOtherwise)).ToUnixTimeMilliseconds(),
                now = now.ToUnixTimeMilliseconds(),
                nextCallAt = now.ToUnixTimeMilliseconds(),
            },
            transaction);
    });

    public static void Forget(DbTransaction transaction, string vendor, string account) => transaction.Connection!.Execute(
        "DELETE FROM maker_tokens WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);

    /// <summary>The account's access token for the maker's API, renewed if it must be; null when there is none to be had now.</summary>
    public async ValueTask<string?> AccessToken(string account, CancellationToken cancel)
    {
        if (Find(maker.Vendor, account) is not { RefusedAt: null } row)
        {
            return null;
        }

        var ending = Live(row, Early) is null;
        var renewal = ending ? Renew(maker.Vendor, account) : Task.CompletedTask;
        if (Live(row, TimeSpan.Zero) is { } live)
        {
            return live;
        }

        try
        {
            await renewal.WaitAsync(CallWaitMax, time, cancel);
        }
        catch (TimeoutException)
        {
            return null;
        }

        return Find(maker.Vendor, account) is { RefusedAt: null } renewed ? Live(renewed, TimeSpan.Zero) : null;
    }

    /// <summary>Accounts whose provider was last heard of before <paramref name="before"/> and may be asked now, the longest waiting first.</summary>
    public IReadOnlyList<(string Vendor, string Account)> Due(DateTimeOffset before, int limit)
    {
        using var connection = database.Open();
        return [.. connection.Query<(string, string)>(
            """
            SELECT vendor, account FROM maker_tokens
            WHERE refused_at IS NULL AND renewed_at <= @before AND next_call_at <= @now ORDER BY renewed_at LIMIT @limit
            """,
            new { before = before.ToUnixTimeMilliseconds(), now = time.GetUtcNow().ToUnixTimeMilliseconds(), limit })];
    }

    /// <summary>Joins the renewal that is under way, or begins one. Completes when that is over, whatever came of it.</summary>
    public Task Renew(string vendor, string account)
    {
        var ours = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var under = _renewing.GetOrAdd((vendor, account), ours.Task);
        if (under == ours.Task)
        {
            _ = Run();
        }

        return under;

        async Task Run()
        {
            try
            {
                await RenewOnce(vendor, account);
            }
            catch (Exception failed)
            {
                log.LogError(failed, "A maker token could not be renewed");
            }
            finally
            {
                _renewing.TryRemove((vendor, account), out _);
                ours.SetResult();
            }
        }
    }

    private async Task RenewOnce(string vendor, string account)
    {
        // Whoever moves the next call on has the turn: no other replica, and no caller soon after.
        var now = time.GetUtcNow();
        var taken = database.Write(transaction => transaction.Connection!.Execute(
            "UPDATE maker_tokens SET next_call_at = @until WHERE vendor = @vendor AND account = @account AND refused_at IS NULL AND next_call_at <= @now",
            new { vendor, account, now = now.ToUnixTimeMilliseconds(), until = (now + options.CallEvery).ToUnixTimeMilliseconds() },
            transaction));
        if (taken == 0 || Find(vendor, account) is not { } row)
        {
            return;
        }

        Renewal renewal;
        try
        {
            renewal = await Checked(row, await provider.Renew(Protector(vendor, account).Unprotect(row.RefreshToken), CancellationToken.None));
        }
        catch (CryptographicException unreadable)
        {
            log.LogError(unreadable, "A maker token can't be decrypted: is DataProtection:CertificateFile another one, and the old one not among DataProtection:OldCertificates?");
            renewal = new Renewal.Failed("not decrypted", WaitMax);
        }

        Settle(row, renewal);
    }

    /// <summary>An id_token that comes with a renewal must be the same account's (OpenID Connect Core 1.0 section 12.2).</summary>
    private async Task<Renewal> Checked(Row row, Renewal renewal)
    {
        if (renewal is not Renewal.Renewed { IdToken: { } idToken } renewed)
        {
            return renewal;
        }

        try
        {
            var whose = await check.Check(idToken, renewed.AccessToken, nonce: null, CancellationToken.None);
            return whose.Account == row.Account ? renewal : new Renewal.Failed("another account's tokens", WaitMax);
        }
        catch (Exception wrong) when (wrong is IdTokenException or ProviderUnavailableException)
        {
            return new Renewal.Failed(wrong.Message, WaitMax);
        }
    }

    private void Settle(Row row, Renewal renewal)
    {
        var now = time.GetUtcNow();

        // A sign-in that came in between has brought newer ones, and this says nothing about those.
        const string still = "WHERE vendor = @Vendor AND account = @Account AND version = @Version";
        var protector = Protector(row.Vendor, row.Account);
        switch (renewal)
        {
            case Renewal.Renewed renewed:
                var expires = now + (renewed.AccessLifetime ?? LifetimeOtherwise);
                Update(
                    $"SET version = version + 1, refresh_token = @refreshToken, access_token = @accessToken, access_expires_at = @expires, renewed_at = @now, failures = 0 {still}",
                    new
                    {
                        row.Vendor,
                        row.Account,
                        row.Version,
                        refreshToken = protector.Protect(renewed.Kept),
                        accessToken = renewed.AccessToken is null ? null : protector.Protect(renewed.AccessToken),
                        expires = expires.ToUnixTimeMilliseconds(),
                        now = now.ToUnixTimeMilliseconds(),
                    });
                break;
            case Renewal.Refused:
                database.Write(transaction =>
                {
                    var refused = transaction.Connection!.Execute(
                        $"UPDATE maker_tokens SET refused_at = @now, access_token = NULL {still}",
                        new { row.Vendor, row.Account, row.Version, now = now.ToUnixTimeMilliseconds() },
                        transaction);
                    return refused > 0 && notices.Tell(transaction, new Notice(row.Vendor, row.Account, NoticeKinds.SignInNeeded) { Platform = maker.Name });
                });
                log.LogInformation("The maker refuses to renew an account's token: its resident has to sign in again. Links stay");
                break;
            case Renewal.Failed failed:
                Update(
                    $"SET failures = failures + 1, next_call_at = @nextCallAt {still}",
                    new { row.Vendor, row.Account, row.Version, nextCallAt = (now + Wait(row.Failures, failed.RetryAfter)).ToUnixTimeMilliseconds() });
                log.LogWarning("The maker did not renew an account's token ({Problem}); tried again later", failed.Why);
                break;
        }

        void Update(string set, object parameters) => database.Write(transaction => transaction.Connection!.Execute("UPDATE maker_tokens " + set, parameters, transaction));
    }

    /// <summary>Doubling, with jitter so that those who failed together don't come back together.</summary>
    private TimeSpan Wait(long failures, TimeSpan? asked)
    {
        var full = Math.Min(WaitMax.TotalMilliseconds, options.CallEvery.TotalMilliseconds * 2 * (1L << (int)Math.Min(failures, DoublingsMax)));
        var wait = TimeSpan.FromMilliseconds((full / 2) + RandomNumberGenerator.GetInt32((int)(full / 2) + 1));
        return asked is not { } least || least <= wait ? wait : least < WaitMax ? least : WaitMax;
    }

    /// <summary>A protector for this account alone: a row that was put in another's place can't be read there.</summary>
    private IDataProtector Protector(string vendor, string account) => protection.CreateProtector("maker-tokens", vendor, account);

    private string? Live(Row row, TimeSpan early)
    {
        if (row.AccessToken is not { } sealedToken || row.AccessExpiresAt is not { } expires
            || DateTimeOffset.FromUnixTimeMilliseconds(expires) - early <= time.GetUtcNow())
        {
            return null;
        }

        try
        {
            return Protector(row.Vendor, row.Account).Unprotect(sealedToken);
        }
        catch (CryptographicException)
        {
            // Renewing says so in the log.
            return null;
        }
    }

    private Row? Find(string vendor, string account)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>(
            """
            SELECT vendor, account, version, refresh_token, access_token, access_expires_at, failures, refused_at
            FROM maker_tokens WHERE vendor = @vendor AND account = @account
            """,
            new { vendor, account });
    }

    private sealed record Row
    {
        public string Vendor { get; init; } = "";

        public string Account { get; init; } = "";

        public long Version { get; init; }

        public string RefreshToken { get; init; } = "";

        public string? AccessToken { get; init; }

        public long? AccessExpiresAt { get; init; }

        public long Failures { get; init; }

        public long? RefusedAt { get; init; }

        public override string ToString() => nameof(Row);
    }
}
