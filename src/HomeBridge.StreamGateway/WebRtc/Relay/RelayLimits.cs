namespace HomeBridge.StreamGateway.WebRtc.Relay;

/// <summary>How much one relayed session may carry, and for how long. Named so that whoever reads a graph finds the number.</summary>
internal sealed record RelayLimits
{
    /// <summary>Bytes of a packet. What is longer does not fit into an Ethernet frame, and no peer sends it.</summary>
    public const int PacketLengthMax = 1500;

    /// <summary>Bytes that the kernel holds of one socket: two key frames of a camera. What comes on top is lost, as on any link.</summary>
    public const int SocketBufferMax = 256 * 1024;

    /// <summary>Packets of each direction in a second: 16 Mbit/s in packets of 1,200 bytes are 1,700.</summary>
    public int PacketsPerSecondMax { get; init; } = 4_000;

    /// <summary>Bytes of each direction in a second.</summary>
    public int BytesPerSecondMax { get; init; } = 2 * 1024 * 1024;

    /// <summary>Addresses of one side that passed a check and are remembered: a display on Wi-Fi, cable and a tunnel has some.</summary>
    public int AddressesMax { get; init; } = 4;

    /// <summary>Time between two checks of our own to one address.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Checks of our own from one side in a second, to whatever addresses. They go where a packet says that it came from, and a peer
    /// that writes others' addresses into its packets must not have them written to.
    /// </summary>
    public int ChecksPerSecondMax { get; init; } = 20;

    /// <summary>An address that was silent for so long gives way to another one of its side.</summary>
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromSeconds(2);

    public static RelayLimits Default { get; } = new();
}
