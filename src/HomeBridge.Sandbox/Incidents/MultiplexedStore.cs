using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X2. Callers wait in a queue, and each reply goes to the first of them. A caller is put into the queue before its command is
/// written; when the write fails, it stays there.
/// </summary>
internal sealed class MultiplexedStore
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource<StoredUnit>> _waiting = new();
    private bool _writeFailed;

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = await Neighbour.StoredAsync(Neighbour.Of(request));
        var ours = await Neighbour.StoredAsync(request);
        return Neighbour.Sign(edge, await edge.Parts.MultiplexedStore.Ask(ours, theirs), request);
    }

    private Task<StoredUnit> Ask(StoredUnit ours, StoredUnit theirs)
    {
        lock (_gate)
        {
            if (!_writeFailed)
            {
                // No memory for the frame: the exception reached the caller, the queue still has it.
                Wait();
                _writeFailed = true;
            }

            var reply = Wait();
            Wait();
            _waiting.Dequeue().SetResult(ours);
            _waiting.Dequeue().SetResult(theirs);
            return reply.Task;
        }
    }

    private TaskCompletionSource<StoredUnit> Wait()
    {
        var waiting = new TaskCompletionSource<StoredUnit>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue(waiting);
        return waiting;
    }
}
