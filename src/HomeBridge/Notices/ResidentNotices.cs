using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages.Languages;

namespace HomeBridge.Notices;

/// <summary>
/// What residents are told. A notice is written in the caller's transaction, so that what happened and that it is told are
/// one; <see cref="NoticeSender"/> delivers it afterwards.
/// </summary>
internal sealed class ResidentNotices(NoticeOptions options, INoticeRecipients recipients, TimeProvider time)
{
    private readonly Signal _signal = new();

    /// <summary>Completes at the next notice. It may be before its commit.</summary>
    public Task Next => _signal.Next;

    /// <summary>Forgets what a home was told, and what it was to be told. Within a transaction.</summary>
    public static void Forget(DbTransaction transaction, string vendor, string account)
    {
        var connection = transaction.Connection!;
        connection.Execute(
            "DELETE FROM notice_deliveries WHERE notice IN (SELECT id FROM notices WHERE vendor = @vendor AND account = @account)", new { vendor, account }, transaction);
        connection.Execute("DELETE FROM notices WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);
        connection.Execute("DELETE FROM notices_told_once WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);
        connection.Execute("DELETE FROM notices_off WHERE vendor = @vendor AND account = @account", new { vendor, account }, transaction);
    }

    /// <summary>False when the home was told of this occasion before, or does not want to hear of such.</summary>
    public bool Tell(DbTransaction transaction, Notice notice)
    {
        var connection = transaction.Connection!;
        var now = time.GetUtcNow();
        if (notice.Occasion is { } occasion && connection.Execute(
            "INSERT INTO notices_told_once (vendor, account, occasion, kept_until) VALUES (@Vendor, @Account, @occasion, @until) ON CONFLICT DO NOTHING",
            new { notice.Vendor, notice.Account, occasion, until = notice.OccasionFor is { } span ? (now + span).ToUnixTimeMilliseconds() : (long?)null },
            transaction) == 0)
        {
            return false;
        }

        // An occasion that nobody wanted to hear of is over all the same.
        if (NoticeChoices.IsOff(transaction, notice.Vendor, notice.Account, notice.Kind))
        {
            return false;
        }

        // Looked up now: the profile may go in this very transaction.
        var recipient = recipients.Recipient(notice.Vendor, notice.Account);
        var id = $"ntc_{Guid.NewGuid():N}";
        connection.Execute(
            """
            INSERT INTO notices (id, vendor, account, kind, happened_at, platform, camera, because, language, time_zone)
            VALUES (@id, @Vendor, @Account, @Kind, @now, @platform, @camera, @Because, @language, @TimeZone)
            """,
            new
            {
                id,
                notice.Vendor,
                notice.Account,
                notice.Kind,
                now = now.ToUnixTimeMilliseconds(),
                platform = Notice.OneLine(notice.Platform),
                camera = Notice.OneLine(notice.Camera),
                notice.Because,
                language = (Languages.ByTag(recipient?.Locale) ?? Languages.English).Name,
                recipient?.TimeZone,
            },
            transaction);
        if (options.Webhook is not null)
        {
            Deliver(WebhookChannel.Id, address: null);
        }

        if (options.Mail is not null && recipient?.Email is { } email)
        {
            Deliver(MailChannel.Id, email);
        }

        _signal.Raise();
        return true;

        void Deliver(string channel, string? address) => connection.Execute(
            "INSERT INTO notice_deliveries (notice, channel, address, due_at) VALUES (@id, @channel, @address, @due)",
            new { id, channel, address, due = now.ToUnixTimeMilliseconds() },
            transaction);
    }

    /// <summary>How many notices of these kinds a home got since then.</summary>
    public static int CountSince(DbTransaction transaction, string vendor, string account, string[] kinds, DateTimeOffset since) =>
        transaction.Connection!.QuerySingle<int>(
            $"SELECT COUNT(*) FROM notices WHERE vendor = @vendor AND account = @account AND {transaction.Connection!.In("kind", "@kinds")} AND happened_at > @since",
            new { vendor, account, kinds, since = since.ToUnixTimeMilliseconds() },
            transaction);
}
