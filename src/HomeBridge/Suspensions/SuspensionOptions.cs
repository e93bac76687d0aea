using HomeBridge.Hosting;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Suspensions;

/// <summary>
/// Section <c>Suspensions</c>: how long a process goes on that can't see what is suspended, what it remembers, and how it
/// tells gateways.
/// </summary>
internal sealed record SuspensionOptions
{
    /// <summary>The longest, and what holds unless configured: cameras.</summary>
    public static readonly TimeSpan CameraLeaseMax = GatewayTiming.Lease;

    /// <summary>The same for locks, garages, gates and alarm systems.</summary>
    public static readonly TimeSpan SecurityLeaseMax = TimeSpan.FromSeconds(15);

    /// <summary>The same for all other commands.</summary>
    public static readonly TimeSpan CommandLeaseMax = TimeSpan.FromMinutes(15);

    /// <summary>Less would stop cameras for one late look at the database.</summary>
    private static readonly TimeSpan LeaseMin = TimeSpan.FromSeconds(2);

    public TimeSpan CameraLease { get; init; } = CameraLeaseMax;

    public TimeSpan SecurityLease { get; init; } = SecurityLeaseMax;

    public TimeSpan CommandLease { get; init; } = CommandLeaseMax;

    /// <summary>Where the suspensions in force are kept for the next start; null: nowhere.</summary>
    public string? CopyFile { get; init; }

    /// <summary>Where the gateway inside this process keeps its own.</summary>
    public string? EmbeddedCopyFile => CopyFile is null ? null : CopyFile + ".embedded";

    /// <summary>The file that stops the cameras of this node while it is there; null: none is looked for.</summary>
    public string? BreakGlassFile { get; init; }

    /// <summary>Signs snapshots for gateways; null: a key made at start, which only the gateway inside this process is told.</summary>
    public string? SnapshotKeyPem { get; init; }

    public static SuspensionOptions Read(ConfigurationReader read, DatabaseOptions database)
    {
        string? pem = null;
        if (read.HasSecret("Suspensions:SnapshotKey"))
        {
            const string example = "the output of: openssl ecparam -name prime256v1 -genkey -noout";
            pem = read.SecretText("Suspensions:SnapshotKey", example);
            try
            {
                using var usable = new SnapshotSigner(pem);
            }
            catch (ArgumentException wrong) when (pem.Length > 0)
            {
                read.Problem("Suspensions:SnapshotKey", wrong.Message, example);
            }
            catch (ArgumentException)
            {
                // The reader has said what is wrong with the file.
            }
        }

        var copy = read.OptionalText("Suspensions:CopyFile") ?? (database.Path.Length > 0 ? database.Path + ".suspensions" : null);
        if (copy is null && database.Postgres is not null)
        {
            read.Problem("Suspensions:CopyFile", "is missing: with PostgreSQL there is no file beside which it could lie.", "/var/lib/homebridge/suspensions");
        }

        return new SuspensionOptions
        {
            CameraLease = read.Duration("Suspensions:CameraLease", CameraLeaseMax, LeaseMin, CameraLeaseMax),
            SecurityLease = read.Duration("Suspensions:SecurityLease", SecurityLeaseMax, LeaseMin, SecurityLeaseMax),
            CommandLease = read.Duration("Suspensions:CommandLease", CommandLeaseMax, LeaseMin, CommandLeaseMax),
            SnapshotKeyPem = pem,
            CopyFile = copy,
            BreakGlassFile = read.OptionalText("Suspensions:BreakGlassFile") ?? Streaming.Suspensions.BreakGlassFile.DefaultPath,
        };
    }

    public override string ToString() => nameof(SuspensionOptions);
}
