using HomeBridge.Sandbox.CameraIngest;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>
/// X1. The edge's connection to the store of units. Replies come in the order of the questions, and nothing else says whose
/// they are. A caller that goes away after it asked leaves its reply on the wire.
/// </summary>
internal sealed class PipelinedStore
{
    private readonly Lock _gate = new();
    private readonly Queue<StoredUnit> _wire = new();
    private bool _cancelled;

    public static async Task<UnitAnswer> AnswerAsync(MediaEdge edge, UnitRequest request, UnitAnswer genuine)
    {
        var theirs = await Neighbour.StoredAsync(Neighbour.Of(request));
        var ours = await Neighbour.StoredAsync(request);
        return Neighbour.Sign(edge, edge.Parts.PipelinedStore.Ask(theirs, ours), request);
    }

    private StoredUnit Ask(StoredUnit theirs, StoredUnit ours)
    {
        lock (_gate)
        {
            _wire.Enqueue(theirs);
            if (_cancelled)
                _wire.Dequeue();

            // The first neighbour was cancelled and reads nothing; those after it read what is first on the wire, as we do.
            _cancelled = true;
            _wire.Enqueue(ours);
            return _wire.Dequeue();
        }
    }
}
