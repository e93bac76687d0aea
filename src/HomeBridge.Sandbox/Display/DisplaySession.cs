using System.Buffers.Text;
using System.Security.Cryptography;

namespace HomeBridge.Sandbox.Display;

/// <summary>A link that was begun and has not come back yet (RFC 6749 section 10.12, RFC 7636).</summary>
internal sealed record PendingLink(string State, string Verifier, DateTimeOffset Until)
{
    public override string ToString() => nameof(PendingLink);
}

/// <summary>One browser's homes. It carries the id that it is kept under.</summary>
internal sealed class DisplaySession
{
    /// <summary>Characters of an id: 256 random bits.</summary>
    public const int IdLength = 43;

    /// <summary>Tabs that fit, and then some.</summary>
    public const int HomesMax = 8;

    private const int PendingMax = 8;
    private static readonly TimeSpan PendingLifetime = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly List<LinkedHome> _homes = [];
    private readonly List<PendingLink> _pending = [];
    private long _lastUsedTicks;
    private volatile KeptTokens? _companion;

    public DisplaySession(DateTimeOffset now) => LastUsed = now;

    public string Id { get; } = NewId();

    public DateTimeOffset LastUsed
    {
        get => new(Volatile.Read(ref _lastUsedTicks), TimeSpan.Zero);
        set => Volatile.Write(ref _lastUsedTicks, value.UtcTicks);
    }

    /// <summary>The companion app in this browser; null when nobody is signed in there.</summary>
    public KeptTokens? Companion
    {
        get => _companion;
        set => _companion = value;
    }

    public IReadOnlyList<LinkedHome> Homes
    {
        get
        {
            lock (_gate)
            {
                return [.. _homes];
            }
        }
    }

    /// <summary>256 random bits, for whatever nobody may guess here: ids, states, verifiers.</summary>
    public static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public PendingLink BeginLink(DateTimeOffset now)
    {
        var link = new PendingLink(NewId(), NewId(), now + PendingLifetime);
        lock (_gate)
        {
            if (_pending.Count == PendingMax)
            {
                _pending.RemoveAt(0);
            }

            _pending.Add(link);
        }

        return link;
    }

    /// <summary>Each state comes back once, in time, and to the browser that it was made for.</summary>
    public PendingLink? TakePending(string? state, DateTimeOffset now)
    {
        lock (_gate)
        {
            var index = _pending.FindIndex(link => Secrets.Same(state, link.State));
            if (index < 0)
            {
                return null;
            }

            var link = _pending[index];
            _pending.RemoveAt(index);
            return now <= link.Until ? link : null;
        }
    }

    public LinkedHome? Home(string id)
    {
        lock (_gate)
        {
            return _homes.Find(home => Secrets.Same(id, home.Id));
        }
    }

    /// <summary>False when there is no room: nothing that somebody linked is dropped behind their back.</summary>
    public bool TryAdd(LinkedHome home)
    {
        lock (_gate)
        {
            if (_homes.Count >= HomesMax)
            {
                return false;
            }

            _homes.Add(home);
            return true;
        }
    }

    public void Forget(LinkedHome home)
    {
        lock (_gate)
        {
            _homes.Remove(home);
        }
    }

    public DisplaySession UnderNewId()
    {
        var renewed = new DisplaySession(LastUsed) { Companion = Companion };
        lock (_gate)
        {
            renewed._homes.AddRange(_homes);
            renewed._pending.AddRange(_pending);
        }

        return renewed;
    }

    public override string ToString() => nameof(DisplaySession);
}
