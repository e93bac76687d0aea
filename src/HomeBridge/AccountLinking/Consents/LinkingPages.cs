using System.Collections.Immutable;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
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

    /// <summary>What may become of later devices, in the order of the page; the first is chosen unless somebody chooses.</summary>
    private static readonly string[] LaterAnswers = ["ask", "add", "never"];

    /// <summary>Devices that watch, listen or open the house are never ticked for somebody.</summary>
    public static bool IsSensitive(ImmutableArray<string> traits) =>
        traits.Contains("CameraStream", StringComparer.Ordinal) || traits.Contains("LockUnlock", StringComparer.Ordinal);

    /// <summary>Of these the maker is asked, one by one, whose they are before they are shared.</summary>
    public static bool NeedsOwner(ImmutableArray<string> traits) =>
        IsSensitive(traits) || traits.Contains("OpenClose", StringComparer.Ordinal) || traits.Contains("ArmDisarm", StringComparer.Ordinal);

    public static IResult WhoAsks(
        PlatformClient client, string maker, string request, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) => new SpokenPage(language =>
    {
        var name = PlatformWording.NameOf(client);
        return new Page(language.Text("linking.who_title", maker, name), Html.Of($"""
            <main class="card">
            <p class="eyebrow">{maker}</p>
            <h1>{language.Text("linking.who_heading", name)}</h1>
            <p>{language.Text("linking.who_text", name, maker)}</p>
            <form method="post" action="{Authorize.Path}">
            {Hidden(antiforgery)}
            <input type="hidden" name="request" value="{request}">
            <div class="actions even">
            <button type="submit" name="decision" value="{Authorize.Continue}">{language.Text("linking.continue")}</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">{language.Text("linking.cancel")}</button>
            </div>
            </form>
            </main>
            """))
        {
            Language = language,
            FormTargets = formTargets,
        };
    });

    public static IResult ChooseDevices(
        PlatformClient client, string resident, string attempt, IReadOnlyList<IdentifiedDevice> devices, ConsentAnswers? answers,
        string? notice, AntiforgeryTokenSet antiforgery, IReadOnlyList<string> formTargets) => new SpokenPage(language =>
    {
        var name = PlatformWording.NameOf(client);
        return new Page(language.Text("linking.choose_title", name), Html.Of($"""
            <main class="card wide">
            <p class="eyebrow">{language.Text("linking.signed_in_as", resident)}</p>
            <h1>{language.Text("linking.choose_heading", name)}</h1>
            <p>{language.Text("linking.what_happens", name)}</p>
            {(notice is null ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{language.Text($"linking.{notice}")}</p>"))}
            <form method="post" action="{Consent.Path}">
            {Hidden(antiforgery)}
            <input type="hidden" name="attempt" value="{attempt}">
            {Homes(language, devices, answers)}
            {(devices.Any(device => IsSensitive(device.Description.Traits)) ? Html.Of($"<p>{language.Text("linking.sensitive")}</p>") : Html.Empty)}
            {(devices.Any(device => device.IsCamera) ? Html.Of($"<p>{language.Text("linking.sound")} {language.Text("linking.recordings", name)}</p>") : Html.Empty)}
            <fieldset>
            <legend>{language.Text("linking.later")}</legend>
            {Html.Join(LaterAnswers.Select(answer => Later(language, answer, (answers?.Later ?? LaterAnswers[0]) == answer)))}
            </fieldset>
            <p><strong>{PlatformWording.Of(client.Platform).ControlIn(language, name)}</strong> {language.Text("linking.until", name)}</p>
            <div class="actions even">
            <button type="submit" name="decision" value="{AgreeDecision}">{language.Text("linking.agree")}</button>
            <button type="submit" name="decision" value="{Authorize.Cancel}">{language.Text("linking.cancel")}</button>
            </div>
            </form>
            <form class="aside" method="post" action="{Consent.OtherAccountPath}">
            {Hidden(antiforgery)}
            <input type="hidden" name="attempt" value="{attempt}">
            <button class="quiet" type="submit">{language.Text("linking.other_account", resident)}</button>
            </form>
            </main>
            """))
        {
            Language = language,
            FormTargets = formTargets,
        };
    });

    /// <summary>
    /// A dead end that says what to do, noted for operators under the reference that it shows. 400: whoever sent the
    /// browser here must change something.
    /// </summary>
    /// <param name="steps">Where it is noted.</param>
    /// <param name="reference">The attempt's; a fresh one when it isn't known which attempt this is.</param>
    /// <param name="step">Where it stopped.</param>
    /// <param name="stop">Why, as the catalogue of stops names it; each language has its sentence as <c>linking.stop_…</c>.</param>
    /// <param name="detail">For operators.</param>
    /// <param name="values">What the sentence names.</param>
    public static IResult Stopped(Steps steps, string? reference, string step, string stop, string? detail = null, params object[] values)
    {
        var shown = reference is { Length: > 0 } known ? known : Journeys.NewReference();
        steps.Note(shown, step, stop, detail);
        return new SpokenPage(language => new Page(
            language.Text("linking.stopped"),
            Html.Of($"""
                <main class="card">
                <h1>{language.Text("linking.stopped")}</h1>
                <p role="alert">{language.Text($"linking.stop_{stop}", values)}</p>
                <p>{language.Text(stop == "sent_twice" ? "linking.answered_counts" : "linking.nothing_shared")}</p>
                {Reference(language, shown)}
                </main>
                """),
            StatusCodes.Status400BadRequest)
        { Language = language });
    }

    public static IResult Unavailable(string maker, string retry, string reference) => new SpokenPage(language => new Page(
        language.Text("linking.unavailable"),
        Html.Of($"""
            <main class="card">
            <h1>{language.Text("linking.unavailable")}</h1>
            <p role="alert">{language.Text("linking.unavailable_text", maker)}</p>
            <p class="actions"><a class="button primary" href="{retry}">{language.Text("linking.try_again")}</a></p>
            {Reference(language, reference)}
            </main>
            """),
        StatusCodes.Status503ServiceUnavailable)
    { Language = language });

    /// <summary>What support can look a dead end up by.</summary>
    public static Html Reference(Language language, string reference) =>
        Html.Of($"<p class=\"aside\"><small>{language.Text("linking.reference")} <code>{reference}</code></small></p>");

    public static Html Hidden(AntiforgeryTokenSet tokens) =>
        Html.Of($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\">");

    private static Html Homes(Language language, IReadOnlyList<IdentifiedDevice> devices, ConsentAnswers? answers)
    {
        var homes = devices.GroupBy(device => device.Description.Home ?? "", StringComparer.Ordinal).OrderBy(home => home.Key, StringComparer.Ordinal).ToList();
        return Html.Join(homes.Select(home => Html.Of($"""
            {(homes.Count > 1 ? Html.Of($"<h2>{(home.Key.Length == 0 ? language.Text("linking.no_home") : home.Key)}</h2>") : Html.Empty)}
            {Html.Join(home.GroupBy(device => device.Description.Room ?? "", StringComparer.Ordinal)
                .OrderBy(room => room.Key.Length == 0).ThenBy(room => room.Key, StringComparer.Ordinal)
                .Select(room => Room(language, room.Key, room, answers)))}
            """)));
    }

    private static Html Room(Language language, string name, IEnumerable<IdentifiedDevice> devices, ConsentAnswers? answers) => Html.Of($"""
        <fieldset>
        <legend>{(name.Length == 0 ? language.Text("linking.no_room") : name)}</legend>
        {Html.Join(devices.Select(device => Choice(language, device, answers)))}
        </fieldset>

        """);

    /// <summary>A device; below a camera, its sound, which is off unless somebody ticks it.</summary>
    private static Html Choice(Language language, IdentifiedDevice device, ConsentAnswers? answers) => Html.Of($"""
        <label class="choice">
        <input type="checkbox" name="{ConsentAnswers.DeviceField}" value="{device.Id.Value}"{Checked(answers?.Devices.Contains(device.Id.Value) ?? !IsSensitive(device.Description.Traits))}>
        <span>{device.Description.Name}</span>
        <small>{language.Text($"linking.may_{Says(device.Description)}")}</small>
        </label>
        {(device.IsCamera ? Sound(language, device, answers) : Html.Empty)}
        """);

    private static Html Sound(Language language, IdentifiedDevice camera, ConsentAnswers? answers) => Html.Of($"""
        <label class="choice part">
        <input type="checkbox" name="{ConsentAnswers.SoundField}" value="{camera.Id.Value}"{Checked(answers?.Sound.Contains(camera.Id.Value) ?? false)}>
        <span>{language.Text("linking.sound_of", camera.Description.Name)}</span>
        <small>{language.Text("linking.may_hear")}</small>
        </label>

        """);

    private static Html Checked(bool isTicked) => isTicked ? new Html(" checked") : Html.Empty;

    private static Html Later(Language language, string answer, bool chosen) => Html.Of($"""
        <label class="choice">
        <input type="radio" name="{ConsentAnswers.LaterField}" value="{answer}"{Checked(chosen)}>
        <span>{language.Text($"linking.later_{answer}")}</span>
        </label>

        """);

    private static string Says(DeviceDescription device) => device switch
    {
        _ when device.Traits.Contains("CameraStream", StringComparer.Ordinal) => "live",
        _ when device.Traits.Contains("LockUnlock", StringComparer.Ordinal) => "lock",
        _ when device.Traits.Contains("OnOff", StringComparer.Ordinal) => "switch",
        _ when device.Traits.Contains("TemperatureSetting", StringComparer.Ordinal) => "set",
        _ => "see",
    };
}
