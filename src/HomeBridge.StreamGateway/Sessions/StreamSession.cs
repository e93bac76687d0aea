using System.Security.Cryptography;
using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>Why a session is over. The names go to the bridge's record.</summary>
internal enum EndReason
{
    /// <summary>Nobody asked for anything for a while.</summary>
    Idle,

    /// <summary>The longest time a session may last.</summary>
    TimeUp,

    /// <summary>A suspension covers it.</summary>
    Suspended,

    /// <summary>Its link or binding ended, or the camera changed hands.</summary>
    Revoked,

    /// <summary>A unit came with evidence that is not this camera's.</summary>
    Evidence,

    /// <summary>The resident gives this viewer no sound, and the maker sent some.</summary>
    SoundWithheld,

    /// <summary>The key that signed its ticket was removed from the ring.</summary>
    KeyRemoved,

    /// <summary>The bridge could not say what had ended meanwhile.</summary>
    FeedReset,

    /// <summary>Something that stores or changes answers stands before the gateway.</summary>
    PublicPath,

    /// <summary>The gateway stops.</summary>
    Shutdown,

    /// <summary>Its viewer said that it needs no more.</summary>
    Closed,

    /// <summary>The maker's camera did not answer an offer in time, or not so that anything could come of it.</summary>
    NoAnswer,

    /// <summary>The bridge was not heard for the lease, and what had been cut for that can't be taken up again.</summary>
    LostContact,
}

/// <summary>
/// One viewer's session on one camera. Everything about it is in it and nothing of it anywhere else: key, window,
/// connection to the maker. What the ticket and the feed say is compared with the facts that it carries.
/// </summary>
internal sealed class StreamSession : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _keysHeld = new();
    private CancellationTokenSource _cut = new();
    private int _keyHolders;
    private readonly TimeProvider _time;
    private long _lastUsed;
    private long _renewed;
    private int _endReason = -1;
    private int _unitsUnderWay;
    private CancellationTokenSource? _response;

    public StreamSession(uint ticketKey, RedeemedGrant granted, IMediaOrigin origin, RandomNumberGenerator random, TimeProvider time)
    {
        _time = time;
        TicketKey = ticketKey;
        Granted = granted;
        Id = Convert.ToHexStringLower(Draw(random, 16));
        Device = new DeviceRef(granted.Vendor, granted.VendorDeviceId);
        Keys = ReadKeys(granted);
        Facts = new SuspensionFacts(
            granted.Platform,
            granted.Vendor,
            granted.DeviceModel ?? SuspensionFacts.Unknown,
            granted.Firmware ?? SuspensionFacts.Unknown,
            "CameraStream",
            granted.AccountLink,
            granted.Device);
        TokenKey = new UnitTokenKey(Draw(random, UnitTokenKey.KeyLength), Id, Device);
        Origin = origin;
        Window = new LiveWindow(TokenKey, Container, time);
        Started = EndedAt = _lastUsed = _renewed = time.GetTimestamp();
        Over = _over.Token;
    }

    /// <summary>128 random bits in hexadecimal: the session's place in URLs, and nothing else.</summary>
    public string Id { get; }

    /// <summary>The key that signed its entry ticket. When that key goes, the session goes.</summary>
    public uint TicketKey { get; }

    public RedeemedGrant Granted { get; }

    public DeviceRef Device { get; }

    public MediaContainer Container => Granted.Container;

    public DeviceEvidenceKeys Keys { get; }

    public SuspensionFacts Facts { get; }

    public UnitTokenKey TokenKey { get; }

    public IMediaOrigin Origin { get; }

    public LiveWindow Window { get; }

    public StreamContinuity Continuity { get; } = new();

    public long Started { get; }

    /// <summary>Units that one viewer is given at one time: the window, its init unit, and a repeat or two.</summary>
    private const int UnitsUnderWayMax = 6;

    /// <summary>False when the viewer has not taken what it asked for before. Whoever gets true calls <see cref="EndUnit"/>.</summary>
    public bool TryBeginUnit()
    {
        if (Interlocked.Increment(ref _unitsUnderWay) <= UnitsUnderWayMax)
        {
            return true;
        }

        EndUnit();
        return false;
    }

    public void EndUnit() => Interlocked.Decrement(ref _unitsUnderWay);

    /// <summary>Once, by the session's clock.</summary>
    public ITimer NewTimer(TimerCallback callback, object? state, TimeSpan due) => _time.CreateTimer(callback, state, due, Timeout.InfiniteTimeSpan);

    /// <summary>Cancelled at the end: whatever is under way for the viewer is aborted.</summary>
    public CancellationToken Over { get; }

    public EndReason? EndedBecause => Volatile.Read(ref _endReason) is >= 0 and var reason ? (EndReason)reason : null;

    /// <summary>When it ended, for as long as the table remembers it.</summary>
    public long EndedAt { get; private set; }

    public long UnitsReleased;

    public long BytesReleased;

    public TimeSpan Idle => _time.GetElapsedTime(Interlocked.Read(ref _lastUsed));

    public TimeSpan Age => _time.GetElapsedTime(Started);

    public TimeSpan SinceRenewal => _time.GetElapsedTime(Interlocked.Read(ref _renewed));

    public void Used() => Interlocked.Exchange(ref _lastUsed, _time.GetTimestamp());

    public void Renewed() => Interlocked.Exchange(ref _renewed, _time.GetTimestamp());

    /// <summary>
    /// What proves this camera, as the bridge granted it: the camera's own key, or the derived one. Keys that can't prove
    /// what is demanded make no session.
    /// </summary>
    private static DeviceEvidenceKeys ReadKeys(RedeemedGrant granted)
    {
        var derived = new DeviceEvidenceKeys(Convert.FromBase64String(granted.IngestKey), Convert.FromBase64String(granted.FreshKey));
        if (granted.DevicePublicKey is { } own)
        {
            return DevicePublicKey.TryRead(own, out var device) ? derived with { Device = device } : throw new FormatException("The camera's own key is no P-256 public key.");
        }

        return granted.Grade is EvidenceGrade.G3 || derived.Ingest.Length != DeviceEvidenceKeys.KeyLength
            ? throw new FormatException("There is no key that could prove what is demanded.")
            : derived;
    }

    /// <summary>Ends it. True for the one call that did.</summary>
    public bool End(EndReason reason)
    {
        if (Interlocked.CompareExchange(ref _endReason, (int)reason, -1) != -1)
        {
            if (reason is EndReason.Revoked)
            {
                // What was suspended and is unlinked afterwards is gone, and its viewer is told nothing else.
                Interlocked.CompareExchange(ref _endReason, (int)EndReason.Revoked, (int)EndReason.Suspended);
            }

            return false;
        }

        EndedAt = _time.GetTimestamp();
        _over.Cancel();
        Interrupt();
        lock (_keysHeld)
        {
            DestroyKeysIfUnused();
        }

        return true;
    }

    /// <summary>
    /// Cuts this outlet with the session, and whenever everything that is under way has to stop. For HTTP that is one response;
    /// what carries media on a connection of another kind stays attached for as long as that is open.
    /// </summary>
    public CancellationTokenRegistration Attach(IMediaOutlet outlet)
    {
        var attached = Volatile.Read(ref _cut).Token.UnsafeRegister(static state => ((IMediaOutlet)state!).Cut(), outlet);
        if (EndedBecause is not null)
        {
            outlet.Cut();
        }

        return attached;
    }

    /// <summary>Cuts what is under way. The session may go on, if it is not over.</summary>
    public void Interrupt()
    {
        var before = Volatile.Read(ref _cut);
        if (EndedBecause is null)
        {
            before = Interlocked.Exchange(ref _cut, new CancellationTokenSource());
        }

        before.Cancel();
    }

    /// <summary>Keys stay for as long as somebody checks with them. False when the session is over.</summary>
    public bool TryHoldKeys()
    {
        lock (_keysHeld)
        {
            if (EndedBecause is not null)
            {
                return false;
            }

            _keyHolders++;
            return true;
        }
    }

    public void ReleaseKeys()
    {
        lock (_keysHeld)
        {
            _keyHolders--;
            DestroyKeysIfUnused();
        }
    }

    private void DestroyKeysIfUnused()
    {
        if (_keyHolders == 0 && EndedBecause is not null)
        {
            CryptographicOperations.ZeroMemory(Keys.Ingest);
            CryptographicOperations.ZeroMemory(Keys.Fresh);
        }
    }

    /// <summary>
    /// The turn of a response that goes on for as long as the session: it ends with the session, with its viewer, and with
    /// the next such response. One ticket is one viewer, also here.
    /// </summary>
    public CancellationTokenSource NewResponse(CancellationToken gone)
    {
        var turn = CancellationTokenSource.CreateLinkedTokenSource(gone, Over);
        try
        {
            Interlocked.Exchange(ref _response, turn)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The one before is over already.
        }

        return turn;
    }

    public void Dispose()
    {
        // Until now it told a viewer "suspended" apart from "not found"; it has opened nothing since the end.
        TokenKey.Destroy();
        Origin.Dispose();
        _over.Dispose();
    }

    private static byte[] Draw(RandomNumberGenerator random, int length)
    {
        var bytes = new byte[length];
        random.GetBytes(bytes);
        return bytes;
    }
}
