using HomeBridge.Sandbox.Faults;

namespace HomeBridge.Sandbox.Incidents;

/// <summary>How the theatre plays an incident.</summary>
internal enum Staging
{
    /// <summary>Both viewers watch already when the fault comes.</summary>
    WhileWatching,

    /// <summary>Both viewers sign in again after the fault came.</summary>
    AfterSignIn,

    /// <summary>Access ends after the fault came: the camera goes to another home.</summary>
    AfterRevocation,

    /// <summary>A stranger's camera tells that it saw somebody.</summary>
    Notice,
}

/// <summary>Somebody's worst day, as it was published, and the fault that has its mechanism.</summary>
/// <param name="Id">Its number in the catalogue: <c>C</c> for cameras, <c>X</c> for the same failure elsewhere.</param>
/// <param name="When">The year, or the months.</param>
/// <param name="Who">Whose it was.</param>
/// <param name="Title">What failed, in a few words.</param>
/// <param name="Happened">What happened, in one sentence.</param>
/// <param name="Scale">How many were affected, as far as it was published.</param>
/// <param name="Found">Who noticed.</param>
/// <param name="Here">What the fault does in the simulated maker's cloud.</param>
/// <param name="Staging">How the theatre plays it.</param>
internal sealed record PublishedIncident(
    string Id, string When, string Who, string Title, string Happened, string Scale, string Found, string Here,
    Staging Staging = Staging.WhileWatching)
{
    /// <summary>The fault's name.</summary>
    public string Kind { get; } = KindOf(Id);

    /// <summary>How the knobs list it.</summary>
    public FaultKind Listed => new(Kind, $"{Who}, {When}: {Happened} Here: {Here}");

    private static string KindOf(string id) => string.Concat("incident-", id.AsSpan(0, 1) is "C" ? "c" : "x", id.AsSpan(1));
}
