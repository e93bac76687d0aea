using System.Data.Common;
using System.Threading.Channels;

namespace HomeBridge.Hosting;

/// <summary>There is more to write than the database takes: try again in a moment.</summary>
internal sealed class OverloadException : Exception
{
    public OverloadException()
        : base("More is waiting to be written than the database takes.")
    {
    }
}

/// <summary>
/// Small writes that many callers wait for at once share a transaction, and so one sync of the disk. A caller hears of
/// its write after the commit. One that waits too long is told so and is never written: nobody learns "no" of a write
/// that happened.
/// </summary>
internal sealed class BatchWriter(Database database, TimeProvider time)
{
    /// <summary>Writes that wait at one time.</summary>
    public const int WaitingMax = 4096;

    /// <summary>Writes of one transaction: other writers wait while it runs.</summary>
    private const int AtOnceMax = 256;

    /// <summary>Seconds, as the header has it.</summary>
    public const string RetryAfter = "1";

    /// <summary>The longest that a write waits for its turn. Platforms ask a second time after some five seconds.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private bool _isWriting;

    /// <summary>Whether trying again later helps: a full queue, or a database that somebody else holds.</summary>
    public static bool IsOverload(Exception failure) =>
        failure is OverloadException || EngineWords.IsOfTheMoment(failure);

    /// <summary>Runs within a transaction that others share; it may run anew when one of those fails.</summary>
    /// <exception cref="OverloadException">It was not written.</exception>
    public async Task<T> Write<T>(Func<DbTransaction, T> work)
    {
        var waiting = new Waiting<T>(work);
        if (!_waiting.Writer.TryWrite(waiting))
        {
            throw new OverloadException();
        }

        WakeWriter();
        try
        {
            return await waiting.Result.WaitAsync(WaitMax, time);
        }
        catch (TimeoutException)
        {
            return waiting.TryTake() ? throw new OverloadException() : await waiting.Result;
        }
    }

    /// <summary>One writer, for as long as something waits.</summary>
    private void WakeWriter()
    {
        lock (_gate)
        {
            if (_isWriting)
            {
                return;
            }

            _isWriting = true;
        }

        _ = Task.Factory.StartNew(WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void WriteAll()
    {
        var batch = new List<Waiting>(AtOnceMax);
        while (true)
        {
            batch.Clear();
            while (batch.Count < AtOnceMax && _waiting.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }

            if (batch.Count > 0)
            {
                Write(batch);
                continue;
            }

            lock (_gate)
            {
                if (_waiting.Reader.Count == 0)
                {
                    _isWriting = false;
                    return;
                }
            }
        }
    }

    private void Write(List<Waiting> batch)
    {
        if (TryWrite(batch) is not { } failure)
        {
            return;
        }

        if (batch.Count > 1 && !IsOverload(failure))
        {
            // One of them can't be written. Each by itself, so that it fails alone.
            foreach (var one in batch)
            {
                Write([one]);
            }

            return;
        }

        foreach (var one in batch)
        {
            one.Fail(failure);
        }
    }

    private Exception? TryWrite(List<Waiting> batch)
    {
        try
        {
            database.Write(transaction =>
            {
                foreach (var one in batch)
                {
                    one.Run(transaction);
                }

                return true;
            });
        }
        catch (Exception failure)
        {
            return failure;
        }

        foreach (var one in batch)
        {
            one.Succeed();
        }

        return null;
    }

    private abstract class Waiting
    {
        private int _isTaken;
        private bool _runs;

        /// <summary>Either the writer takes it or the caller takes it back.</summary>
        public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

        public void Run(DbTransaction transaction)
        {
            if (_runs || TryTake())
            {
                _runs = true;
                Work(transaction);
            }
        }

        public abstract void Succeed();

        public abstract void Fail(Exception failure);

        protected abstract void Work(DbTransaction transaction);
    }

    private sealed class Waiting<T>(Func<DbTransaction, T> work) : Waiting
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _answer = default!;

        public Task<T> Result => _result.Task;

        public override void Succeed() => _result.TrySetResult(_answer);

        public override void Fail(Exception failure) => _result.TrySetException(failure);

        protected override void Work(DbTransaction transaction) => _answer = work(transaction);
    }
}
