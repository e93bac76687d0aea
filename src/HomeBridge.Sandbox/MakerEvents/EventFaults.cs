using HomeBridge.Sandbox.Faults;

namespace HomeBridge.Sandbox.MakerEvents;

/// <summary>What can go wrong on an event's way from the maker to the bridge.</summary>
internal static class EventFaults
{
    public const string Misrouted = "events-misrouted";
    public const string Lost = "events-lost";
    public const string Duplicated = "events-duplicated";
    public const string Reordered = "events-reordered";
    public const string Late = "events-late";
    public const string Unsigned = "events-unsigned";
    public const string WrongKey = "events-wrong-key";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new(Misrouted, "An event names the account of another home (Wyze 2020: a change of the notification service)."),
        new(Lost, "An event is never sent."),
        new(Duplicated, "An event is sent twice in one call, and once more in a call of its own."),
        new(Reordered, "Events of a home are collected for half a second and sent with the last one first."),
        new(Late, "An event, and what happens behind it in its home, is sent three seconds late."),
        new(Unsigned, "A call with events has no signature; it is sent again until it is taken."),
        new(WrongKey, "A call with events is signed with a key that is nobody's; it is sent again until it is taken."),
    ];
}
