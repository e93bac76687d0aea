using System.Data.Common;
using Dapper;
using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking;

/// <summary>A link with its times, for the resident whose it is.</summary>
internal sealed record LinkRecord(AccountLink Link, DateTimeOffset LinkedAt, DateTimeOffset? EndedAt, string? EndedBecause);

/// <summary>What a resident agreed to, for the resident whose it is: also where the platform never fetched its code.</summary>
/// <param name="Link">The link that it is about.</param>
/// <param name="Platform">Whom it lets in.</param>
/// <param name="At">When.</param>
/// <param name="Wording">The version of the wording that was shown.</param>
/// <param name="Language">In which language.</param>
/// <param name="NewDevices"><c>ask</c>, <c>add</c> or <c>never</c>: as it stands now.</param>
/// <param name="Cameras">Each camera that was offered, as it was answered then; empty for consents from before that was kept.</param>
internal sealed record ConsentRecord(
    string Link, string Platform, DateTimeOffset At, string Wording, string Language, string NewDevices, IReadOnlyList<CameraConsentRecord> Cameras);

/// <summary>What was said about one camera.</summary>
/// <param name="Device">As platforms see it.</param>
/// <param name="LiveVideo">Whether its live video was shared.</param>
/// <param name="Sound">Whether its sound was.</param>
/// <param name="Recordings">Whether its recordings were: never, as none are served.</param>
internal sealed record CameraConsentRecord(string Device, bool LiveVideo, bool Sound, bool Recordings);

/// <summary>One device that a link may use.</summary>
/// <param name="Device">As platforms see it.</param>
/// <param name="Since">Since when.</param>
/// <param name="Withheld">Functions that the resident withholds.</param>
internal sealed record PermissionRecord(string Device, DateTimeOffset Since, IReadOnlyList<string> Withheld);

/// <summary>The links of one account, those that ended included: nothing here can be asked about another's.</summary>
internal sealed class LinkRecords(Database database)
{
    /// <summary>Links that one call answers: the newest.</summary>
    public const int LinksMax = 1000;

    /// <summary>All that were ever linked, newest first.</summary>
    public IReadOnlyList<LinkRecord> Of(string vendor, string account) => Query("", vendor, account, null);

    /// <summary>Those that stand.</summary>
    public IReadOnlyList<LinkRecord> LiveOf(string vendor, string account) => Query("AND l.ended_at IS NULL", vendor, account, null);

    /// <summary>One link of this account; null when it is somebody else's, or nobody's.</summary>
    public LinkRecord? Find(string vendor, string account, string id) => Query("AND l.id = @id", vendor, account, id) is [var found] ? found : null;

    /// <summary>Those that ended, the last one first.</summary>
    public IReadOnlyList<LinkRecord> EndedOf(string vendor, string account, int limit) =>
        [.. Query("AND l.ended_at IS NOT NULL", vendor, account, null).OrderByDescending(record => record.EndedAt).Take(limit)];

    /// <summary>What ended with a link of this account; null when it stands, or is somebody else's, or ended before receipts were written.</summary>
    public LinkReceipt? Receipt(string vendor, string account, string id)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<ReceiptRow>(
            """
            SELECT r.* FROM link_receipts r JOIN account_links l ON l.id = r.account_link
            WHERE r.account_link = @id AND l.vendor = @vendor AND l.account = @account AND l.forgotten_at IS NULL
            """,
            new { id, vendor, account })?.ToReceipt();
    }

    /// <summary>Everything that was agreed to, newest first.</summary>
    public IReadOnlyList<ConsentRecord> Consents(string vendor, string account) => Consents("", vendor, account, null);

    /// <summary>What was agreed to for one link; null when it is not this account's.</summary>
    public ConsentRecord? Consent(string vendor, string account, string id) => Consents("AND l.id = @id", vendor, account, id) is [var consent] ? consent : null;

    private List<ConsentRecord> Consents(string and, string vendor, string account, string? id)
    {
        using var connection = database.Open();
        var cameras = connection.Query<(string Link, string Device, bool LiveVideo, bool Sound, bool Recordings)>(
            $"""
            SELECT c.account_link, c.device, c.live_video, c.sound, c.recordings FROM consented_cameras c JOIN account_links l ON l.id = c.account_link
            WHERE l.vendor = @vendor AND l.account = @account AND l.forgotten_at IS NULL {and} ORDER BY c.device
            """,
            new { vendor, account, id }).ToLookup(row => row.Link, row => new CameraConsentRecord(row.Device, row.LiveVideo, row.Sound, row.Recordings), StringComparer.Ordinal);
        return [.. connection.Query<(string Id, string Platform, long At, string Wording, string Language, string NewDevices)>(
            $"""
            SELECT l.id, l.platform, l.consented_at, l.consent_text, l.consent_language, l.new_devices FROM account_links l
            WHERE l.vendor = @vendor AND l.account = @account AND l.forgotten_at IS NULL {and} ORDER BY l.consented_at DESC, l.id LIMIT @LinksMax
            """,
            new { vendor, account, id, LinksMax }).Select(row => new ConsentRecord(
                row.Id, row.Platform, DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Wording, row.Language, row.NewDevices, [.. cameras[row.Id]]))];
    }

    /// <summary>What a link of this account may use now.</summary>
    public IReadOnlyList<PermissionRecord> Permissions(string vendor, string account, string id)
    {
        using var connection = database.Open();
        return [.. connection.Query<(string Device, long Since, string? Withheld)>(
            """
            SELECT b.device, b.bound_at, b.withheld FROM device_bindings b JOIN account_links l ON l.id = b.account_link
            WHERE b.account_link = @id AND l.vendor = @vendor AND l.account = @account ORDER BY b.device
            """,
            new { id, vendor, account }).Select(row => new PermissionRecord(
                row.Device, DateTimeOffset.FromUnixTimeMilliseconds(row.Since), (row.Withheld ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
    }

    /// <summary>Within the transaction that ends the link.</summary>
    public static void Keep(DbTransaction transaction, LinkReceipt receipt) => transaction.Connection!.Execute(
        """
        INSERT INTO link_receipts (account_link, ended_at, ended_by, because, access_tokens, refresh_tokens, codes, devices, streams, tickets, waiting, tells_platform)
        VALUES (@link, @at, @by, @Because, @AccessTokens, @RefreshTokens, @Codes, @Devices, @streams, @tickets, @waiting, @tells)
        """,
        new
        {
            link = receipt.Link.Value,
            at = receipt.EndedAt.ToUnixTimeMilliseconds(),
            by = LinkReceipt.NameOf(receipt.By),
            receipt.Because,
            receipt.AccessTokens,
            receipt.RefreshTokens,
            receipt.Codes,
            receipt.Devices,
            streams = receipt.Elsewhere.Streams,
            tickets = receipt.Elsewhere.Tickets,
            waiting = receipt.Elsewhere.Waiting,
            tells = receipt.Elsewhere.TellsPlatform ? 1 : 0,
        },
        transaction);

    private List<LinkRecord> Query(string and, string vendor, string account, string? id)
    {
        using var connection = database.Open();
        return connection.Query<Row>(
            $"""
            SELECT {AccountLinks.Columns}, l.linked_at, l.ended_at, l.ended_because FROM account_links l
            WHERE l.vendor = @vendor AND l.account = @account AND l.linked_at IS NOT NULL AND l.forgotten_at IS NULL {and} ORDER BY l.linked_at DESC, l.id LIMIT @LinksMax
            """,
            new { vendor, account, id, LinksMax }).Select(row => row.ToRecord()).AsList();
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string Platform { get; init; } = "";
        public string ClientId { get; init; } = "";
        public string Vendor { get; init; } = "";
        public string Account { get; init; } = "";
        public string AgentUserId { get; init; } = "";
        public long LinkedAt { get; init; }
        public long? EndedAt { get; init; }
        public string? EndedBecause { get; init; }

        public LinkRecord ToRecord() => new(
            new AccountLink(new AccountLinkId(Id), Platform, ClientId, Vendor, Account, AgentUserId),
            DateTimeOffset.FromUnixTimeMilliseconds(LinkedAt), EndedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, EndedBecause);
    }
    private sealed class ReceiptRow
    {
        public string AccountLink { get; init; } = "";
        public long EndedAt { get; init; }
        public string EndedBy { get; init; } = "";
        public string Because { get; init; } = "";
        public int AccessTokens { get; init; }
        public int RefreshTokens { get; init; }
        public int Codes { get; init; }
        public int Devices { get; init; }
        public int Streams { get; init; }
        public int Tickets { get; init; }
        public int Waiting { get; init; }
        public bool TellsPlatform { get; init; }

        public LinkReceipt ToReceipt() => new(
            new AccountLinkId(AccountLink), DateTimeOffset.FromUnixTimeMilliseconds(EndedAt), Enum.Parse<LinkEndedBy>(EndedBy, ignoreCase: true), Because,
            AccessTokens, RefreshTokens, Codes, Devices, new HangsOnLink(Streams, Tickets, Waiting, TellsPlatform));
    }
}
