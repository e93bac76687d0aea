using System.Text.Json;
using System.Threading.Channels;
using HomeBridge.Sandbox.Display;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>Something that happened at a device and that people are told once.</summary>
internal sealed record GraphNotice(string Device, string Name, string Trait, JsonElement Says);

/// <summary>What changed for a page since it was last told.</summary>
/// <param name="List">The home's devices are others, or described otherwise: the page gets all of them.</param>
/// <param name="Devices">Whose states changed.</param>
/// <param name="Notices">In order; the oldest are dropped when a page can't follow.</param>
/// <param name="Over">The home is not linked any more.</param>
internal sealed record GraphChanges(bool List, IReadOnlyCollection<string> Devices, IReadOnlyList<GraphNotice> Notices, bool Over);

/// <summary>
/// One page that looks at one home. It is told what is different now, not each step on the way, so it holds no more than
/// the home has devices. <see cref="Graph"/>'s lock guards it.
/// </summary>
internal sealed class GraphWatch(LinkedHome home)
{
    private const int NoticesMax = 20;

    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<string> _devices = new(StringComparer.Ordinal);
    private readonly Queue<GraphNotice> _notices = [];
    private bool _list = true;
    private bool _over;

    public LinkedHome Home => home;

    public void ListChanged()
    {
        _list = true;
        Ring();
    }

    public void Changed(string device)
    {
        _devices.Add(device);
        Ring();
    }

    public void Tell(GraphNotice notice)
    {
        if (_notices.Count == NoticesMax)
        {
            _notices.Dequeue();
        }

        _notices.Enqueue(notice);
        Ring();
    }

    public void End()
    {
        _over = true;
        Ring();
    }

    public GraphChanges Take()
    {
        var changes = new GraphChanges(_list, [.. _devices], [.. _notices], _over);
        _list = false;
        _devices.Clear();
        _notices.Clear();
        return changes;
    }

    /// <summary>False when nothing happened for so long.</summary>
    public async Task<bool> Wait(TimeSpan atMost, CancellationToken cancel)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        until.CancelAfter(atMost);
        try
        {
            return await _bell.Reader.ReadAsync(until.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Ring() => _bell.Writer.TryWrite(true);
}
