using System.Data.Common;
using System.Runtime.ExceptionServices;

namespace HomeBridge.Hosting;

/// <summary>A piece of work that waits to be written.</summary>
internal abstract class QueuedWrite
{
    /// <summary>A task, not an event: the pool of threads knows that somebody waits, and adds a thread.</summary>
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private ExceptionDispatchInfo? _failure;

    /// <summary>Whether this caller writes the next group.</summary>
    public bool Leads { get; set; }

    public bool HasFailed => _failure is not null;

    /// <summary>Until it was written, or is to lead.</summary>
    public void Wait() => _called.Task.GetAwaiter().GetResult();

    public void Call() => _called.SetResult();

    /// <summary>As its caller would: whatever hangs on his call, such as a trace, hangs on this.</summary>
    public void Run(DbTransaction transaction)
    {
        if (_context is null)
        {
            Work(transaction);
            return;
        }

        ExecutionContext.Run(_context, _ => Work(transaction), null);
    }

    public void Fail(Exception failure) => _failure ??= ExceptionDispatchInfo.Capture(failure);

    public void ThrowIfFailed() => _failure?.Throw();

    protected abstract void Work(DbTransaction transaction);
}

/// <inheritdoc/>
internal sealed class QueuedWrite<T>(Func<DbTransaction, T> work) : QueuedWrite
{
    public T Result { get; private set; } = default!;

    protected override void Work(DbTransaction transaction) => Result = work(transaction);
}

/// <summary>
/// Writers of one process, in the order in which they came. What waits together is written together: one of the callers leads
/// a group, and the next in line leads the next one, so that nobody writes for others for ever, and who writes without a pause
/// is not before who writes seldom.
/// </summary>
/// <param name="write">Writes a group; each piece fails or not. Called by one thread at a time.</param>
internal sealed class WriteQueue(Action<IReadOnlyList<QueuedWrite>> write)
{
    /// <summary>Pieces of one group.</summary>
    public const int GroupMax = 32;

    private readonly Lock _gate = new();
    private readonly Queue<QueuedWrite> _waiting = [];
    private bool _isLed;

    /// <summary>Pieces that nobody writes yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    public T Write<T>(Func<DbTransaction, T> work)
    {
        var mine = new QueuedWrite<T>(work);
        lock (_gate)
        {
            _waiting.Enqueue(mine);
            (mine.Leads, _isLed) = (!_isLed, true);
        }

        if (!mine.Leads)
        {
            mine.Wait();
        }

        if (mine.Leads)
        {
            Lead(mine);
        }

        mine.ThrowIfFailed();
        return mine.Result;
    }

    /// <summary>Whoever leads is first in line.</summary>
    private void Lead(QueuedWrite leader)
    {
        var group = new List<QueuedWrite>();
        lock (_gate)
        {
            while (group.Count < GroupMax && _waiting.TryDequeue(out var next))
            {
                group.Add(next);
            }
        }

        try
        {
            write(group);
        }
        catch (Exception failure)
        {
            group.ForEach(one => one.Fail(failure));
        }

        QueuedWrite? leadsNext = null;
        lock (_gate)
        {
            _isLed = _waiting.TryPeek(out leadsNext);
        }

        if (leadsNext is not null)
        {
            leadsNext.Leads = true;
            leadsNext.Call();
        }

        foreach (var one in group)
        {
            if (one != leader)
            {
                one.Call();
            }
        }
    }
}
