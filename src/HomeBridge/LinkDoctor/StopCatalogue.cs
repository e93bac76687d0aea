using System.Collections.Frozen;

namespace HomeBridge.LinkDoctor;

/// <summary>What a stop means, and what to do about it.</summary>
internal sealed record Advice(string Means, string ToDo);

/// <summary>The sentences for every known stop, and for every step after which nothing came.</summary>
internal static class StopCatalogue
{
    private const string NothingToDo = "Nothing is broken. They can start again in the platform's app.";

    /// <summary>Steps in words.</summary>
    private static readonly FrozenDictionary<string, string> Titles = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [LinkingSteps.Asked] = "Sent here by the platform",
        [LinkingSteps.Continued] = "Continue",
        [LinkingSteps.SignedIn] = "Sign-in at the maker",
        [LinkingSteps.DevicesListed] = "List of devices",
        [LinkingSteps.Consented] = "Consent",
        [LinkingSteps.CodeRedeemed] = "Exchange of the code",
        [LinkingSteps.FirstSync] = "First SYNC",
        [RequestSteps.Authenticated] = "Token",
        [RequestSteps.Received] = "Content type and size",
        [RequestSteps.Read] = "JSON",
        [RequestSteps.Answered] = "Answer",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The last step went well, and then nothing came.</summary>
    private static readonly FrozenDictionary<string, Advice> Waiting = new Dictionary<string, Advice>(StringComparer.Ordinal)
    {
        [LinkingSteps.Asked] = new("The first page was shown and not answered.", "They may still be reading, or closed the page. A page that stays blank inside the app is the app's web view: try another phone."),
        [LinkingSteps.Continued] = new(
            "They were sent to the maker's sign-in page and have not come back.",
            "A wrong password, a second factor or a closed window: the maker's sign-in log says which. If nobody ever comes back, check that the maker allows our redirect URI /oauth/signed-in."),
        [LinkingSteps.SignedIn] = new("They signed in, and the device page was not shown.", "The browser did not follow the redirect to our device page. Ask for the browser and its version."),
        [LinkingSteps.DevicesListed] = new("The devices were shown and nothing was chosen.", "They may still be choosing, or closed the page."),
        [LinkingSteps.Consented] = new(
            "They agreed and were sent back with a code, which the platform has not redeemed.",
            "The platform's token URL must be ours, /oauth/token, and reachable from the internet. A code waits for one minute only."),
        [LinkingSteps.CodeRedeemed] = new("Linked. The platform has not asked for the devices yet.", "The platform's fulfillment URL must be ours, /fulfillment/google. It asks within seconds."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Advice> Stops = new Dictionary<string, Advice>(StringComparer.Ordinal)
    {
        ["client_unknown"] = new("The client_id is missing, there twice, or none of ours.", "Compare the client ID in the platform's console with AccountLinking:Clients:N:ClientId."),
        ["redirect_uri_unknown"] = new("The redirect_uri is not registered for this client.", "Add the address shown here, letter by letter, to AccountLinking:Clients:N:RedirectUris, if it is the platform's."),
        ["state_too_long"] = new("The platform's state has more than 4,096 characters.", "The platform must send a shorter one."),
        ["invalid_request"] = new("The platform's request has a parameter missing, twice or wrong.", "The detail names it. It is the platform's request that must change."),
        ["unsupported_response_type"] = new("The platform asked for something other than a code.", "Choose the authorization code flow in the platform's console."),
        ["invalid_scope"] = new("The platform asked for a scope that does not exist.", "The only scope is devices. Take the others out of the platform's console."),
        ["linking_frozen"] = new("A suspension freezes linking for this platform.", "Look at the suspensions in force. Linking works again when that one is lifted."),
        ["too_many_attempts"] = new("Ten thousand attempts are under way.", "Somebody may be flooding the first page. Attempts end by themselves after 15 minutes."),
        ["form_unreadable"] = new("The browser sent something that is not a form.", "No browser does this by itself: a proxy on the way, or a script."),
        ["page_expired"] = new("The page was older than 15 minutes, or its cookie did not come back.", "Ask them to start again. If it happens at once, their browser blocks cookies."),
        ["denied"] = new("They pressed Cancel.", NothingToDo),
        ["denied_at_maker"] = new("They refused at the maker's sign-in page.", NothingToDo),
        ["sign_in_failed"] = new("The maker's sign-in did not give us a usable identity.", "Look in the bridge's log for the id_token's problem; check SignIn:ClientId, its secret and the clocks."),
        ["other_provider"] = new("The answer came from another identity provider than the one that was asked, or doesn't say from which.", "Compare SignIn:Issuer with the iss that the provider sends. If they agree, somebody tried to mix two providers up."),
        ["too_many_sign_ins"] = new("Signing in failed too often from this address, or for this account.", "It works again after five minutes. If residents share an address, raise SignIn:FailuresPerAddressMax."),
        ["provider_unavailable"] = new("The maker's sign-in service can't be reached.", "Check SignIn:Issuer and whether the maker's identity provider is up."),
        ["over_or_other_browser"] = new("They went on in another browser than they began in, or after the attempt was over.", "Ask them to do all of it in one browser, from the platform's app on."),
        ["other_account"] = new("They chose to sign in with another account.", "Nothing is broken: the maker's sign-in page was shown again."),
        ["no_devices"] = new("The account has no devices, so that there is nothing to tick.", "They may have signed in with another account than their home's."),
        ["maker_unavailable"] = new("The maker's device cloud did not list the devices in time.", "Check the maker's status, DeviceCloud:BaseUrl and its key. They can press Try again."),
        ["nothing_ticked"] = new("They pressed Agree with no device ticked.", "The page told them. Cameras and locks start unticked."),
        ["owner_not_confirmed"] = new("The maker did not confirm that a camera or lock is this account's.", "If this goes on, ask the maker: its device list and its owner records disagree, and cameras may be at risk."),
        ["too_many_links"] = new("The account has as many links as AccountLinking:LinksPerAccountMax allows.", "Ask them to remove links that they don't use."),
        ["too_many_apps"] = new("The account is connected to as many apps as AccountLinking:LinksPerAccountMax allows.", "Ask them to remove one that they don't use."),
        ["sent_twice"] = new("The form was sent twice. The first one counted.", NothingToDo),
        ["client_refused"] = new("The platform came for its tokens with a wrong client secret.", "Compare the secret in the platform's console with AccountLinking:Clients:N:SecretHashes. The code was not used up."),
        ["code_unknown"] = new("The platform sent a code that this client was never given.", "Another bridge's code, a code cut short, or another client's. No attempt can be told from it."),
        ["code_expired"] = new("The platform came too late with the code.", "Compare AccountLinking:CodeLifetime with how long the platform takes; check the clocks."),
        ["code_used_twice"] = new("The code was sent a second time, so the link was ended: one of the two was not the platform.", "Ask them to link again. If it repeats, the platform retries its token call."),
        ["redirect_uri_differs"] = new("The token call named another redirect_uri than the request for the code.", "The platform must send the same one in both."),
        ["grant_ended"] = new("What the code would have opened ended before the platform came for it.", "The account was closed or its links were ended meanwhile. Ask them to link again."),
        ["verifier_wrong"] = new("The PKCE verifier does not fit the challenge.", "The platform must send the verifier of this attempt, or neither of the two."),

        ["wrong_content_type"] = new("The request is not application/json.", "The platform must say so in Content-Type."),
        ["too_large"] = new("The request is larger than 1 MiB.", "The platform must ask for fewer devices at a time."),
        ["not_json"] = new("The request is not JSON.", "A proxy on the way may have changed it."),
        ["protocolError"] = new("The request, or one of its commands, is not shaped as the protocol demands.", "Compare it with contracts/fulfillment."),
        [AnswerOutcomes.OurFault] = new("A bug of the bridge.", "The log has the exception under this time, with a trace id. Report it."),
        ["transientError"] = new("Something was not known in time: the device cloud was slow or away, or state is suspended.", "Look at the maker's latency and at the suspensions in force."),
        ["deviceOffline"] = new("The maker says that a device can't be reached, or a suspension covers it.", "Ask for power and Wi-Fi at the device; look at the suspensions in force."),
        ["deviceNotFound"] = new("A device that was asked for is not bound to this link.", "It was not ticked, was removed, or changed its owner. A new SYNC makes the platform forget it."),
        ["functionNotSupported"] = new("A command is for a trait that the device does not have.", "The device may have changed: a new SYNC tells the platform."),
        ["valueOutOfRange"] = new("A parameter is outside of what the device's attributes allow.", "Compare the attributes that SYNC gave with what the device can do."),
        ["authFailure"] = new("The maker refused our credentials for this account.", "Check DeviceCloud:ApiKey, and whether the account still exists."),
        ["relinkRequired"] = new("The account must be linked again.", "Ask them to unlink and link in the platform's app."),
        ["streamUnavailable"] = new("A camera gave no stream, or cameras are suspended.", "Look at the suspensions in force and at the audit trail for evidence that was refused."),
        ["deviceBusy"] = new("A limit was reached: grants of a link in a minute, or sessions on one camera.", "See CameraStreams:GrantsPerMinuteMax and CameraStreams:SessionsPerCameraMax."),
        ["pinIncorrect"] = new("A wrong PIN.", NothingToDo),
        ["tooManyFailedAttempts"] = new("Too many wrong PINs: the device is locked for a while.", "It unlocks by itself. If nobody at home typed them, somebody else did."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly Advice Unknown = new("The device cloud or the device said so.", "The platform's list of error codes explains it; the maker knows why.");

    private static readonly Advice Fine = new("Everything went well.", "There is nothing to do.");

    public static string TitleOf(string step) => Titles.GetValueOrDefault(step, step);

    /// <summary>Whether a stop has sentences of its own.</summary>
    public static bool Knows(string stop) => Stops.ContainsKey(stop);

    public static Advice For(string step, string outcome) =>
        outcome == Steps.Ok ? Waiting.GetValueOrDefault(step, Fine) : Stops.GetValueOrDefault(outcome, Unknown);
}
