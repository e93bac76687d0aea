using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Hosting.Pages;
using HomeBridge.LinkDoctor;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>
/// The pages of linking. The main form is the first in the document and works without script; saying no is as easy as
/// saying yes.
/// </summary>
internal static class LinkingPages
{
    public const string AgreeDecision = "agree";

    /// <summary>Devices that watch, listen or open the house are never ticked for somebody.</summary>
    public static bool IsSensitive(DeviceDescription device) =>
        device.Traits.Contains("CameraStream", StringComparer.Ordinal) || device.Traits.Contains("LockUnlock", StringComparer.Ordinal);

    public static IResult WhoAsks(
        PlatformClient client, string maker, string request, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) =>
        new Page($"Link {maker} to {client.Name}", Html.Of($"""
            <main class="card">
            <p class="eyebrow">{maker}</p>
            <h1>Link your home to {client.Name}?</h1>
            <p>{client.Name} asks to see and control devices of your {maker} account. Next you sign in, then you choose
            device by device. Nothing is shared before you agree.</p>
            <form method="post" action="{Authorize.Path}">
            {Hidden(antiforgery)}
            <input type="hidden" name="request" value="{request}">
            <div class="actions">
            <button class="primary" type="submit" name="decision" value="{Authorize.Continue}">Continue</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">Cancel</button>
            </div>
            </form>
            </main>
            """))
        {
            FormTargets = formTargets,
        };

    public static IResult ChooseDevices(
        PlatformClient client, string resident, string attempt, IReadOnlyList<IdentifiedDevice> devices, HashSet<string>? ticked,
        string? notice, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) =>
        new Page($"Choose devices for {client.Name}", Html.Of($"""
            <main class="card wide">
            <p class="eyebrow">Signed in as {resident}</p>
            <h1>What may {client.Name} use?</h1>
            {(notice is null ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{notice}</p>"))}
            <form method="post" action="{Consent.Path}">
            {Hidden(antiforgery)}
            <input type="hidden" name="attempt" value="{attempt}">
            {Html.Join(devices
                .GroupBy(device => device.Description.Room ?? "Elsewhere", StringComparer.Ordinal)
                .OrderBy(room => room.Key, StringComparer.Ordinal)
                .Select(room => Room(room.Key, room, ticked)))}
            <p>By agreeing you authorise {client.Name} to see and control the devices that are ticked, until you unlink them.
            Cameras and locks are off unless you tick them. Video goes to a display only while somebody watches.</p>
            <div class="actions">
            <button class="primary" type="submit" name="decision" value="{AgreeDecision}">Agree and link</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">Cancel</button>
            </div>
            </form>
            <form class="aside" method="post" action="{Consent.OtherAccountPath}">
            {Hidden(antiforgery)}
            <input type="hidden" name="attempt" value="{attempt}">
            <button class="quiet" type="submit">Not {resident}? Use another account</button>
            </form>
            </main>
            """))
        {
            FormTargets = formTargets,
        };

    /// <summary>
    /// A dead end that says what to do, noted for operators under the reference that it shows. 400: whoever sent the
    /// browser here must change something.
    /// </summary>
    /// <param name="steps">Where it is noted.</param>
    /// <param name="reference">The attempt's; a fresh one when it isn't known which attempt this is.</param>
    /// <param name="step">Where it stopped.</param>
    /// <param name="stop">Why, as the catalogue of stops names it.</param>
    /// <param name="sentence">Why, for the resident.</param>
    /// <param name="detail">For operators.</param>
    /// <param name="status">The answer's.</param>
    public static IResult Stopped(
        Steps steps, string? reference, string step, string stop, string sentence, string? detail = null, int status = StatusCodes.Status400BadRequest)
    {
        reference = reference is { Length: > 0 } known ? known : Journeys.NewReference();
        steps.Note(reference, step, stop, detail);
        return Problem(sentence, reference, status);
    }

    private static Page Problem(string sentence, string reference, int status) => new(
        "Linking did not work",
        Html.Of($"""
            <main class="card">
            <h1>Linking did not work</h1>
            <p role="alert">{sentence}</p>
            <p>Nothing was shared.</p>
            {Reference(reference)}
            </main>
            """),
        status);

    public static IResult Unavailable(string maker, string retry, string reference) => new Page(
        "Your devices can't be listed right now",
        Html.Of($"""
            <main class="card">
            <h1>Your devices can't be listed right now</h1>
            <p role="alert">{maker} did not answer. Nothing was shared.</p>
            <p class="actions"><a class="button primary" href="{retry}">Try again</a></p>
            {Reference(reference)}
            </main>
            """),
        StatusCodes.Status503ServiceUnavailable);

    private static Html Reference(string reference) =>
        Html.Of($"<p class=\"aside\"><small>Reference <code>{reference}</code>: support can look it up.</small></p>");

    private static Html Room(string name, IEnumerable<IdentifiedDevice> devices, HashSet<string>? ticked) => Html.Of($"""
        <fieldset>
        <legend>{name}</legend>
        {Html.Join(devices.Select(device => Choice(device, ticked?.Contains(device.Id.Value) ?? !IsSensitive(device.Description))))}
        </fieldset>

        """);

    private static Html Choice(IdentifiedDevice device, bool ticked) => Html.Of($"""
        <label class="choice">
        <input type="checkbox" name="device" value="{device.Id.Value}"{(ticked ? new Html(" checked") : Html.Empty)}>
        <span>{device.Description.Name}</span>
        <small>{Says(device.Description)}</small>
        </label>

        """);

    private static string Says(DeviceDescription device) => device switch
    {
        _ when device.Traits.Contains("CameraStream", StringComparer.Ordinal) => "live video on displays",
        _ when device.Traits.Contains("LockUnlock", StringComparer.Ordinal) => "lock, and unlock with PIN",
        _ when device.Traits.Contains("OnOff", StringComparer.Ordinal) => "see and switch",
        _ when device.Traits.Contains("TemperatureSetting", StringComparer.Ordinal) => "see and set",
        _ => "see",
    };

    private static Html Hidden(AntiforgeryTokenSet tokens) =>
        Html.Of($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\">");
}
