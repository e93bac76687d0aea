using System.Net;
using System.Security.Cryptography;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>
/// The camera's side of ICE (RFC 8445): a full agent in the controlled role with one address and one component. It checks every
/// candidate of the offer by itself, answers checks, takes the pair that the display chooses, and asks for consent to go on
/// (RFC 7675).
/// </summary>
/// <remarks>Called by one thread at a time: whoever owns the socket.</remarks>
internal sealed class IceAgent(PeerOffer offer, string ufrag, string password, Action<ReadOnlyMemory<byte>, IPEndPoint> send, TimeProvider time)
{
    /// <summary>An offer has 64 at most; more come by checks from unknown addresses.</summary>
    private const int PairsMax = 80;

    /// <summary>Ta (section 14.2).</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private const int ChecksMax = 25;
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(200);

    /// <summary>RFC 7675 section 5.1: asked every 5 s, gone after 30 s.</summary>
    private static readonly TimeSpan BetweenConsents = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConsentFor = TimeSpan.FromSeconds(30);

    private readonly ulong _tieBreaker = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private readonly List<Pair> _pairs = [.. offer.Candidates.Take(PairsMax).Select(remote => new Pair(remote))];

    /// <summary>Where to send; null until a pair has been checked from both sides.</summary>
    public IPEndPoint? Selected { get; private set; }

    /// <summary>Whether the other side has not said for too long that it still wants to hear from us.</summary>
    public bool ConsentIsGone => Selected is { } selected && Find(selected) is { } pair && time.GetElapsedTime(pair.AnsweredAt) > ConsentFor;

    /// <summary>Whether packets from there may be looked at.</summary>
    public bool Knows(IPEndPoint remote) => Find(remote) is { IsAnswered: true } or { IsAsked: true };

    /// <summary>Sends what is due.</summary>
    public void Tick()
    {
        foreach (var pair in _pairs)
        {
            var pause = pair.IsAnswered ? BetweenConsents : BetweenChecks;
            var isWanted = pair.IsAnswered ? pair.Remote.Equals(Selected) : pair.Checks < ChecksMax;
            if (isWanted && (pair.Checks == 0 || time.GetElapsedTime(pair.CheckedAt) >= pause))
            {
                Check(pair);
            }
        }
    }

    /// <summary>A packet that looks like STUN.</summary>
    public void Take(ReadOnlySpan<byte> packet, IPEndPoint from)
    {
        switch (StunMessage.Read(packet))
        {
            case { Type: StunMessage.BindingRequest } request when request.User == $"{ufrag}:{offer.Ufrag}" && request.IsBy(password):
                Answer(request, from);
                break;
            case { Type: StunMessage.BindingSuccess } answer when Find(from) is { } pair
                && pair.Transaction.AsSpan().SequenceEqual(answer.TransactionId) && answer.IsBy(offer.Password):
                (pair.IsAnswered, pair.AnsweredAt) = (true, time.GetTimestamp());
                Select(pair);
                break;
        }
    }

    private void Answer(StunMessage request, IPEndPoint from)
    {
        if (Find(from) is not { } pair)
        {
            if (_pairs.Count >= PairsMax)
            {
                return;
            }

            _pairs.Add(pair = new Pair(from));
        }

        send(StunMessage.Success(request.TransactionId, from, password), from);
        pair.IsAsked = true;
        pair.IsNominated |= request.UseCandidate;
        if (!pair.IsAnswered)
        {
            // A triggered check (section 7.3.1.4).
            Check(pair);
        }

        Select(pair);
    }

    private void Select(Pair pair)
    {
        if (pair is { IsAnswered: true, IsNominated: true })
        {
            Selected = pair.Remote;
        }
    }

    private void Check(Pair pair)
    {
        if (pair.Checks == 0 || pair.IsAnswered)
        {
            // Sent again it keeps its id, so that a late answer counts.
            pair.Transaction = RandomNumberGenerator.GetBytes(StunMessage.TransactionIdLength);
        }

        pair.Checks++;
        pair.CheckedAt = time.GetTimestamp();
        send(StunMessage.Request(pair.Transaction, $"{offer.Ufrag}:{ufrag}", offer.Password, _tieBreaker), pair.Remote);
    }

    private Pair? Find(IPEndPoint remote) => _pairs.Find(pair => pair.Remote.Equals(remote));

    private sealed class Pair(IPEndPoint remote)
    {
        public IPEndPoint Remote { get; } = remote;

        public byte[] Transaction { get; set; } = [];

        public int Checks { get; set; }

        public long CheckedAt { get; set; }

        /// <summary>Our check came back.</summary>
        public bool IsAnswered { get; set; }

        public long AnsweredAt { get; set; }

        /// <summary>A check of theirs came.</summary>
        public bool IsAsked { get; set; }

        public bool IsNominated { get; set; }
    }
}
