using System.Collections.Frozen;
using HomeBridge.Devices;
using HomeBridge.Traits;

namespace HomeBridge.Fulfillment;

/// <summary>
/// The one table from what the device cloud said, or didn't say, to the platform's words (its page "Errors and
/// exceptions"). A code that the platform doesn't know would be spoken as "not available": it becomes
/// <see cref="HardError"/>.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>404, or not in the answer</term><description><see cref="DeviceNotFound"/></description></item>
/// <item><term>online false</term><description><see cref="DeviceOffline"/>; QUERY has status OFFLINE</description></item>
/// <item><term>error, a code of the platform's list</term><description>that code, in its one spelling</description></item>
/// <item><term>error, about a link or a token</term><description><see cref="HardError"/>: a maker doesn't unlink a home</description></item>
/// <item><term>error, any other text</term><description><see cref="HardError"/></description></item>
/// <item><term>exception, a code of the platform's list</term><description>SUCCESS with exceptionCode; another text is left out</description></item>
/// <item><term>challenge</term><description>challengeNeeded with its type</description></item>
/// <item><term>never asked, or a question without an answer</term><description><see cref="TransientError"/></description></item>
/// <item><term>a command sent, no answer</term><description>status PENDING</description></item>
/// <item><term>an answer that can't be read</term><description><see cref="TransientError"/></description></item>
/// </list>
/// </remarks>
internal static class PlatformCodes
{
    public const string DeviceNotFound = "deviceNotFound";
    public const string DeviceOffline = "deviceOffline";
    public const string TransientError = "transientError";
    public const string HardError = "hardError";
    public const string FunctionNotSupported = "functionNotSupported";
    public const string StreamUnavailable = "streamUnavailable";
    public const string ChallengeNeeded = "challengeNeeded";
    public const string PinNeeded = "pinNeeded";
    public const string AckNeeded = "ackNeeded";
    public const string FailedPinNeeded = "challengeFailedPinNeeded";
    public const string PinIncorrect = "pinIncorrect";
    public const string TooManyFailedAttempts = "tooManyFailedAttempts";
    public const string UserCancelled = "userCancelled";
    public const string ProtocolError = "protocolError";

    /// <summary>What the platform takes as the end of a link, and what only the bridge may say.</summary>
    private static readonly FrozenSet<string> NotForMakers =
        new[] { "authExpired", "relinkRequired", ChallengeNeeded }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Challenges =
        new[] { PinNeeded, AckNeeded, FailedPinNeeded }.ToFrozenSet(StringComparer.Ordinal);

    public static string Error(string fromMaker) =>
        !NotForMakers.Contains(fromMaker) && TraitCatalogue.Current.ErrorCode(fromMaker) is { } code ? code : HardError;

    /// <summary>Null when there is nothing that the platform would understand.</summary>
    public static string? Exception(string? fromMaker) =>
        fromMaker is not null && TraitCatalogue.Current.IsExceptionCode(fromMaker) ? fromMaker : null;

    /// <summary>An outcome in the platform's words.</summary>
    public static CommandOutcome Of(CommandOutcome outcome) => outcome switch
    {
        CommandOutcome.Succeeded { Online: false } => new CommandOutcome.Refused(DeviceOffline),
        CommandOutcome.Refused refused => new CommandOutcome.Refused(Error(refused.ErrorCode)),
        CommandOutcome.Challenged challenged when !Challenges.Contains(challenged.Type) => new CommandOutcome.Refused(HardError),
        _ => outcome,
    };
}
