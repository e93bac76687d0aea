using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using Dapper;

namespace HomeBridge.Hosting.Replicas;

/// <summary>Work in the background that one replica does at a time.</summary>
internal readonly record struct Turn(int Number)
{
    /// <summary>Homes are told to platforms in so many shares, by the last letter of the agent user's id.</summary>
    public const int HomeShares = 16;

    /// <summary>Canaries, drills, and resumes that go on by what canaries see.</summary>
    public static readonly Turn Watch = new(HomeShares);

    public static readonly int Count = HomeShares + 1;

    public static Turn Home(int share) => new(share);
}

/// <summary>
/// Whose turn it is. A turn is a lock of the database's own that lives with this process's connection: when the process dies
/// the server frees it at once, and when the two lose each other the server frees it after some five seconds, while the
/// process stopped after three. With SQLite all turns are this process's.
/// </summary>
internal sealed class ReplicaTurns(DatabaseOptions options, TimeProvider time) : IDisposable
{
    /// <summary>A turn is held for as long after the server was last heard of, counted from before it was asked.</summary>
    public static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(3);

    /// <summary>What is given away rests for so long before another replica may take it: calls that are under way end meanwhile.</summary>
    public static readonly TimeSpan HandedOverAfter = TimeSpan.FromSeconds(15);

    /// <summary>The first half of the locks' numbers: 'hb'.</summary>
    private const int LockClass = 0x6862;

    private const long Never = long.MinValue;

    private const int Free = 0;
    private const int Held = 1;
    private const int Leaving = 2;

    private readonly int[] _turns = new int[Turn.Count];
    private readonly long[] _leavingSince = new long[Turn.Count];
    private readonly Signal _changed = new();
    private readonly int _first = RandomNumberGenerator.GetInt32(Turn.HomeShares);
    private readonly Lock _living = new();
    private CancellationTokenSource _life = Ended();
    private long _provenAt = Never;

    /// <summary>Completes when turns were taken. Take it before looking.</summary>
    public Task Changed => _changed.Next;

    /// <summary>Whether there may be others at all.</summary>
    public bool AreShared => options.Postgres is not null;

    /// <summary>Whether this process may begin something of this kind now.</summary>
    public bool Holds(Turn turn) => !AreShared || (Volatile.Read(ref _turns[turn.Number]) == Held && IsProven);

    /// <summary>
    /// Cancelled when the turns may be somebody else's: what is under way is broken off, so that it does not meet what another
    /// replica begins. Take it before <see cref="Holds"/> is asked.
    /// </summary>
    public CancellationToken Life
    {
        get
        {
            lock (_living)
            {
                return AreShared ? _life.Token : CancellationToken.None;
            }
        }
    }

    /// <summary>Hexadecimal digits: the shares of homes that are this process's. All of them without others.</summary>
    public string[] Homes => IsProven || !AreShared
        ? [.. Enumerable.Range(0, Turn.HomeShares).Where(share => Holds(Turn.Home(share))).Select(share => share.ToString("x", CultureInfo.InvariantCulture))]
        : [];

    /// <summary>The part of all homes whose turn is here, 0 to 1.</summary>
    public double PartOfHomes => Homes.Length / (double)Turn.HomeShares;

    private bool IsProven => Volatile.Read(ref _provenAt) is var at && at != Never && time.GetElapsedTime(at) < HeldFor;

    /// <summary>
    /// Once a second, on the connection that holds the turns: takes what is free up to a fair share, and lets go of what is
    /// beyond it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public void Look(DbConnection line, int replicas)
    {
        // Opened anew it would be another connection, without the turns.
        if (line.State != ConnectionState.Open)
        {
            throw new InvalidOperationException("The connection that holds the turns is gone.");
        }

        var lookedAt = time.GetTimestamp();
        var fair = (Turn.HomeShares + replicas - 1) / Math.Max(1, replicas);
        var taken = false;
        foreach (var number in Enumerable.Range(0, Turn.HomeShares).Select(at => (at + _first) % Turn.HomeShares).Append(Turn.Watch.Number))
        {
            var mine = _turns.AsSpan(0, Turn.HomeShares).Count(Held);
            var isHome = number < Turn.HomeShares;
            switch (_turns[number])
            {
                case Free when !isHome || mine < fair:
                    if (line.QuerySingle<bool>("SELECT pg_try_advisory_lock(@LockClass, @number)", new { LockClass, number }))
                    {
                        Volatile.Write(ref _turns[number], Held);
                        taken = true;
                    }

                    break;
                case Held when isHome && mine > fair:
                    Volatile.Write(ref _turns[number], Leaving);
                    _leavingSince[number] = lookedAt;
                    break;
                case Leaving when time.GetElapsedTime(_leavingSince[number]) > HandedOverAfter:
                    line.QuerySingle<bool>("SELECT pg_advisory_unlock(@LockClass, @number)", new { LockClass, number });
                    Volatile.Write(ref _turns[number], Free);
                    break;
            }
        }

        line.QuerySingle<int>("SELECT 1");
        Volatile.Write(ref _provenAt, lookedAt);
        Live(HeldFor - time.GetElapsedTime(lookedAt));
        if (taken)
        {
            _changed.Raise();
        }
    }

    public void Dispose() => _life.Dispose();

    /// <summary>For as long as one connection lasts. Its end comes before the connection's.</summary>
    public IDisposable Begin() => new Connected(this);

    /// <summary>The connection is gone, and all turns with it.</summary>
    public void Lost()
    {
        Volatile.Write(ref _provenAt, Never);
        Array.Clear(_turns);
        lock (_living)
        {
            _life.Cancel();
        }
    }

    private void Live(TimeSpan left)
    {
        lock (_living)
        {
            if (_life.IsCancellationRequested)
            {
                _life.Dispose();
                _life = new CancellationTokenSource();
            }

            _life.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    private static CancellationTokenSource Ended()
    {
        var ended = new CancellationTokenSource();
        ended.Cancel();
        return ended;
    }

    private sealed class Connected(ReplicaTurns turns) : IDisposable
    {
        public void Dispose() => turns.Lost();
    }
}
