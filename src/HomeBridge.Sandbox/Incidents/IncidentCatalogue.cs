namespace HomeBridge.Sandbox.Incidents;

/// <summary>The published incidents in which pictures, or answers, reached a stranger. Facts as their owners or finders gave them.</summary>
internal static class IncidentCatalogue
{
    public static PublishedIncident CoarseCache { get; } = new(
        "C1", "January 2020", "Xiaomi and Nest Hub", "A cache at the media edge",
        "A cache that was meant to improve the picture served stills out of strangers' homes when the network was poor.",
        "1,044 homes used the integration", "One owner, about a week later; the platform cut off the whole maker",
        "the media edge answers late, and out of a cache that knows a unit by its name alone: every camera's units have the same names.");

    public static PublishedIncident SessionlessCache { get; } = new(
        "C2", "September 2023", "Wyze web view", "A web cache without the session",
        "A caching error in the web portal showed signed-in users the cameras of other people.",
        "up to 2,300 users saw cameras of 10", "Users, within about 40 minutes",
        "whole answers are kept under the file's name, without the session in the key, and given to whoever asks next.");

    public static PublishedIncident MixedUpMapping { get; } = new(
        "C3", "February 2024", "Wyze", "Ids mixed up in a reconnect storm",
        "When every device reconnected after an outage, a caching client library mixed up device ids and user ids.",
        "13,000 homes got a stranger's pictures; the first count was 14", "Users; counted after three days",
        "lookups that are made together are answered in another order than they were asked in, and the client takes them as they come.");

    public static PublishedIncident ShiftedRecipients { get; } = new(
        "C4", "June 2020", "Wyze push", "Alerts sent to the wrong homes",
        "A change of the notification service delivered alerts to people whose camera it was not.",
        "not published; text only, one hour", "Users; taken back in about an hour",
        "the list of recipients is one row off: an event goes out under the account of another home.",
        Staging.Notice);

    public static PublishedIncident SwappedAccounts { get; } = new(
        "C5", "May 2021", "Eufy", "Accounts swapped by a server update",
        "After a server update people were in strangers' accounts: live pictures, recordings, and the control of cameras.",
        "712 users in 7 countries", "Users; the maker fixed it in 100 minutes",
        "the maker takes an account for another one: its devices, its states, its owner answers.",
        Staging.AfterSignIn);

    public static PublishedIncident CrossedGroups { get; } = new(
        "C6", "December 2023", "Ubiquiti", "Two groups of tenants crossed",
        "An upgrade associated one group of accounts with another, and owners saw the consoles and cameras of others.",
        "1,216 accounts crossed with 1,177", "Users, over about nine hours",
        "every camera of a home is answered by the camera at the same place in the home that its group was crossed with.");

    public static PublishedIncident CollidingIds { get; } = new(
        "C7", "May 2016", "Ring Doorbell Pro", "Call ids that collided",
        "Random ids of two databases collided, and one call's record was overwritten by another's.",
        "fewer than 10 of 84 million calls", "Users",
        "another database writes a record under the id of the open stream; from then on the id means the other camera.");

    public static PublishedIncident ClonedKey { get; } = new(
        "C8", "June 2018", "Swann", "Two cameras made with one key",
        "Two cameras left the factory with the same security key, and one owner saw the other's kitchen.",
        "two cases known", "An owner; support promised to call after the weekend",
        "another home's camera authenticates as this one: its pictures are stored and signed as this camera's. Only the name inside the bytes tells.");

    public static PublishedIncident UnheardRevocation { get; } = new(
        "C9", "2020 study", "Sixteen of 19 camera models", "Revocation that nobody heard",
        "Cameras went on streaming to people whose access had been taken away.",
        "16 of 19 models by 11 makers", "Researchers",
        "the maker goes on serving a stream that was closed, also after the camera went to another home.",
        Staging.AfterRevocation);

    public static PublishedIncident CancelledRequest { get; } = new(
        "X1", "March 2023", "ChatGPT", "A cancelled request",
        "A request was cancelled before its reply was read; the connection went back to the pool, and the next user read that reply.",
        "1.2 % of subscribers in nine hours", "Users",
        "the edge's connection to the store is one reply behind since a neighbour's request was cancelled.");

    public static PublishedIncident FailedWrite { get; } = new(
        "X2", "2024", "StackExchange.Redis", "An exception in the middle of a write",
        "Under memory pressure a write failed halfway; replies no longer met the callers that waited for them.",
        "one report from production", "A user of the library",
        "a caller waits whose command was never sent: every reply goes to the caller before the one it was made for.");

    public static PublishedIncident SharedObject { get; } = new(
        "X3", "March 2021", "GitHub sessions", "An object that two requests shared",
        "A background thread wrote into an object that a request still used, and a session went to another user.",
        "less than 0.001 % of sessions; everybody was signed out", "A user",
        "an answer's headers are its own, and its body was written by the background work of another request.");

    public static PublishedIncident EmergencyRule { get; } = new(
        "X4", "December 2015", "Steam", "An emergency cache rule",
        "Under attack a cache rule was rolled out that also kept pages of people who were signed in.",
        "34,000 users, 90 minutes", "Users",
        "an emergency rule keeps authenticated answers and drops the session from the key; they come with their Age.");

    public static PublishedIncident LateWriter { get; } = new(
        "X5", "since 2019", "ASP.NET Core, grpc-dotnet", "A pooled context used too long",
        "Code that kept a pooled request object after its request ended read and wrote the next request's.",
        "not known", "Maintainers",
        "a neighbour's late work writes its answer into the context that is ours by now.");

    public static PublishedIncident DoubleReturn { get; } = new(
        "X6", "2022 to 2025", "Array pool of .NET", "A buffer returned twice",
        "An array that is returned twice to the pool is handed to two at once, and each sees what the other writes.",
        "not known", "Maintainers",
        "a neighbour's unit is copied into the buffer out of which ours is sent: the whole of it, or, each fourth time, only its front.");

    public static PublishedIncident SharedProcessor { get; } = new(
        "X7", "2021", "Apache Tomcat", "One processor for two connections",
        "Two connections used one processor at a time, so that a response, or a part of it, went to the wrong client.",
        "not known", "An advisory: CVE-2021-43980",
        "a neighbour's answer goes to our connection: the whole of it, or, each fourth time, the first half of its body.");

    public static PublishedIncident PathOnlyKey { get; } = new(
        "X8", "2026", "Pingora", "A default cache key",
        "The proxy's default cache key was the path alone, so that tenants with the same paths got each other's answers.",
        "not known", "An advisory: CVE-2026-2836",
        "an inner proxy keeps units by their path without the tenant; the edge signs what comes out with the key of the camera that was asked for.");

    /// <summary>In the order of the catalogue.</summary>
    public static IReadOnlyList<PublishedIncident> All { get; } =
    [
        CoarseCache, SessionlessCache, MixedUpMapping, ShiftedRecipients, SwappedAccounts, CrossedGroups, CollidingIds, ClonedKey,
        UnheardRevocation, CancelledRequest, FailedWrite, SharedObject, EmergencyRule, LateWriter, DoubleReturn, SharedProcessor, PathOnlyKey,
    ];
}
