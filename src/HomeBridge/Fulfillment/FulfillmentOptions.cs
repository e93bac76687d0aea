using HomeBridge.Hosting;

namespace HomeBridge.Fulfillment;

/// <summary>Section <c>Fulfillment</c>: how long the platform waits for us at most.</summary>
internal sealed record FulfillmentOptions(TimeSpan QueryBudget, TimeSpan ExecuteBudget, TimeSpan SyncBudget)
{
    /// <summary>
    /// Whether SYNC promises that states are pushed. Only with a Home Graph to push to, and a maker who tells us of every
    /// change: else the platform has to ask.
    /// </summary>
    public bool WillReportState { get; init; }

    /// <summary>Bytes of a request: ten thousand devices, and room to spare.</summary>
    public const int BodyBytesMax = 1024 * 1024;

    /// <summary>
    /// Bytes of a refused request that the server still reads and throws away, so that its caller gets to see the 413
    /// instead of a broken connection.
    /// </summary>
    public const int DrainBytesMax = 32 * 1024 * 1024;

    public static FulfillmentOptions Read(ConfigurationReader read) => new(
        read.Duration("Fulfillment:QueryBudget", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5)),
        read.Duration("Fulfillment:ExecuteBudget", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5)),
        read.Duration("Fulfillment:SyncBudget", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10)));
}
