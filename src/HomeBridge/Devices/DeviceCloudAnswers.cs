using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.Devices;

/// <summary>How far a call came that brought nothing.</summary>
public enum CallFate
{
    /// <summary>It was turned away before it was sent: nothing can have happened.</summary>
    NeverSent,

    /// <summary>It was sent, and nobody knows what became of it.</summary>
    Unanswered,

    /// <summary>It failed, or the answer is none that can be trusted.</summary>
    Unusable,

    /// <summary>It was answered, in words that were not agreed: the maker is there, and this caller has no answer.</summary>
    Unreadable,
}

/// <summary>The device cloud did not say, in time and in words that can be read. Nothing is known.</summary>
public sealed class DeviceCloudUnavailableException(CallFate fate, string message, Exception? inner = null) : Exception(message, inner)
{
    public CallFate Fate { get; } = fate;
}

/// <summary>What an account has, and what in its list could not be read.</summary>
public sealed record DeviceListing(IReadOnlyList<DeviceDescription> Devices, IReadOnlyList<DeviceProblem> Unreadable)
{
    public static DeviceListing Empty { get; } = new([], []);
}

/// <summary>One device's state. <see cref="Error"/> blocks, <see cref="Exception"/> informs; both are the platform's codes.</summary>
public sealed record DeviceState(bool Online, JsonMap States, string? Error, string? Exception);

/// <summary>One command for one device. The id lets the device cloud know a repeat.</summary>
public sealed record DeviceCommand(string Account, string VendorDeviceId, string CommandId, string Command, JsonMap Parameters, ChallengeAnswer? Challenge)
{
    public override string ToString() => Command;
}

/// <summary>What became of one command.</summary>
public abstract record CommandOutcome
{
    private CommandOutcome()
    {
    }

    public sealed record Succeeded(bool Online, JsonMap States, string? Exception = null) : CommandOutcome;

    /// <summary>Sent, and not known what became of it; <see cref="Accepted"/> when the device cloud itself said that it goes on.</summary>
    public sealed record Pending(bool Accepted = false) : CommandOutcome;

    public sealed record Refused(string ErrorCode) : CommandOutcome;

    public sealed record Challenged(string Type) : CommandOutcome;
}

/// <summary>What a person answered to a challenge. Its PIN has no way into a log.</summary>
public sealed record ChallengeAnswer(bool? Ack, string? Pin)
{
    public override string ToString() => nameof(ChallengeAnswer);
}

/// <summary>Who owns a device now, whether it can be reached, and, as the maker's error code, why a camera can't stream.</summary>
public sealed record DeviceOwner(string Account, bool Online, string? Error = null);

/// <summary>How a camera's stream is wanted.</summary>
/// <param name="Container">How its units should be packed; a maker that has only one way answers with that one.</param>
/// <param name="Sound">Whether the resident gives this viewer its sound.</param>
public readonly record struct StreamWish(MediaContainer Container, bool Sound)
{
    /// <summary>A peer connection is wanted, and no units.</summary>
    public bool IsPeer { get; init; }
}

/// <summary>What came of asking for a camera's stream.</summary>
public abstract record StreamOpening
{
    private StreamOpening()
    {
    }

    public sealed record Opened(string StreamId, Uri MediaUrl, string MediaToken, string EvidenceKeyId, MediaContainer Container, string? Codecs) : StreamOpening
    {
        public override string ToString() => nameof(Opened);
    }

    /// <summary>No such camera, or not this account's.</summary>
    public sealed record NotOwned : StreamOpening;

    public sealed record Offline : StreamOpening;
}
