using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Fulfillment;

/// <summary>One request of the platform: exactly one intent.</summary>
/// <param name="RequestId">Echoed, never read: platforms send decimal numbers beyond 64 bits.</param>
/// <param name="Intent">Null when the shape is not the protocol's.</param>
internal sealed record FulfillmentRequest(string RequestId, Intent? Intent);

/// <summary>What the platform wants.</summary>
internal abstract record Intent
{
    private Intent()
    {
    }

    public sealed record Sync : Intent;

    public sealed record Query(IReadOnlyList<string> Devices) : Intent;

    public sealed record Execute(IReadOnlyList<CommandGroup> Commands) : Intent;

    public sealed record Disconnect : Intent;
}

/// <summary>Every execution applies to every device, in order.</summary>
internal sealed record CommandGroup(IReadOnlyList<string> Devices, IReadOnlyList<Execution> Executions);

/// <summary>One command.</summary>
/// <param name="Command">Without prefix, e.g. <c>OnOff</c>.</param>
/// <param name="Parameters">As they came.</param>
/// <param name="Challenge">What the person answered, on the second leg of a challenge.</param>
internal sealed record Execution(string Command, JsonMap Parameters, ChallengeAnswer? Challenge);
