using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Fulfillment.Traits;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using Newtonsoft.Json;

namespace HomeBridge.Fulfillment;

/// <summary>
/// EXECUTE: each device is answered once, with the outcome of its executions in the order they came; one that failed
/// wins over those that did not. Suspensions are asked as the last thing before a command is sent.
/// </summary>
internal sealed class Execute(
    DeviceCloud deviceCloud, AccountLinks links, SuspensionBoard suspensions, CameraStreamTrait cameraStream, FulfillmentOptions options,
    TimeProvider time)
{
    /// <summary>Devices of one request that are spoken to at one time.</summary>
    private const int DevicesAtOnceMax = 16;

    public async Task<IResult> Answer(string requestId, AccountLink link, Intent.Execute execute, CancellationToken cancel)
    {
        var work = new Dictionary<string, List<Execution>>(StringComparer.Ordinal);
        foreach (var group in execute.Commands)
        {
            foreach (var id in group.Devices.Distinct(StringComparer.Ordinal))
            {
                if (!work.TryGetValue(id, out var executions))
                {
                    work[id] = executions = [];
                }

                executions.AddRange(group.Executions);
            }
        }

        using var budget = new Deadline(options.ExecuteBudget, time, cancel);
        var bindings = links.Bindings(link.Id);
        var outcomes = new CommandOutcome[work.Count];
        await Parallel.ForEachAsync(
            work.Select((device, index) => (device.Key, device.Value, index)),
            new ParallelOptions { MaxDegreeOfParallelism = DevicesAtOnceMax, CancellationToken = cancel },
            async (device, _) => outcomes[device.index] = await InOrder(link, bindings.GetValueOrDefault(device.Key), device.Value, budget));

        return Fulfillment.Answer.Payload(requestId, writer =>
        {
            writer.WritePropertyName("commands");
            writer.WriteStartArray();
            foreach (var (id, outcome) in work.Keys.Zip(outcomes))
            {
                writer.WriteStartObject();
                writer.WritePropertyName("ids");
                writer.WriteStartArray();
                writer.WriteValue(id);
                writer.WriteEndArray();
                Write(writer, outcome);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private async Task<CommandOutcome> InOrder(AccountLink link, DeviceBinding? binding, List<Execution> executions, Deadline deadline)
    {
        var online = true;
        var states = new JsonMap();
        for (var index = 0; index < executions.Count; index++)
        {
            var outcome = await One(link, binding, executions[index], deadline);
            switch (outcome)
            {
                case CommandOutcome.Succeeded succeeded:
                    online = succeeded.Online;
                    foreach (var (name, value) in succeeded.States)
                    {
                        states[name] = value;
                    }

                    break;
                case CommandOutcome.Pending when index + 1 < executions.Count:
                    // What comes after something that is not known to be done was not sent.
                    return new CommandOutcome.Refused("transientError");
                default:
                    return outcome;
            }
        }

        return new CommandOutcome.Succeeded(online, states);
    }

    private async Task<CommandOutcome> One(AccountLink link, DeviceBinding? binding, Execution execution, Deadline deadline)
    {
        if (binding is null)
        {
            return new CommandOutcome.Refused("deviceNotFound");
        }

        var device = binding.Device;
        if (TraitCatalog.Find(execution.Command) is not { } command || !device.Has(command.Trait))
        {
            return new CommandOutcome.Refused("functionNotSupported");
        }

        if (command.Check(execution.Parameters) is { } wrong)
        {
            return new CommandOutcome.Refused(wrong);
        }

        if (suspensions.Current.Denies(
            SuspensionEffects.DenyCommands, GrantStream.Facts(link.Platform, link.Id, device, command.Trait), out var by))
        {
            return new CommandOutcome.Refused(SuspendedCode(command, by.Scope));
        }

        if (command.Name == TraitCatalog.GetCameraStream)
        {
            return await cameraStream.Execute(link, binding, execution, deadline);
        }

        if (TraitCatalog.NeedsPin(execution) && execution.Challenge?.Pin is null)
        {
            return new CommandOutcome.Challenged("pinNeeded");
        }

        try
        {
            return await deviceCloud.Execute(
                link.Account, device.Ref.VendorDeviceId, execution.Command, execution.Parameters, execution.Challenge, deadline);
        }
        catch (DeviceCloudUnavailableException)
        {
            // Never sent, or failed: to call it pending would be a promise that nobody keeps.
            return new CommandOutcome.Refused("transientError");
        }
    }

    /// <summary>A suspension never looks like an unlink: no authFailure, no relinkRequired, no deviceNotFound.</summary>
    private static string SuspendedCode(TraitCommand command, SuspensionScope scope) =>
        command.Name == TraitCatalog.GetCameraStream ? "streamUnavailable"
        : scope is { Vendor: null, DeviceModel: null, Firmware: null, Trait: null, AccountLink: null, Device: null } ? "transientError"
        : "deviceOffline";

    private static void Write(JsonTextWriter writer, CommandOutcome outcome)
    {
        switch (outcome)
        {
            case CommandOutcome.Succeeded succeeded:
                writer.Member("status", "SUCCESS");
                writer.WritePropertyName("states");
                writer.WriteStartObject();
                writer.Member("online", succeeded.Online);
                foreach (var (name, value) in succeeded.States.Where(pair => pair.Key != "online"))
                {
                    writer.WritePropertyName(name);
                    writer.Any(value);
                }

                writer.WriteEndObject();
                break;
            case CommandOutcome.Pending:
                writer.Member("status", "PENDING");
                break;
            case CommandOutcome.Refused refused:
                writer.Member("status", "ERROR");
                writer.Member("errorCode", refused.ErrorCode);
                break;
            case CommandOutcome.Challenged challenged:
                writer.Member("status", "ERROR");
                writer.Member("errorCode", "challengeNeeded");
                writer.WritePropertyName("challengeNeeded");
                writer.WriteStartObject();
                writer.Member("type", challenged.Type);
                writer.WriteEndObject();
                break;
        }
    }
}
