namespace HomeBridge.StreamGateway.Media;

/// <summary>
/// What a session's media leaves through: an HTTP response. A kind of session that has another way out, like a peer
/// connection, attaches that to its session for as long as it is open, and is cut by whatever cuts sessions.
/// </summary>
internal interface IMediaOutlet
{
    /// <summary>Breaks it off: what is under way is lost, not finished. May be called more than once, by any thread.</summary>
    void Cut();
}

/// <summary>The other end of one request: a player that waits for its answer.</summary>
internal interface IViewer : IMediaOutlet
{
    /// <summary>A whole answer that has no picture in it.</summary>
    Task Text(int status, string contentType, string text);

    /// <summary>Starts an answer of this many media bytes; null when they go on until they are cut.</summary>
    void Begin(string contentType, long? length);

    /// <summary>Waits until a piece can go out whole: between the look at the door and the wire nothing shall wait.</summary>
    ValueTask Room();

    /// <summary>Writes a piece of it.</summary>
    ValueTask Write(ReadOnlyMemory<byte> piece);
}
