using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Makers;
using HomeBridge.StreamGateway.Media;

namespace HomeBridge.Simulation.Viewers;

/// <summary>What a request asks for.</summary>
internal enum Asking
{
    Entry,
    Playlist,
    Init,
    Segment,
}

/// <summary>
/// One request and its answer. The grant is the one whose URL is used: who holds a URL is the viewer that it was made for.
/// </summary>
internal sealed class SimRequest(World world, SimGrant grant, Asking what, long sequence) : IViewer
{
    public SimGrant Grant { get; } = grant;

    public Asking What { get; } = what;

    public long Sequence { get; } = sequence;

    /// <summary>Why the gateway must refuse it, if it must.</summary>
    public string? MustBeRefused { get; init; }

    /// <summary>The viewer reads slowly.</summary>
    public bool Slow { get; init; }

    public CancellationTokenSource Gone { get; } = new();

    /// <summary>What the gateway asked a maker for on its behalf.</summary>
    public Exchange? Exchange { get; set; }

    /// <summary>0 until there is an answer.</summary>
    public int Status { get; private set; }

    public string? Body { get; private set; }

    public long Length { get; private set; }

    public long Received { get; private set; }

    public bool WasCut { get; private set; }

    public bool IsClosed { get; private set; }

    public bool Completed => Status == 200 && !WasCut && (Body is not null || (Length > 0 && Received == Length));

    /// <summary>The simulated network takes whatever is written.</summary>
    public ValueTask Room() => ValueTask.CompletedTask;

    public Task Text(int status, string contentType, string text)
    {
        world.Clock.ThrowIfEscaped();
        (Status, Body) = (status, text);
        world.Oracle.Answered(this);
        return Task.CompletedTask;
    }

    public void Begin(string contentType, long? length) => (Status, Length) = (200, length ?? 0);

    public async ValueTask Write(ReadOnlyMemory<byte> piece)
    {
        world.Clock.ThrowIfEscaped();
        Gone.Token.ThrowIfCancellationRequested();
        world.Oracle.Released(this, piece.Span, Received);
        Received += piece.Length;
        if (Slow)
        {
            await world.Clock.Wait(world.Dice.Seconds(0.2, 2.5), Gone.Token);
            Gone.Token.ThrowIfCancellationRequested();
        }
    }

    public void Cut()
    {
        WasCut = true;
        Gone.Cancel();
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Close()
    {
        IsClosed = true;
        Gone.Dispose();
    }
}
