using System.Collections.Frozen;
using Dapper;

namespace HomeBridge.Hosting.Replicas;

/// <summary>What replicas ring each other for. Says only that there is something new to read.</summary>
internal enum BellTopic
{
    /// <summary>What is suspended changed.</summary>
    Suspensions,

    /// <summary>A link, a device of one, or a stream ended for good; or a ticket key was removed.</summary>
    Ended,

    /// <summary>A process applied what is suspended, and says so in its row.</summary>
    Applied,

    /// <summary>Nothing: whoever rings hears whether it can be heard.</summary>
    Hearing,
}

/// <summary>
/// The bell between replicas, over PostgreSQL's NOTIFY: it makes quick what reading the database makes true. A ring that is
/// lost costs half a second and nothing else. With SQLite there is one replica, and nobody to ring for.
/// </summary>
internal sealed class ReplicaBell(Database database, DatabaseOptions options, Signal signal, ILogger<ReplicaBell> log)
{
    public const string Channel = "homebridge";

    private static readonly FrozenDictionary<string, BellTopic> Topics =
        Enum.GetValues<BellTopic>().ToFrozenDictionary(topic => topic.ToString(), StringComparer.Ordinal);

    private readonly FrozenDictionary<BellTopic, Signal> _rung = Topics.Values.ToFrozenDictionary(topic => topic, _ => new Signal());
    private long _heardItselfAt;

    /// <summary>This process among all that ever were.</summary>
    public string Run { get; } = Guid.NewGuid().ToString("N");

    /// <summary>How often this process heard its own rings come back.</summary>
    public long HeardItself => Interlocked.Read(ref _heardItselfAt);

    /// <summary>Completes when another replica rings for this. Take it before reading.</summary>
    public Task Next(BellTopic topic) => _rung[topic].Next;

    /// <summary>
    /// After the commit, in a transaction of its own, and not waited for: a full queue of notifications, or the lock that they
    /// share, can't fail or delay what was committed.
    /// </summary>
    public void Ring(BellTopic topic)
    {
        if (options.Postgres is null)
        {
            return;
        }

        _ = Task.Run(() =>
        {
            try
            {
                using var connection = database.Open();
                connection.Execute("SELECT pg_notify(@Channel, @payload)", new { Channel, payload = $"{topic} {Run}" });
            }
            catch (Exception failed)
            {
                log.LogWarning("The other replicas could not be rung for {Topic} ({Reason}): they look by themselves", topic, failed.Message);
            }
        });
    }

    /// <summary>A ring came.</summary>
    public void Heard(string payload)
    {
        if (payload.Split(' ') is not [var name, var run] || !Topics.TryGetValue(name, out var topic))
        {
            return;
        }

        if (run == Run)
        {
            Interlocked.Increment(ref _heardItselfAt);
            return;
        }

        RingHere(topic);
    }

    /// <summary>Whoever could not listen for a while may have missed anything.</summary>
    public void RingAllHere()
    {
        foreach (var topic in _rung.Keys)
        {
            RingHere(topic);
        }
    }

    private void RingHere(BellTopic topic)
    {
        _rung[topic].Raise();
        if (topic is BellTopic.Ended)
        {
            signal.Raise();
        }
    }
}
