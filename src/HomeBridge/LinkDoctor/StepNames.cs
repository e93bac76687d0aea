using System.Collections.Immutable;

namespace HomeBridge.LinkDoctor;

/// <summary>The steps of a linking attempt, in order.</summary>
internal static class LinkingSteps
{
    public const string Asked = "asked";
    public const string Continued = "continued";
    public const string SignedIn = "signed_in";
    public const string DevicesListed = "devices_listed";
    public const string Consented = "consented";
    public const string CodeRedeemed = "code_redeemed";
    public const string FirstSync = "first_sync";

    public static readonly ImmutableArray<string> InOrder = [Asked, Continued, SignedIn, DevicesListed, Consented, CodeRedeemed, FirstSync];
}

/// <summary>The doors that a request passes, in order. A row names the last one that it reached.</summary>
internal static class RequestSteps
{
    public const string Authenticated = "authenticated";
    public const string Received = "received";
    public const string Read = "read";
    public const string Answered = "answered";

    public static readonly ImmutableArray<string> InOrder = [Authenticated, Received, Read, Answered];
}
