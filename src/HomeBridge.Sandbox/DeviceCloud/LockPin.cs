namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// The PIN that opens a lock. Five wrong ones in a row and no PIN opens it for a while, so that a PIN can't
/// be guessed through the bridge. The caller holds the device's gate.
/// </summary>
internal sealed class LockPin
{
    /// <summary>The sandbox documents it: nobody lives behind these doors.</summary>
    private const string Pin = "471193";

    private const int MostWrongInARow = 5;
    private static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(15);

    private int _wrongInARow;
    private DateTimeOffset _lockedUntil;

    /// <summary>Null when the PIN is right; otherwise what to answer.</summary>
    public CommandOutcomeMessage? Refuse(string? pin, DateTimeOffset now)
    {
        if (now < _lockedUntil)
            return CommandOutcomeMessage.Failed("tooManyFailedAttempts");
        if (string.IsNullOrEmpty(pin))
            return CommandOutcomeMessage.Challenged(CommandOutcomeMessage.PinNeeded);
        if (Secrets.Same(pin, Pin))
        {
            _wrongInARow = 0;
            return null;
        }

        if (++_wrongInARow < MostWrongInARow)
            return CommandOutcomeMessage.Challenged("challengeFailedPinNeeded");
        _wrongInARow = 0;
        _lockedUntil = now + LockedFor;
        return CommandOutcomeMessage.Failed("tooManyFailedAttempts");
    }
}
