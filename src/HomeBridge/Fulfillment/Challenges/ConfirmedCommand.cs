using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Traits;

namespace HomeBridge.Fulfillment.Challenges;

/// <summary>
/// One command on its way to the device cloud, with the confirmation that it needs. The PIN is checked by the device
/// cloud; here is counted how often it was wrong.
/// </summary>
internal sealed class ConfirmedCommand(DeviceCloud deviceCloud, ChallengePolicy policy, PinAttempts attempts)
{
    /// <exception cref="DeviceCloudUnavailableException">Nothing is known, or nothing was sent.</exception>
    public async ValueTask<CommandOutcome> Send(
        AccountLink link, Device device, TraitCommand command, Execution execution, string commandId, Deadline deadline)
    {
        var challenge = execution.Challenge;
        var needed = policy.Needed(device, command, execution.Parameters);
        if (challenge?.Ack is false)
        {
            return new CommandOutcome.Refused(PlatformCodes.UserCancelled);
        }

        if (needed == PlatformCodes.AckNeeded && challenge?.Ack is not true)
        {
            return new CommandOutcome.Challenged(PlatformCodes.AckNeeded);
        }

        if (challenge?.Pin is not { Length: > 0 })
        {
            return needed != PlatformCodes.PinNeeded ? await Send()
                : attempts.IsLocked(link, device) ? new CommandOutcome.Refused(PlatformCodes.TooManyFailedAttempts)
                : new CommandOutcome.Challenged(PlatformCodes.PinNeeded);
        }

        if (attempts.Begin(link, device) is not { } attempt)
        {
            return new CommandOutcome.Refused(PlatformCodes.TooManyFailedAttempts);
        }

        CommandOutcome outcome;
        try
        {
            outcome = await Send();
        }
        catch (DeviceCloudUnavailableException failed) when (failed.Fate is CallFate.NeverSent)
        {
            attempts.TakeBack(attempt);
            throw;
        }

        switch (outcome)
        {
            // Only where a PIN was needed is success a proof that it was right: else a command that needs none would
            // wipe the count of those that do.
            case CommandOutcome.Succeeded or CommandOutcome.Pending { Accepted: true } when needed == PlatformCodes.PinNeeded:
                attempts.Right(attempt);
                break;
            case CommandOutcome.Succeeded or CommandOutcome.Pending { Accepted: true }:
                attempts.TakeBack(attempt);
                break;
            // A code that nobody knows may be a maker's own word for a wrong PIN: it counts.
            case CommandOutcome.Refused refused when refused.ErrorCode is not (
                PlatformCodes.PinIncorrect or "passphraseIncorrect" or PlatformCodes.TooManyFailedAttempts or PlatformCodes.HardError):
                attempts.TakeBack(attempt);
                break;
        }

        return outcome;

        async ValueTask<CommandOutcome> Send() => PlatformCodes.Of(await deviceCloud.Execute(
            new DeviceCommand(link.Account, device.Ref.VendorDeviceId, commandId, execution.Command, execution.Parameters, challenge), deadline));
    }
}
