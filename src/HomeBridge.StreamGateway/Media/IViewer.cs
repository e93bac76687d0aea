namespace HomeBridge.StreamGateway.Media;

/// <summary>The other end of one request: a player that waits for its answer.</summary>
internal interface IViewer
{
    /// <summary>A whole answer that has no picture in it.</summary>
    Task Text(int status, string contentType, string text);

    /// <summary>Starts an answer of this many media bytes; null when they go on until they are cut.</summary>
    void Begin(string contentType, long? length);

    /// <summary>Writes a piece of it.</summary>
    ValueTask Write(ReadOnlyMemory<byte> piece);

    /// <summary>Breaks the answer off: the connection is reset, whatever was under way.</summary>
    void Cut();
}
