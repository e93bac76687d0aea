namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>
/// An answer to a request for a unit, ready to be sent. Faults change it here, never on the way.
/// </summary>
internal sealed record UnitAnswer(byte[] Body)
{
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>In the order in which they are sent; a name may come twice.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public Delivery Delivery { get; init; }

    public UnitAnswer With(string header, string value) =>
        this with { Headers = [.. Headers, new(header, value)] };
}

/// <summary>How an answer travels.</summary>
internal enum Delivery
{
    Whole,
    Late,
    Slow,
    ResetMidway,
    Never,
}
