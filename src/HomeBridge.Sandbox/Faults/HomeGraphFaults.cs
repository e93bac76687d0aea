namespace HomeBridge.Sandbox.Faults;

/// <summary>What can go wrong at the platform's Home Graph. It knows none of the maker's devices, so they hit all calls.</summary>
internal static class HomeGraphFaults
{
    public const string Unavailable = "homegraph-unavailable";
    public const string Quota = "homegraph-quota";
    public const string Slow = "homegraph-slow";
    public const string Forgets = "homegraph-forgets";
    public const string TokenRefused = "homegraph-token-refused";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new(Unavailable, "A call to the Home Graph has no effect and is answered with 503."),
        new(Quota, "A call to the Home Graph has no effect and is answered with 429 and Retry-After."),
        new(Slow, "A call to the Home Graph is taken up after 3 seconds."),
        new(Forgets, "A call to the Home Graph is answered with 404, as if nobody were linked."),
        new(TokenRefused, "The Home Graph refuses the service account: no new token, and 401 for those that it has."),
    ];
}
