namespace HomeBridge.Sandbox.Faults;

/// <summary>
/// What can go wrong in the maker's API. With a device they hit the calls about it, and the calls about its
/// account.
/// </summary>
internal static class CloudFaults
{
    public const string AccountSwap = "account-swap";
    public const string DeviceMalformed = "device-malformed";
    public const string StateMalformed = "state-malformed";
    public const string OwnerUnknown = "owner-unknown";
    public const string OwnerChanged = "owner-changed";
    public const string ReplyDesync = "reply-desync";
    public const string Slow = "cloud-slow";
    public const string Hang = "cloud-hang";
    public const string Error = "cloud-error";
    public const string Garbage = "cloud-garbage";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new(
            AccountSwap,
            "Device lists and states are those of another account (Wyze web view 2023, Eufy 2021, "
                + "Ubiquiti 2023, GitHub sessions 2021)."),
        new(DeviceMalformed, "A device is listed with a type that no platform knows, and without its attributes."),
        new(StateMalformed, "Every state of a device is the text \"broken\"."),
        new(OwnerUnknown, "The owner of the device is not found (404), though it is there."),
        new(OwnerChanged, "The owner of the device is another account, as after it was sold."),
        new(Slow, "A call takes effect at once and is answered after 1.2 seconds."),
        new(
            Hang,
            "A call takes effect and is never answered (until the faults are cleared, or for two "
                + "minutes)."),
        new(Error, "A call has no effect and is answered with 503."),
        new(Garbage, "A call takes effect and is answered with 200 and an HTML page."),
    ];
}
