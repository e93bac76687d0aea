using System.Net;
using System.Net.Sockets;
using System.Text;
using HomeBridge.StreamGateway.WebRtc.Sdp;

namespace HomeBridge.StreamGateway.WebRtc.Relay;

/// <summary>What a peer's description says of it, and nobody else on the network knows.</summary>
/// <param name="Ufrag">Its user name fragment.</param>
/// <param name="Password">Its password.</param>
internal sealed record PeerCredentials(string Ufrag, string Password)
{
    public override string ToString() => nameof(PeerCredentials);
}

/// <summary>
/// One side of a relay: its port, and the addresses that its peer was found at. An address is found when a check from there
/// has the peer's seal; it is confirmed, and only then sent anything but checks, when it answers a check of our own: whoever
/// writes another's address into a packet never sees that one.
/// </summary>
internal sealed class RelaySide : IDisposable
{
    private const int RequestsRemembered = 8;

    private readonly byte[] _expectedName;
    private readonly byte[] _askedName;
    private readonly byte[] _ownPassword;
    private readonly byte[] _otherPassword;
    private readonly bool _isControlling;
    private readonly RelayLimits _limits;
    private readonly List<Found> _found = [];
    private readonly (TransactionId Transaction, Found? From)[] _requests = new (TransactionId, Found?)[RequestsRemembered];
    private TokenBucket _packets;
    private TokenBucket _bytes;
    private TokenBucket _checks;
    private int _nextRequest;

    /// <param name="socket">Bound, and its own from now on.</param>
    /// <param name="own">Of the peer on this side.</param>
    /// <param name="other">Of the peer on the other side.</param>
    /// <param name="isControlling">The peer on this side chooses the path: the display, which offered.</param>
    /// <param name="limits">How much.</param>
    /// <param name="frequency">Ticks of the clock in a second.</param>
    public RelaySide(Socket socket, PeerCredentials own, PeerCredentials other, bool isControlling, RelayLimits limits, long frequency)
    {
        Socket = socket;
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        (_isControlling, _limits) = (isControlling, limits);

        // RFC 8445 section 7.2.2: the asked one's fragment first.
        _expectedName = Encoding.ASCII.GetBytes($"{other.Ufrag}:{own.Ufrag}");
        _askedName = Encoding.ASCII.GetBytes($"{own.Ufrag}:{other.Ufrag}");
        (_ownPassword, _otherPassword) = (Encoding.ASCII.GetBytes(own.Password), Encoding.ASCII.GetBytes(other.Password));
        (_packets, _bytes) = (new TokenBucket(limits.PacketsPerSecondMax, frequency), new TokenBucket(limits.BytesPerSecondMax, frequency));
        _checks = new TokenBucket(limits.ChecksPerSecondMax, frequency);
    }

    public Socket Socket { get; }

    public int Port { get; }

    /// <summary>Where its packets come from, for as long as a receive takes. One loop reads a side.</summary>
    public SocketAddress From { get; } = new(AddressFamily.InterNetwork);

    /// <summary>Where to send what is for this peer; null until an address is confirmed. Read by the other side's loop.</summary>
    public SocketAddress? Current => Volatile.Read(ref _current)?.Address;

    private Found? _current;

    /// <summary>Packets and bytes of this direction within their rates. Called by this side's loop only.</summary>
    public bool IsWithinRate(int length, long now) => _packets.TryTake(1, now) & _bytes.TryTake(length, now);

    /// <summary>Whether <see cref="From"/> is where the peer was confirmed to be.</summary>
    public bool IsFromCurrent(long now)
    {
        if (Volatile.Read(ref _current) is not { } current || current.Key != Key(From))
        {
            return false;
        }

        current.HeardAt = now;
        return true;
    }

    /// <summary>
    /// A check came from <see cref="From"/>. False when it is not the peer's. Its address may be new: <paramref name="probe"/>
    /// is then where a check of our own is due.
    /// </summary>
    public bool TakeCheck(ReadOnlySpan<byte> message, TransactionId transaction, long now, long frequency, out Found? probe)
    {
        probe = null;
        if (PortOf(From) < CandidatePolicy.PortMin || !Stun.IsCheck(message, _expectedName, _otherPassword, out var nominates))
        {
            return false;
        }

        var found = Find(Key(From)) ?? Learn(now);
        if (found is null)
        {
            return false;
        }

        found.HeardAt = now;
        found.IsNominated |= nominates && _isControlling;
        if (!found.IsConfirmed)
        {
            if (now - found.CheckedAt >= _limits.CheckEvery.TotalSeconds * frequency && _checks.TryTake(1, now))
            {
                found.CheckedAt = now;
                probe = found;
            }
        }
        else
        {
            Choose(found, now, frequency);
        }

        lock (_requests)
        {
            _requests[_nextRequest] = (transaction, found);
            _nextRequest = (_nextRequest + 1) % RequestsRemembered;
        }

        return found.IsConfirmed;
    }

    /// <summary>Writes the check that is due. Answers its length.</summary>
    public int WriteCheck(Found found, Span<byte> message)
    {
        found.Asked = TransactionId.New();
        return Stun.WriteCheck(message, found.Asked, _askedName, _ownPassword, asControlling: !_isControlling);
    }

    /// <summary>An answer came from <see cref="From"/>. True when it was to our own check, and goes no further.</summary>
    public bool TakeAnswer(ReadOnlySpan<byte> message, ushort type, TransactionId transaction, long now, long frequency)
    {
        if (Find(Key(From)) is not { } found || found.Asked == default || found.Asked != transaction)
        {
            return false;
        }

        // An error has the seal of a request that was understood, or none: that the packet came back is what counts, and only
        // the peer can seal.
        if (type is Stun.BindingSuccess && Stun.IsSealed(message, _ownPassword))
        {
            found.Asked = default;
            found.IsConfirmed = true;
            Choose(found, now, frequency);
        }

        return true;
    }

    /// <summary>Where the request came from that the other peer answers with this number; null when it asked none.</summary>
    public SocketAddress? Asker(TransactionId transaction)
    {
        lock (_requests)
        {
            foreach (var (asked, from) in _requests)
            {
                if (from is { IsConfirmed: true } && asked == transaction)
                {
                    return from.Address;
                }
            }
        }

        return null;
    }

    public void Dispose() => Socket.Dispose();

    /// <summary>The first confirmed address; after that the one that the display chooses, or another when the first fell silent.</summary>
    private void Choose(Found found, long now, long frequency)
    {
        var current = Volatile.Read(ref _current);
        if (current is null
            || (current != found && (found.IsNominated || now - current.HeardAt > _limits.SilentAfter.TotalSeconds * frequency)))
        {
            if (current is not null)
            {
                current.IsNominated = false;
            }

            Volatile.Write(ref _current, found);
        }
    }

    private Found? Find(ulong key)
    {
        foreach (var found in _found)
        {
            if (found.Key == key)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Remembers a new address; one that was never confirmed makes room, and otherwise there is none.</summary>
    private Found? Learn(long now)
    {
        if (_found.Count >= _limits.AddressesMax && _found.FindIndex(one => !one.IsConfirmed) is var index)
        {
            if (index < 0)
            {
                return null;
            }

            _found.RemoveAt(index);
        }

        var address = new SocketAddress(AddressFamily.InterNetwork);
        From.Buffer.Span[..From.Size].CopyTo(address.Buffer.Span);
        var found = new Found(address, Key(address)) { HeardAt = now };
        _found.Add(found);
        return found;
    }

    /// <summary>Port and address of a <c>sockaddr_in</c>: what makes two of them the same.</summary>
    private static ulong Key(SocketAddress address)
    {
        var bytes = address.Buffer.Span;
        return ((ulong)bytes[2] << 40) | ((ulong)bytes[3] << 32) | ((ulong)bytes[4] << 24) | ((ulong)bytes[5] << 16) | ((ulong)bytes[6] << 8) | bytes[7];
    }

    private static int PortOf(SocketAddress address) => (address.Buffer.Span[2] << 8) | address.Buffer.Span[3];

    /// <summary>An address that the peer was found at.</summary>
    internal sealed class Found(SocketAddress address, ulong key)
    {
        private volatile bool _isConfirmed;

        public SocketAddress Address => address;

        public ulong Key => key;

        public long HeardAt { get; set; }

        public long CheckedAt { get; set; } = long.MinValue / 2;

        public TransactionId Asked { get; set; }

        public bool IsConfirmed
        {
            get => _isConfirmed;
            set => _isConfirmed = value;
        }

        public bool IsNominated { get; set; }
    }
}
