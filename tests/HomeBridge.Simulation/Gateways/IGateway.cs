using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Simulation.Gateways;

/// <summary>A gateway under test: the real one, or the naive one that it is compared with.</summary>
internal interface IGateway : IDisposable
{
    /// <summary>Where the feed goes on after a reconnect.</summary>
    long? Cursor { get; }

    /// <summary>A beat, as it is sent.</summary>
    long Beat();

    /// <summary>Takes in one line of the feed.</summary>
    void Hear(FeedMessage message);

    /// <summary>A GET of an entry: <c>/v1/e/{ticket}/…</c>.</summary>
    Task Enter(string ticket, IViewer viewer, CancellationToken gone);

    /// <summary>A GET below a session: <c>/v1/s/{session}/{file}</c>.</summary>
    Task Serve(string session, string file, IViewer viewer, CancellationToken gone);

    /// <summary>What is due every 250 ms.</summary>
    void Sweep();
}
