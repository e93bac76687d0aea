using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Hosting;
using HomeBridge.Ledger;
using HomeBridge.Revocations;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.CameraStreams;

/// <summary>A grant as it is recorded.</summary>
internal sealed record StreamGrant(GrantId Id, AccountLinkId Link, string Platform, string Account, DeviceId Device, string? MakerStream, EvidenceGrade Grade)
{
    /// <summary>The gateway that serves it; null before it is redeemed.</summary>
    public string? Gateway { get; init; }

    /// <summary>What it was granted by, and may be redeemed for; null of those that were granted before it was recorded.</summary>
    public string? Protocol { get; init; }

    /// <summary>The trace that it is a part of; null when it isn't traced.</summary>
    public string? Trace { get; init; }
}

/// <summary>Stream grants: who may watch what, and what became of it.</summary>
internal sealed class StreamGrants(Database database, SharingPauses pauses, RevocationLog revocations, AuditTrail audit, LinkNotices notices, TimeProvider time)
{
    /// <summary>A session never lasts longer; a grant that was never reported ended is not counted after that.</summary>
    private static readonly TimeSpan SessionMax = TimeSpan.FromMinutes(31);

    /// <summary>A gateway that lost the answer may ask again, this soon.</summary>
    private static readonly TimeSpan RedeemAgainWithin = TimeSpan.FromSeconds(20);

    /// <summary>Records a grant; null when the link asks too often, the camera has too many viewers, or its sharing is paused.</summary>
    public GrantId? Record(AccountLink link, DeviceId device, CameraStreamOptions options, int sessionsMax, string protocol = StreamProtocols.Hls, string? trace = null)
    {
        var id = new GrantId(new Guid(RandomNumberGenerator.GetBytes(16)));
        var now = time.GetUtcNow();
        return database.Write<GrantId?>(transaction =>
        {
            var connection = transaction.Connection!;
            var lately = connection.QuerySingle<int>(
                "SELECT COUNT(*) FROM stream_grants WHERE account_link = @link AND granted_at > @since",
                new { link = link.Id.Value, since = (now - TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds() },
                transaction);
            var watching = connection.QuerySingle<int>(
                "SELECT COUNT(*) FROM stream_grants WHERE device = @device AND ended_at IS NULL AND redeemed_at > @since",
                new { device = device.Value, since = (now - SessionMax).ToUnixTimeMilliseconds() },
                transaction);
            if (lately >= options.GrantsPerMinuteMax || watching >= sessionsMax || pauses.IsPaused(transaction, link.Vendor, link.Account, device.Value))
            {
                return null;
            }

            connection.Execute(
                """
                INSERT INTO stream_grants (id, account_link, platform, vendor, account, device, protocol, granted_at, expires_at, trace)
                VALUES (@id, @link, @Platform, @Vendor, @Account, @device, @protocol, @at, @expiresAt, @trace)
                """,
                new
                {
                    id = id.ToString(),
                    link = link.Id.Value,
                    link.Platform,
                    link.Vendor,
                    link.Account,
                    device = device.Value,
                    protocol,
                    at = now.ToUnixTimeMilliseconds(),
                    expiresAt = (now + options.TicketLifetime).ToUnixTimeMilliseconds(),
                    trace,
                },
                transaction);
            audit.Append(transaction, link.Account, "stream.granted", id.ToString(), $"{link.Platform} {link.Id} {device}");
            return id;
        });
    }

    public StreamGrant? Find(GrantId id)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>("SELECT * FROM stream_grants WHERE id = @id", new { id = id.ToString() })?.ToGrant();
    }

    /// <summary>
    /// Whether this gateway may redeem the grant: it did not before, or did so a moment ago and lost the answer. Changes
    /// nothing yet.
    /// </summary>
    public bool MayRedeem(GrantId id, string gateway)
    {
        using var connection = database.Open();
        return connection.QuerySingle<int>($"SELECT COUNT(*) FROM stream_grants WHERE {Redeemable}", new { id = id.ToString(), gateway, now = Now, again = Now - (long)RedeemAgainWithin.TotalMilliseconds }) == 1;
    }

    /// <summary>
    /// Redeems, atomically, and opens the session's ledger; false when somebody else was first, or when the camera got as many
    /// sessions meanwhile as it may have.
    /// </summary>
    public bool Redeem(StreamGrant grant, Device device, string gateway, string makerStream, EvidenceGrade grade, int sessionsMax) => database.Write(transaction =>
    {
        var id = grant.Id;
        var done = transaction.Connection!.Execute(
            $"""
            UPDATE stream_grants SET redeemed_at = COALESCE(redeemed_at, @now), redeemed_by = @gateway, maker_stream = @makerStream, grade = @grade
            WHERE {Redeemable} AND (SELECT COUNT(*) FROM stream_grants other
                WHERE other.device = stream_grants.device AND other.id <> @id AND other.ended_at IS NULL AND other.redeemed_at > @since) < @sessionsMax
            """,
            new
            {
                id = id.ToString(),
                gateway,
                makerStream,
                grade = grade.ToString(),
                sessionsMax,
                now = Now,
                again = Now - (long)RedeemAgainWithin.TotalMilliseconds,
                since = Now - (long)SessionMax.TotalMilliseconds,
            },
            transaction) == 1;
        if (done)
        {
            audit.Append(transaction, $"gateway:{gateway}", "stream.opened", id.ToString(), "");
            ReleaseLedger.Opened(transaction, new LedgerSession(
                0, id.ToString(), gateway, grant.Platform, grant.Link.Value, grant.Account, device.Id.Value, device.Ref.Vendor, device.Ref.VendorDeviceId, Now));
            notices.Viewed(transaction, grant.Link, device.Id);
        }

        return done;
    });

    /// <summary>Records the end, once; the grant as it was when this call ended it.</summary>
    public StreamGrant? End(GrantId id, string gateway, string because, string? detail, long units, long bytes) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        var ended = connection.Execute(
            """
            UPDATE stream_grants SET ended_at = @now, ended_because = @because, units_released = @units, bytes_released = @bytes
            WHERE id = @id AND ended_at IS NULL AND redeemed_by = @gateway
            """,
            new { now = Now, because, units, bytes, id = id.ToString(), gateway },
            transaction);
        if (ended == 0)
        {
            return null;
        }

        audit.Append(transaction, $"gateway:{gateway}", "stream.ended", id.ToString(), $"{because} {detail} units={units} bytes={bytes}");
        return connection.QuerySingle<Row>("SELECT * FROM stream_grants WHERE id = @id", new { id = id.ToString() }, transaction).ToGrant();
    });

    /// <summary>
    /// Stops what an account's cameras are shown now, and what was granted and not fetched yet: of one grant, of one camera, or
    /// of all. It goes no further by the revocation log, and is neither redeemed nor renewed. Answers how many viewers that
    /// were. Within a transaction; announce afterwards.
    /// </summary>
    public int Stop(DbTransaction transaction, string vendor, string account, string? device, string? grant, string because)
    {
        var connection = transaction.Connection!;
        var stopped = connection.Query<(string Id, string Link, string Device, long? RedeemedAt)>(
            """
            UPDATE stream_grants SET stopped_because = @because
            WHERE vendor = @vendor AND account = @account AND granted_at > @since AND ended_at IS NULL AND stopped_because IS NULL
                AND (@device IS NULL OR device = @device) AND (@grant IS NULL OR id = @grant)
            RETURNING id, account_link, device, redeemed_at
            """,
            new { because, vendor, account, device, grant, since = Now - (long)(SessionMax + CameraStreamOptions.TicketLifetimeMax).TotalMilliseconds },
            transaction).AsList();
        foreach (var one in stopped)
        {
            revocations.Append(transaction, one.Link, one.Device, one.Id);
            audit.Append(transaction, account, "stream.stopped", one.Id, because);
        }

        return stopped.Count(one => one.RedeemedAt is not null);
    }

    /// <summary>A gateway that starts anew serves none of its earlier streams: what it left open is over.</summary>
    public void EndLeftOpen(string gateway) => database.Write(transaction =>
    {
        var ended = transaction.Connection!.Query<string>(
            "UPDATE stream_grants SET ended_at = @now, ended_because = 'Restart' WHERE redeemed_by = @gateway AND ended_at IS NULL RETURNING id",
            new { now = Now, gateway },
            transaction).AsList();
        foreach (var id in ended)
        {
            audit.Append(transaction, $"gateway:{gateway}", "stream.ended", id, "Restart; what was released after the last report is not known");
        }

        return ended.Count;
    });

    /// <summary>The grant, if this gateway redeemed it, did not report its end, and nobody stopped it.</summary>
    public StreamGrant? FindRunning(GrantId id, string gateway)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>(
            "SELECT * FROM stream_grants WHERE id = @id AND redeemed_by = @gateway AND ended_at IS NULL AND stopped_because IS NULL", new { id = id.ToString(), gateway })?.ToGrant();
    }

    /// <summary>Those of these grants that this gateway redeemed, ended or not: what it says of others is not heard.</summary>
    public IReadOnlyList<StreamGrant> FindRedeemed(string gateway, IReadOnlyCollection<GrantId> ids, DateTimeOffset notEndedBefore)
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            $"SELECT * FROM stream_grants WHERE redeemed_by = @gateway AND {connection.In("id", "@ids")} AND (ended_at IS NULL OR ended_at >= @since)",
            new { gateway, ids = ids.Select(id => id.ToString()).ToArray(), since = notEndedBefore.ToUnixTimeMilliseconds() }).Select(row => row.ToGrant())];
    }

    /// <summary>How many streams each gateway serves to viewers now.</summary>
    public IReadOnlyDictionary<string, int> RunningByGateway()
    {
        using var connection = database.Open();
        return connection.Query<(string Gateway, int Count)>(
            "SELECT redeemed_by, COUNT(*) FROM stream_grants WHERE ended_at IS NULL AND redeemed_at > @since AND platform <> @canary GROUP BY redeemed_by",
            new { since = (time.GetUtcNow() - SessionMax).ToUnixTimeMilliseconds(), canary = CanaryPlatform.Id })
            .ToDictionary(row => row.Gateway, row => row.Count, StringComparer.Ordinal);
    }

    /// <summary>The ids of a link's grants that are redeemed and not ended.</summary>
    public IReadOnlyList<string> OpenOf(AccountLinkId link)
    {
        using var connection = database.Open();
        return connection.Query<string>(
            "SELECT id FROM stream_grants WHERE account_link = @link AND granted_at > @since AND ended_at IS NULL AND redeemed_at IS NOT NULL",
            new { link = link.Value, since = (time.GetUtcNow() - SessionMax).ToUnixTimeMilliseconds() }).AsList();
    }

    /// <summary>The grants that viewers watch now.</summary>
    public IReadOnlyList<StreamGrant> Running()
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(
            "SELECT * FROM stream_grants WHERE ended_at IS NULL AND redeemed_at > @since AND platform <> @canary",
            new { since = (time.GetUtcNow() - SessionMax).ToUnixTimeMilliseconds(), canary = CanaryPlatform.Id }).Select(row => row.ToGrant())];
    }

    private const string Redeemable =
        "id = @id AND ended_at IS NULL AND stopped_because IS NULL AND ((redeemed_at IS NULL AND expires_at > @now) OR (redeemed_by = @gateway AND redeemed_at > @again))";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed class Row
    {
        public string Id { get; init; } = "";
        public string AccountLink { get; init; } = "";
        public string Platform { get; init; } = "";
        public string Account { get; init; } = "";
        public string Device { get; init; } = "";
        public string? MakerStream { get; init; }
        public string? Grade { get; init; }
        public string? RedeemedBy { get; init; }
        public string? Protocol { get; init; }

        public string? Trace { get; init; }

        public StreamGrant ToGrant() => new(
            GrantId.TryParse(Id, out var id) ? id : default, new AccountLinkId(AccountLink), Platform, Account, new DeviceId(Device), MakerStream,
            Grade is null ? EvidenceGrades.Default : Enum.Parse<EvidenceGrade>(Grade))
        {
            Gateway = RedeemedBy,
            Protocol = Protocol,
            Trace = Trace,
        };
    }
}
