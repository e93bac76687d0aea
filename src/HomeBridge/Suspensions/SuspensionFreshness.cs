namespace HomeBridge.Suspensions;

/// <summary>What a process may go on with for how long while it can't see what is suspended.</summary>
internal enum LeaseClass
{
    /// <summary>Pictures and sound.</summary>
    Cameras,

    /// <summary>What lets somebody in, or keeps an alarm from sounding.</summary>
    Security,

    /// <summary>All other commands. Tokens, SYNC and QUERY have no limit.</summary>
    Commands,
}

/// <summary>
/// How long ago this process last saw the truth about suspensions, however it did: its own read, a poll, a notification.
/// Counted on the monotonic clock, from before the look. What is too old denies, class by class.
/// </summary>
internal sealed class SuspensionFreshness(SuspensionOptions options, TimeProvider time)
{
    private const long Never = long.MinValue;

    private long _seenAt = Never;

    /// <summary>Null until the first look succeeded.</summary>
    public TimeSpan? Age => Volatile.Read(ref _seenAt) is var at && at == Never ? null : time.GetElapsedTime(at);

    /// <summary>A look at the truth begins: the time to hand to <see cref="Seen"/> when it succeeded.</summary>
    public long Looking() => time.GetTimestamp();

    public void Seen(long lookedAt)
    {
        for (var before = Volatile.Read(ref _seenAt); lookedAt > before;)
        {
            var found = Interlocked.CompareExchange(ref _seenAt, lookedAt, before);
            if (found == before)
            {
                return;
            }

            before = found;
        }
    }

    /// <summary>Whether something of this class may go on by what is known.</summary>
    public bool Holds(LeaseClass lease) => Age is { } age && age < lease switch
    {
        LeaseClass.Cameras => options.CameraLease,
        LeaseClass.Security => options.SecurityLease,
        _ => options.CommandLease,
    };

    /// <summary>The class of a command of this trait to a device of this type, both without prefix.</summary>
    public static LeaseClass Of(string trait, string deviceType) =>
        trait is "CameraStream" ? LeaseClass.Cameras
        : trait is "LockUnlock" or "ArmDisarm" || deviceType is "LOCK" or "GARAGE" or "GATE" or "DOOR" or "SECURITYSYSTEM" ? LeaseClass.Security
        : LeaseClass.Commands;
}
