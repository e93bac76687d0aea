using System.Buffers;
using System.Diagnostics;
using HomeBridge.AccountLinking;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.Fulfillment.Challenges;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.LinkDoctor;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Traits;
using HomeBridge.Vitals;

namespace HomeBridge.Fulfillment;

/// <summary>
/// EXECUTE: each device is answered once, with the outcome of its executions in the order they came; one that failed
/// wins over those that did not. Suspensions are asked as the last thing before a command is sent. A platform that hangs
/// up changes nothing: what was begun is finished, so that its repeat finds an answer.
/// </summary>
internal sealed class Execute(
    AccountLinks links, DeviceRegister register, SuspensionBoard suspensions, ConfirmedCommand command, CameraStreamTrait cameraStream, QualityFigures figures, FulfillmentOptions options,
    TimeProvider time, ILogger<Execute> log)
{
    /// <summary>Devices of one request that are spoken to at one time.</summary>
    private const int DevicesAtOnceMax = 16;

    /// <summary>
    /// What was read of a binding is believed for so long: what comes later in a long or slow request is looked up anew, so that a
    /// link that ends meanwhile has no command sent after it. With the longest wait for the maker's bulkhead, within a second.
    /// </summary>
    private static readonly TimeSpan BindingHoldsFor = TimeSpan.FromMilliseconds(100);

    public async Task<ReadOnlySequence<byte>> Answer(Answering answering, Intent.Execute execute, RequestFingerprint fingerprint, RequestView view)
    {
        var link = answering.Link;
        var work = ByDevice(execute);
        using var budget = new Deadline(options.ExecuteBudget, time, CancellationToken.None);
        var readAt = time.GetTimestamp();
        var bindings = links.Bindings(view, link.Id, work.Select(device => device.Id));
        view.LetGo();
        var outcomes = new CommandOutcome[work.Count];
        if (work is [var only])
        {
            // Most requests are for one device, and it has nobody to take turns with.
            outcomes[0] = await Safely(link, bindings.GetValueOrDefault(only.Id), only.Executions, fingerprint, readAt, budget);
        }
        else
        {
            using var turns = new SemaphoreSlim(DevicesAtOnceMax);
            await Task.WhenAll(work.Select(async (device, index) =>
            {
                await turns.WaitAsync();
                try
                {
                    outcomes[index] = await Safely(link, bindings.GetValueOrDefault(device.Id), device.Executions, fingerprint, readAt, budget);
                }
                finally
                {
                    turns.Release();
                }
            }));
        }

        return Fulfillment.Answer.Payload(answering.RequestId, writer =>
        {
            writer.WriteName("\"commands\":"u8);
            writer.WriteStartArray();
            for (var index = 0; index < work.Count; index++)
            {
                var id = work[index].Id;
                writer.WriteStartObject();
                writer.WriteName("\"ids\":"u8);
                writer.WriteStartArray();
                writer.WriteValue(id);
                writer.WriteEndArray();
                answering.Device(bindings.GetValueOrDefault(id)?.Device, Write(writer, outcomes[index]));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>One command of a link as a platform would send it, for the bridge's own canaries: the same doors, no request.</summary>
    public async ValueTask<CommandOutcome> One(AccountLink link, string device, Execution execution, CancellationToken cancel)
    {
        using var budget = new Deadline(options.ExecuteBudget, time, cancel);
        var fingerprint = RequestFingerprint.Of(link.Id, new ReadOnlySequence<byte>(Guid.NewGuid().ToByteArray()));
        var readAt = time.GetTimestamp();
        return await InOrder(link, links.Binding(link.Id, device), [execution], fingerprint, readAt, budget);
    }

    /// <summary>Every execution of a group applies to every device of it; a device may stand in several groups.</summary>
    private static List<(string Id, IReadOnlyList<Execution> Executions)> ByDevice(Intent.Execute execute)
    {
        if (execute.Commands is [{ Devices: [var only], Executions: var all }])
        {
            return [(only, all)];
        }

        var work = new OrderedDictionary<string, List<Execution>>(StringComparer.Ordinal);
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

        return [.. work.Select(device => (device.Key, (IReadOnlyList<Execution>)device.Value))];
    }

    /// <summary>A bug of ours costs its device and not those that have acted: they are answered as it went.</summary>
    private async ValueTask<CommandOutcome> Safely(
        AccountLink link, DeviceBinding? binding, IReadOnlyList<Execution> executions, RequestFingerprint fingerprint, long readAt, Deadline deadline)
    {
        try
        {
            return await InOrder(link, binding, executions, fingerprint, readAt, deadline);
        }
        catch (Exception broken)
        {
            log.LogError(broken, "A command of {Link} failed", link.Id);
            return new CommandOutcome.Refused(PlatformCodes.TransientError);
        }
    }

    private async ValueTask<CommandOutcome> InOrder(
        AccountLink link, DeviceBinding? binding, IReadOnlyList<Execution> executions, RequestFingerprint fingerprint, long readAt, Deadline deadline)
    {
        // A device late in a long request waited for its turn.
        binding = Lately(link, binding, readAt);
        if (Refusal(link, binding, executions) is { } refused)
        {
            return new CommandOutcome.Refused(refused);
        }

        var attributes = binding!.Device.Attributes;

        string? exception = null;
        var states = executions.Count == 1 ? null : new JsonMap();
        for (var index = 0; index < executions.Count; index++)
        {
            if (index > 0 && Refusal(link, binding = Lately(link, binding, readAt), [executions[index]]) is { } ended)
            {
                return new CommandOutcome.Refused(ended);
            }

            var commandId = fingerprint.CommandId(binding!.Device.Id, index);
            var outcome = await One(link, binding, attributes, executions[index], commandId, deadline);
            switch (outcome)
            {
                case CommandOutcome.Succeeded succeeded:
                    exception = succeeded.Exception;
                    if (states is null)
                    {
                        states = succeeded.States;
                        break;
                    }

                    foreach (var (name, value) in succeeded.States)
                    {
                        states[name] = value;
                    }

                    break;
                case CommandOutcome.Pending when index + 1 < executions.Count:
                    // What comes after something that is not known to be done was not sent.
                    return new CommandOutcome.Refused(PlatformCodes.TransientError);
                default:
                    return outcome;
            }
        }

        return new CommandOutcome.Succeeded(Online: true, states ?? [], exception);
    }

    private async ValueTask<CommandOutcome> One(
        AccountLink link, DeviceBinding binding, JsonMap attributes, Execution execution, string commandId, Deadline deadline)
    {
        var device = binding.Device;
        var known = TraitCatalogue.Current.Command(execution.Command)!;
        if ((IsSuspended(link, device, known) ?? IsStale(device, known)) is { } suspended)
        {
            return new CommandOutcome.Refused(suspended);
        }

        if (known.Name == CameraStreamTrait.GetCameraStream)
        {
            var granting = await cameraStream.Execute(link, binding, execution, deadline);
            if (granting is CommandOutcome.Refused { ErrorCode: PlatformCodes.StreamUnavailable } && GrantStream.IsSuspended(link.Platform, link.Id, device, suspensions.Current))
            {
                Denied(link);
            }

            return granting;
        }

        try
        {
            var outcome = await command.Send(link, device, known, execution, commandId, deadline);
            return outcome is CommandOutcome.Succeeded succeeded
                ? succeeded with { States = TraitCatalogue.Current.CheckStates(device.Traits.AsSpan(), attributes, register.WithPlatformIds(device.Ref.Vendor, succeeded.States), known).States }
                : outcome;
        }
        catch (DeviceCloudUnavailableException)
        {
            // Never sent, or failed: to call it pending would be a promise that nobody keeps.
            return new CommandOutcome.Refused(PlatformCodes.TransientError);
        }
    }

    /// <summary>The binding as it is now, where it was read too long ago.</summary>
    private DeviceBinding? Lately(AccountLink link, DeviceBinding? binding, long readAt) =>
        binding is null || time.GetElapsedTime(readAt) < BindingHoldsFor ? binding : links.Binding(link.Id, binding.Device.Id.Value);

    /// <summary>
    /// Why a device's executions can't go; null when they can. Nothing of them is sent before all of them may be: a group is not
    /// half executed.
    /// </summary>
    private string? Refusal(AccountLink link, DeviceBinding? binding, IReadOnlyList<Execution> executions)
    {
        if (binding is null)
        {
            return PlatformCodes.DeviceNotFound;
        }

        var attributes = binding.Device.Attributes;
        foreach (var execution in executions)
        {
            if (Refusal(link, binding.Device, attributes, execution) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>Why an execution can't go, before anything was sent; null when it can.</summary>
    private string? Refusal(AccountLink link, Device device, JsonMap attributes, Execution execution) =>
        TraitCatalogue.Current.Command(execution.Command) is not { } known ? PlatformCodes.FunctionNotSupported
        : known.Check(device.Traits.AsSpan(), attributes, execution.Parameters) ?? IsSuspended(link, device, known) ?? IsStale(device, known);

    /// <summary>The code of a suspended command; null when it is not.</summary>
    private string? IsSuspended(AccountLink link, Device device, TraitCommand command)
    {
        if (!suspensions.Current.Denies(SuspensionEffects.DenyCommands, GrantStream.Facts(link.Platform, link.Id, device, command.Trait.Name), out var by))
        {
            return null;
        }

        Denied(link);
        return SuspendedCode(command, by.Scope);
    }

    /// <summary>The bridge's own links are in no figure.</summary>
    private void Denied(AccountLink link)
    {
        if (link.Platform != CanaryPlatform.Id)
        {
            figures.Denied(QualityFigures.Execute, link.Platform);
        }
    }

    /// <summary>A suspension never looks like an unlink: no authFailure, no relinkRequired, no deviceNotFound.</summary>
    private static string SuspendedCode(TraitCommand command, SuspensionScope scope) =>
        command.Name == CameraStreamTrait.GetCameraStream ? PlatformCodes.StreamUnavailable
        : scope is { Vendor: null, DeviceModel: null, Firmware: null, Trait: null, AccountLink: null, Device: null } ? PlatformCodes.TransientError
        : PlatformCodes.DeviceOffline;

    /// <summary>What is suspended is not known well enough for such a command: nobody may act on it now. Null when it is.</summary>
    private string? IsStale(Device device, TraitCommand command) =>
        suspensions.Holds(SuspensionFreshness.Of(command.Trait.Name, device.Type)) ? null
        : command.Name == CameraStreamTrait.GetCameraStream ? PlatformCodes.StreamUnavailable
        : PlatformCodes.TransientError;

    /// <summary>The status, or the error code where there is one.</summary>
    private static string Write(JsonWriter writer, CommandOutcome outcome)
    {
        switch (outcome)
        {
            case CommandOutcome.Succeeded succeeded:
                writer.Member("\"status\":"u8, AnswerOutcomes.Success);
                writer.WriteName("\"states\":"u8);
                writer.WriteStartObject();
                writer.Member("\"online\":"u8, succeeded.Online);
                writer.Member("\"exceptionCode\":"u8, PlatformCodes.Exception(succeeded.Exception));
                writer.Members(succeeded.States);
                writer.WriteEndObject();
                return AnswerOutcomes.Success;
            case CommandOutcome.Pending:
                writer.Member("\"status\":"u8, "PENDING");
                return "PENDING";
            case CommandOutcome.Refused refused:
                writer.Member("\"status\":"u8, "ERROR");
                writer.Member("\"errorCode\":"u8, refused.ErrorCode);
                return refused.ErrorCode;
            case CommandOutcome.Challenged challenged:
                writer.Member("\"status\":"u8, "ERROR");
                writer.Member("\"errorCode\":"u8, PlatformCodes.ChallengeNeeded);
                writer.WriteName("\"challengeNeeded\":"u8);
                writer.WriteStartObject();
                writer.Member("\"type\":"u8, challenged.Type);
                writer.WriteEndObject();
                return PlatformCodes.ChallengeNeeded;
            default:
                throw new UnreachableException();
        }
    }
}
