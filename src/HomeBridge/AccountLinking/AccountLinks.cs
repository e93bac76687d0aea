using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Revocations;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.AccountLinking;

/// <summary>Account links and their device bindings.</summary>
internal sealed partial class AccountLinks(
    Database database, DeviceRegister devices, RevocationLog revocations, AuditTrail audit, IEnumerable<IHangsOnLinks> hanging, LinkNotices notices,
    OAuth.OAuthInstruments instruments, TimeProvider time)
{
    /// <summary>Bindings that are read beside those that were asked for.</summary>
    private const int ReadMoreMax = 8;

    /// <summary>The devices that are bound to a live link. Their rows are the register's, which says how to join them.</summary>
    private const string Bound =
        $"""
        SELECT {DeviceRegister.Columns}, b.evidence_pin, b.withheld FROM account_links l
        JOIN device_bindings b ON b.account_link = l.id
        {DeviceRegister.Join} b.device
        WHERE l.id = ?1 AND l.ended_at IS NULL
        """;

    /// <summary>Where <c>withheld</c> stands in <see cref="Bound"/>; NULL for most.</summary>
    private const int WithheldColumn = DeviceRegister.ColumnCount + 1;

    private static readonly ReadStatement BoundAll = new(Bound);
    private static readonly ReadStatement BoundOne = new(Bound + " AND b.device = ?2");

    /// <summary>Columns of a link, for every statement that reads one.</summary>
    public const string Columns = "l.id, l.platform, l.client_id, l.vendor, l.account, l.agent_user_id";

    /// <summary>Ids in one statement; databases limit their parameters.</summary>
    private const int RowsAtOnce = 500;

    /// <summary>
    /// Records a consent: link and bindings. The link opens nothing until its code is redeemed. Null when the account
    /// has too many links.
    /// </summary>
    public AccountLink? Consent(
        DbTransaction transaction, PlatformClient client, string vendor, string account,
        IReadOnlyCollection<IdentifiedDevice> chosen, ConsentGiven given, int linksMax)
    {
        var connection = transaction.Connection!;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        ForgetUnopened(transaction, vendor, account, now - (long)OpenedWithin.TotalMilliseconds);
        var live = connection.QuerySingle<int>(
            "SELECT COUNT(*) FROM account_links WHERE vendor = @vendor AND account = @account AND ended_at IS NULL", new { vendor, account }, transaction);
        if (live >= linksMax)
        {
            return null;
        }

        connection.Execute(
            "INSERT INTO agent_users (platform, vendor, account, agent_user_id) VALUES (@Platform, @vendor, @account, @fresh) ON CONFLICT DO NOTHING",
            new { client.Platform, vendor, account, fresh = $"usr_{Guid.NewGuid():N}" },
            transaction);
        var agentUserId = connection.QuerySingle<string>(
            "SELECT agent_user_id FROM agent_users WHERE platform = @Platform AND vendor = @vendor AND account = @account",
            new { client.Platform, vendor, account },
            transaction);
        var link = new AccountLink(
            new AccountLinkId($"lnk_{Guid.NewGuid():N}"), client.Platform, client.ClientId, vendor, account, agentUserId);
        connection.Execute(
            """
            INSERT INTO account_links (id, platform, client_id, vendor, account, agent_user_id, consented_at, consent_text, consent_language, new_devices)
            VALUES (@id, @Platform, @ClientId, @Vendor, @Account, @AgentUserId, @now, @Wording, @Language, @newDevices)
            """,
            new { id = link.Id.Value, link.Platform, link.ClientId, link.Vendor, link.Account, link.AgentUserId, now, given.Wording, given.Language, newDevices = NameOf(given.NewDevices) },
            transaction);
        transaction.ExecuteAll(
            "INSERT INTO device_bindings (account_link, device, bound_at, evidence_pin, withheld) VALUES (@link, @device, @now, @pin, @withheld)",
            chosen.Select(device => new
            {
                link = link.Id.Value,
                device = device.Id.Value,
                now,
                pin = device.Description.EvidenceKey?.Thumbprint ?? DeviceBinding.Derived,
                withheld = given.Withheld(device),
            }));
        transaction.ExecuteAll(
            "INSERT INTO consented_cameras (account_link, device, live_video, sound) VALUES (@link, @device, @live, @sound)",
            (given.Cameras ?? []).Select(camera => new { link = link.Id.Value, device = camera.Device.Value, live = camera.LiveVideo ? 1 : 0, sound = camera.Sound ? 1 : 0 }));
        See(transaction, link.Id, given.Seen, now);
        audit.Append(transaction, account, "link.consented", link.Id.Value, $"{link.Platform}, {chosen.Count} devices");
        return link;
    }

    /// <summary>No code lives longer, so a consent that is older and was never redeemed opens nothing any more.</summary>
    private static readonly TimeSpan OpenedWithin = TimeSpan.FromMinutes(10);

    /// <summary>Consents whose code nobody redeemed would pile up otherwise: whoever agrees again and again has few at a time.</summary>
    private static void ForgetUnopened(DbTransaction transaction, string vendor, string account, long before)
    {
        const string unopened =
            "SELECT id FROM account_links WHERE vendor = @vendor AND account = @account AND ended_at IS NULL AND linked_at IS NULL AND consented_at <= @before";
        var connection = transaction.Connection!;
        connection.Execute($"DELETE FROM device_bindings WHERE account_link IN ({unopened})", new { vendor, account, before }, transaction);
        connection.Execute($"DELETE FROM seen_devices WHERE account_link IN ({unopened})", new { vendor, account, before }, transaction);
        connection.Execute($"DELETE FROM consented_cameras WHERE account_link IN ({unopened})", new { vendor, account, before }, transaction);
        connection.Execute($"DELETE FROM account_links WHERE id IN ({unopened})", new { vendor, account, before }, transaction);
    }

    /// <summary>
    /// The bridge's own link to a synthetic account, with one device: made without a resident and without a code, so no
    /// OAuth client has a token of it. One that is there already is taken again.
    /// </summary>
    public AccountLink LinkCanary(string vendor, string account, IdentifiedDevice camera)
    {
        if (Canaries().FirstOrDefault(link => link.Vendor == vendor && link.Account == account && BoundDevices(link.Id) is [var bound] && bound.Id == camera.Id) is { } standing)
        {
            return standing;
        }

        return database.Write(transaction =>
        {
            var own = new PlatformClient { ClientId = CanaryPlatform.Id, Platform = CanaryPlatform.Id, Name = "Canary", SecretHashes = [], RedirectUris = [] };
            var link = Consent(transaction, own, vendor, account, [camera], ConsentGiven.ByBridge, int.MaxValue)!;
            transaction.Connection!.Execute(
                "UPDATE account_links SET linked_at = @now WHERE id = @id", new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), id = link.Id.Value }, transaction);
            return link;
        });
    }

    /// <summary>The bridge's own links.</summary>
    public IReadOnlyList<AccountLink> Canaries()
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            $"SELECT {Columns} FROM account_links l WHERE l.platform = @platform AND l.ended_at IS NULL AND l.linked_at IS NOT NULL",
            new { platform = CanaryPlatform.Id }).Select(row => row.ToLink())];
    }

    /// <summary>All bindings of a live link, by the device ids that the platform knows. Read anew for each intent.</summary>
    public IReadOnlyDictionary<string, DeviceBinding> Bindings(AccountLinkId link) =>
        database.Read((Links: this, Link: link), static (reads, asked) =>
        {
            using var rows = reads.Open(BoundAll).Bind(1, asked.Link.Value);
            var bound = new Dictionary<string, DeviceBinding>(StringComparer.Ordinal);
            while (rows.Next())
            {
                var binding = asked.Links.ReadBinding(asked.Link, rows.Row);
                bound[binding.Device.Id.Value] = binding;
            }

            return bound;
        });

    /// <summary>All devices that are bound to a live link.</summary>
    public IReadOnlyList<Device> BoundDevices(AccountLinkId link)
    {
        using var view = database.ForRequest();
        return BoundDevices(view, link);
    }

    /// <summary>The same, as a request sees it.</summary>
    public IReadOnlyList<Device> BoundDevices(RequestView view, AccountLinkId link) => view.Read((Links: this, Link: link), static (reads, asked) =>
    {
        using var rows = reads.Open(BoundAll).Bind(1, asked.Link.Value);
        var bound = new List<Device>();
        while (rows.Next())
        {
            bound.Add(asked.Links.Read(rows.Row));
        }

        return bound;
    });

    /// <summary>
    /// Those of the asked devices that are bound to a live link, each in the place of its id; null for the others. All as the
    /// database is at one instant.
    /// </summary>
    public Device?[] BoundDevices(RequestView view, AccountLinkId link, DistinctIds asked)
    {
        var of = (Links: this, Link: link, Asked: asked);
        return asked.Count == 1
            ? view.Read(of, static (reads, of) => of.Links.OneByOne(reads, of.Link, of.Asked))
            : view.Read(of, static (reads, of) => of.Links.SideBySide(reads, of.Link, of.Asked))
                ?? view.View(of, static (reads, of) => of.Links.OneByOne(reads, of.Link, of.Asked));
    }

    /// <summary>Those of the asked devices that are bound to a live link.</summary>
    public IReadOnlyDictionary<string, DeviceBinding> Bindings(RequestView view, AccountLinkId link, IEnumerable<string> asked)
    {
        var of = (Links: this, Link: link, Asked: new DistinctIds(asked));
        return of.Asked.Count == 1
            ? view.Read(of, static (reads, of) => of.Links.BindingsOneByOne(reads, of.Link, of.Asked))
            : view.View(of, static (reads, of) => of.Links.BindingsOneByOne(reads, of.Link, of.Asked));
    }

    /// <summary>One binding of a live link; null when there is none (any more).</summary>
    public DeviceBinding? Binding(AccountLinkId link, string device)
    {
        using var view = database.ForRequest();
        return Bindings(view, link, [device]).GetValueOrDefault(device);
    }

    /// <summary>
    /// A platform mostly asks for a whole home, and the bindings of a link lie side by side. So as many are read in one go as
    /// would be cheaper than looking up each; null when the home has more.
    /// </summary>
    /// <remarks>The number is counted here: a LIMIT that is bound makes SQLite plan the statement anew each time.</remarks>
    private Device?[]? SideBySide(PreparedReads reads, AccountLinkId link, DistinctIds asked)
    {
        var found = new Device?[asked.Count];
        var (left, room) = (asked.Count, (asked.Count * 2) + ReadMoreMax);
        using var rows = reads.Open(BoundAll).Bind(1, link.Value);
        while (left > 0 && rows.Next())
        {
            if (room-- == 0)
            {
                return null;
            }

            var device = Read(rows.Row);
            if (asked.TryFind(device.Id.Value, out var place))
            {
                found[place] = device;
                left--;
            }
        }

        return found;
    }

    private Dictionary<string, DeviceBinding> BindingsOneByOne(PreparedReads reads, AccountLinkId link, DistinctIds asked)
    {
        using var rows = reads.Open(BoundOne).Bind(1, link.Value);
        var bound = new Dictionary<string, DeviceBinding>(asked.Count, StringComparer.Ordinal);
        for (var place = 0; place < asked.Count; place++)
        {
            if (rows.Bind(2, asked[place]).Next())
            {
                bound[asked[place]] = ReadBinding(link, rows.Row);
            }

            rows.Again();
        }

        return bound;
    }

    private Device?[] OneByOne(PreparedReads reads, AccountLinkId link, DistinctIds asked)
    {
        var found = new Device?[asked.Count];
        using var rows = reads.Open(BoundOne).Bind(1, link.Value);
        for (var place = 0; place < asked.Count; place++)
        {
            found[place] = rows.Bind(2, asked[place]).Next() ? Read(rows.Row) : null;
            rows.Again();
        }

        return found;
    }

    /// <summary>The device as this link may use it: without what its resident withholds.</summary>
    private Device Read(ReadRow row)
    {
        var device = devices.Read(row);
        return row.IsNull(WithheldColumn) ? device : device.Without([.. row.Text(WithheldColumn).Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
    }

    private DeviceBinding ReadBinding(AccountLinkId link, ReadRow row) => new(link, Read(row), row.Text(DeviceRegister.ColumnCount));

    /// <summary>A live link.</summary>
    public AccountLink? Find(string id)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>(
            $"SELECT {Columns} FROM account_links l WHERE l.id = @id AND l.ended_at IS NULL AND l.linked_at IS NOT NULL", new { id })?.ToLink();
    }

    /// <summary>All live links of residents, newest first, with the ids of their devices: for operators.</summary>
    public IReadOnlyList<(AccountLink Link, DateTimeOffset LinkedAt, ImmutableArray<string> Devices)> Live(int limit)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            $"""
            SELECT {Columns}, l.linked_at, (SELECT string_agg(b.device, ' ') FROM device_bindings b WHERE b.account_link = l.id) AS devices
            FROM account_links l WHERE l.ended_at IS NULL AND l.linked_at IS NOT NULL AND l.platform <> @canary ORDER BY l.linked_at DESC LIMIT @limit
            """,
            new { limit, canary = CanaryPlatform.Id })
            .Select(row => (
                row.ToLink(),
                DateTimeOffset.FromUnixTimeMilliseconds(row.LinkedAt),
                (row.Devices ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToImmutableArray()))];
    }

    /// <summary>
    /// Residents' live links by a whole name: the link's, the account's, the one that the platform has for the account, or a
    /// device's. Newest first, with the number of their devices.
    /// </summary>
    public IReadOnlyList<(AccountLink Link, DateTimeOffset LinkedAt, int Devices)> Search(string name, int limit)
    {
        var device = devices.Find(name)?.Id.Value;
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            $"""
            SELECT {Columns}, l.linked_at, (SELECT COUNT(*) FROM device_bindings b WHERE b.account_link = l.id) AS device_count
            FROM account_links l WHERE l.ended_at IS NULL AND l.linked_at IS NOT NULL AND l.platform <> @canary
                AND (l.id = @name OR l.account = @name OR l.agent_user_id = @name OR l.id IN (SELECT account_link FROM device_bindings WHERE device = @device))
            ORDER BY l.linked_at DESC LIMIT @limit
            """,
            new { name, device, canary = CanaryPlatform.Id, limit })
            .Select(row => (row.ToLink(), DateTimeOffset.FromUnixTimeMilliseconds(row.LinkedAt), row.DeviceCount))];
    }

    /// <summary>
    /// Residents' live bindings that a scope covers. A model or firmware that the maker didn't tell is covered by every scope
    /// that names one: the same rule as in <see cref="SuspensionScope.Covers"/>. Counted by the database: nothing of it is
    /// loaded, however many there are.
    /// </summary>
    private const string Covered =
        $"""
        FROM account_links l
        JOIN device_bindings b ON b.account_link = l.id
        {DeviceRegister.Join} b.device
        WHERE l.ended_at IS NULL AND l.linked_at IS NOT NULL AND l.platform <> @canary
          AND (@Platform IS NULL OR l.platform = @Platform)
          AND (@Vendor IS NULL OR d.vendor = @Vendor)
          AND (@DeviceModel IS NULL OR d.model IS NULL OR d.model = @DeviceModel)
          AND (@Firmware IS NULL OR d.firmware IS NULL OR d.firmware = @Firmware)
          AND (@Trait IS NULL OR replace(' ' || d.traits || ' ', ' ' || @Trait || ' ', '') <> ' ' || d.traits || ' ')
          AND (@AccountLink IS NULL OR l.id = @AccountLink)
          AND (@Device IS NULL OR b.device = @Device)
        """;

    /// <summary>How many links, homes and devices of residents a scope covers.</summary>
    public (int Links, int Homes, int Devices) CountCovered(SuspensionScope scope)
    {
        using var connection = database.Open();
        return connection.QuerySingle<(int, int, int)>(
            $"SELECT COUNT(DISTINCT l.id), COUNT(DISTINCT l.vendor || ' ' || l.account), COUNT(DISTINCT b.device) {Covered}", Parameters(scope));
    }

    /// <summary>The homes of residents that a scope covers, in order, from behind one on.</summary>
    public IReadOnlyList<(string Vendor, string Account)> HomesCovered(SuspensionScope scope, (string Vendor, string Account)? after, int limit)
    {
        var parameters = Parameters(scope);
        parameters.AddDynamicParams(new { afterVendor = after?.Vendor ?? "", afterAccount = after?.Account ?? "", limit });
        using var connection = database.Open();
        return connection.Query<(string Vendor, string Account)>(
            $"""
            SELECT DISTINCT l.vendor, l.account {Covered} AND (l.vendor > @afterVendor OR (l.vendor = @afterVendor AND l.account > @afterAccount))
            ORDER BY l.vendor, l.account LIMIT @limit
            """,
            parameters).AsList();
    }

    /// <summary>The live links of residents that a device is bound to.</summary>
    public IReadOnlyList<string> LinksOf(DeviceId device)
    {
        using var connection = database.Open();
        return connection.Query<string>($"SELECT l.id {Covered}", Parameters(new SuspensionScope(Device: device.Value))).AsList();
    }

    private static DynamicParameters Parameters(SuspensionScope scope)
    {
        var parameters = new DynamicParameters(scope);
        parameters.Add("canary", CanaryPlatform.Id);
        return parameters;
    }

    /// <summary>What a platform knows an account by, while at least one link stands between the two.</summary>
    public static string? LiveAgentUser(DbTransaction transaction, string platform, string vendor, string account) =>
        transaction.Connection!.QueryFirstOrDefault<string>(
            """
            SELECT agent_user_id FROM account_links
            WHERE vendor = @vendor AND account = @account AND platform = @platform AND ended_at IS NULL AND linked_at IS NOT NULL
            """,
            new { platform, vendor, account },
            transaction);

    /// <summary>The live links of an agent user.</summary>
    public IReadOnlyList<AccountLink> LiveOf(string agentUserId)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            $"SELECT {Columns} FROM account_links l WHERE l.agent_user_id = @agentUserId AND l.ended_at IS NULL AND l.linked_at IS NOT NULL",
            new { agentUserId }).Select(row => row.ToLink())];
    }

    /// <summary>A link that stands or stood, and whether it was the platform that ended it; null when there never was one.</summary>
    public (AccountLink Link, bool EndedByPlatform)? Remembered(AccountLinkId link) => Remembered("l.id = @id", new { id = link.Value });

    /// <summary>The same of an agent user's link that ended last.</summary>
    public (AccountLink Link, bool EndedByPlatform)? LastEnded(string agentUserId) =>
        Remembered("l.agent_user_id = @agentUserId AND l.ended_at IS NOT NULL ORDER BY l.ended_at DESC", new { agentUserId });

    /// <summary>Through which live links of an agent user these devices are bound.</summary>
    public IReadOnlyList<(AccountLinkId Link, string Device)> BoundThrough(string agentUserId, IReadOnlyCollection<string> devices)
    {
        using var connection = database.Open();
        return [.. devices.Chunk(RowsAtOnce).SelectMany(chunk => connection.Query<(string Link, string Device)>(
            $"""
            SELECT b.account_link, b.device FROM device_bindings b
            JOIN account_links l ON l.id = b.account_link AND l.ended_at IS NULL AND l.linked_at IS NOT NULL
            WHERE l.agent_user_id = @agentUserId AND {connection.In("b.device", "@chunk")}
            """,
            new { agentUserId, chunk })).Select(row => (new AccountLinkId(row.Link), row.Device))];
    }

    /// <summary>
    /// A link whose code is redeemed opens from now on. Answers the version of the grant that its tokens carry; null when it
    /// ended before.
    /// </summary>
    public long? Open(DbTransaction transaction, AccountLinkId link)
    {
        var version = transaction.Connection!.QuerySingleOrDefault<long?>(
            "UPDATE account_links SET linked_at = @now WHERE id = @link AND linked_at IS NULL AND ended_at IS NULL RETURNING grant_version",
            new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), link = link.Value },
            transaction);
        if (version is not null)
        {
            notices.Opened(transaction, link);
        }

        return version;
    }

    /// <summary>
    /// The accounts whose live links are bound to a device: one, unless the device changed hands and nobody said so yet.
    /// </summary>
    public static IReadOnlyList<string> BoundAccounts(DbTransaction transaction, Device device) => transaction.Connection!.Query<string>(
        """
        SELECT DISTINCT l.account FROM device_bindings b JOIN account_links l ON l.id = b.account_link
        WHERE b.device = @device AND l.vendor = @vendor AND l.ended_at IS NULL AND l.linked_at IS NOT NULL
        """,
        new { device = device.Id.Value, vendor = device.Ref.Vendor },
        transaction).AsList();

    /// <summary>
    /// Ends the bindings of one device in every link of an account, those that wait for their code included. Answers how
    /// many. Within a transaction; announce afterwards.
    /// </summary>
    public int EndBindings(DbTransaction transaction, string vendor, string account, DeviceId device, string because, string actor)
    {
        var connection = transaction.Connection!;
        var bound = connection.Query<(string Link, bool WasOpened)>(
            """
            SELECT b.account_link, l.linked_at IS NOT NULL FROM device_bindings b JOIN account_links l ON l.id = b.account_link
            WHERE b.device = @device AND l.vendor = @vendor AND l.account = @account
            """,
            new { device = device.Value, vendor, account },
            transaction).AsList();
        foreach (var (link, wasOpened) in bound)
        {
            connection.Execute(
                "DELETE FROM device_bindings WHERE account_link = @link AND device = @device", new { link, device = device.Value }, transaction);
            if (wasOpened)
            {
                revocations.Append(transaction, link, device.Value);
            }

            audit.Append(transaction, actor, "binding.ended", link, $"{device}: {because}");
        }

        return bound.Count;
    }

    private (AccountLink Link, bool EndedByPlatform)? Remembered(string where, object values)
    {
        using var connection = database.Open();
        return connection.QueryFirstOrDefault<Row>($"SELECT {Columns}, l.ended_because FROM account_links l WHERE {where} LIMIT 1", values) is { } row
            ? (row.ToLink(), row.EndedBecause is DisconnectedByPlatform or RevokedByPlatform)
            : null;
    }

    /// <summary>A link from <see cref="Columns"/>.</summary>
    internal static AccountLink ReadLink(ReadRow row) => new(
        new AccountLinkId(row.Text(0)), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5));

    /// <summary>A link as the database has it; <see cref="Columns"/>.</summary>
    internal sealed class Row
    {
        public string Id { get; init; } = "";
        public string Platform { get; init; } = "";
        public string ClientId { get; init; } = "";
        public string Vendor { get; init; } = "";
        public string Account { get; init; } = "";
        public string AgentUserId { get; init; } = "";
        public long LinkedAt { get; init; }
        public string? Devices { get; init; }
        public int DeviceCount { get; init; }
        public string? EndedBecause { get; init; }

        public AccountLink ToLink() => new(new AccountLinkId(Id), Platform, ClientId, Vendor, Account, AgentUserId);
    }
}
