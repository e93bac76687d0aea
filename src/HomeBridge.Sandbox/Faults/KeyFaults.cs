namespace HomeBridge.Sandbox.Faults;

/// <summary>
/// What can go wrong with the keys that cameras are made with. They show in the list of devices and in each unit that a
/// camera sends from then on.
/// </summary>
internal static class KeyFaults
{
    public const string Duplicated = "key-duplicated";
    public const string Changed = "key-changed";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new(
            Duplicated,
            "The camera was made with the key of the hill's first camera: enrolled with it, and signing with it (Swann 2018: "
                + "two cameras manufactured with one security key)."),
        new(
            Changed,
            "The camera has another key than before, enrolled and signing with it, as after a repair, or after somebody put "
                + "another camera in its place."),
    ];
}
