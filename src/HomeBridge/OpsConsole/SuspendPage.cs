using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Traits;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace HomeBridge.OpsConsole;

/// <summary>What somebody has filled in so far: in the address, so that other pages link to it, or in the form.</summary>
internal sealed record SuspendDraft(string? Preset, SuspensionScope Scope, IReadOnlyList<string> Effects, string? Reason, string? Incident, string? Confirm)
{
    /// <summary>Stands for no preset.</summary>
    public const string Own = "own";

    /// <summary>What has to be typed before everything stops.</summary>
    private const string Everything = "everything";

    public static SuspendDraft Of(Func<string, StringValues> read)
    {
        string? Text(string name) => read(name).ToString().Trim() is { Length: > 0 } text ? text : null;
        var preset = Text("preset") ?? SuspensionPresets.CameraLeak;
        return new SuspendDraft(
            preset == Own ? null : preset,
            new SuspensionScope(
                Text("platform"), Text("vendor"), Text("device_model"), Text("firmware"), preset == Own ? Text("trait") : null, Text("account_link"), Text("device")),
            [.. read("effect").OfType<string>()],
            Text("reason"),
            Text("incident"),
            Text("confirm"));
    }

    public SuspensionRequest Request() => new(Preset, Scope, Preset is null ? [.. Effects] : null, Reason, Incident);

    /// <summary>
    /// The word to type before an order stops a whole platform or all there is; null for what is narrower, like cameras.
    /// </summary>
    public static string? WordFor(SuspensionScope scope) =>
        scope is { Vendor: null, DeviceModel: null, Firmware: null, Trait: null, AccountLink: null, Device: null } ? scope.Platform ?? Everything : null;

    /// <summary>The address of the same draft without one member of its scope.</summary>
    public string Without(string member) => Address(SuspensionWords.Members(Scope).Where(one => one.Member != member));

    public string With(string preset, string? member = null, string? value = null)
    {
        var members = SuspensionWords.Members(Scope).Where(one => one.Member != "trait");
        return (this with { Preset = preset == Own ? null : preset }).Address(
            member is not null && members.First(one => one.Member == member).Value is null ? members.Append((member, member, value)) : members);
    }

    private string Address(IEnumerable<(string Member, string Name, string? Value)> members) => QueryHelpers.AddQueryString(
        SuspendPage.Path,
        new (string Key, string? Value)[] { ("preset", Preset ?? Own) }
            .Concat(members.Where(one => one.Value is not null).Select(one => (Key: one.Member, one.Value)))
            .Concat(Preset is null ? Effects.Select(effect => (Key: "effect", Value: (string?)effect)) : [])
            .Append((Key: "reason", Value: Reason))
            .Append((Key: "incident", Value: Incident))
            .Where(pair => pair.Value is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
}

/// <summary>The switch: what, where, what it would touch, and the button. One press for the case at 3 a.m.</summary>
internal sealed class SuspendPage(
    SuspensionOrders orders, SuspensionPreviews previews, SuspensionBoard board, Propagations propagations, DeviceCloudOptions maker, AccountLinkingOptions linking, TimeProvider time)
{
    public const string Path = "/suspend";

    private const int ValueLengthMax = 128;

    /// <summary>Two presses on one page are one order.</summary>
    private const int OnceLength = 32;
    private const int OnceLengthMax = 64;

    public IResult Show(HttpContext context, ConsoleFrame frame) => Show(frame, SuspendDraft.Of(name => context.Request.Query[name]), null);

    public async Task<IResult> Raise(HttpContext context, ClaimsPrincipal who, ConsoleFrame frame, IAntiforgery antiforgery)
    {
        if (await Forms.Read(context.Request) is not { } form)
        {
            return Redirects.SeeOther(Path);
        }

        var draft = SuspendDraft.Of(name => form[name]);
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Show(frame, draft, "This page was open for too long. Nothing was suspended: press Suspend again.");
        }

        var (order, wrong) = orders.Read(draft.Request());
        if (order is null)
        {
            return Show(frame, draft, wrong);
        }

        if (SuspendDraft.WordFor(order.Scope) is { } word && draft.Confirm != word)
        {
            return Show(frame, draft, $"Nothing was suspended yet: this stops {SuspensionWords.Of(order.Scope)}. Type {word} to confirm it.");
        }

        var raisedAt = time.GetTimestamp();
        var (author, once) = (who.Identity!.Name!, form["once"].ToString());
        var (verdict, suspension) = once.Length is 0 or > OnceLengthMax
            ? board.Raise(order, author, who.SuspensionOrigin(), key: null)
            : board.Raise(order, author, who.SuspensionOrigin(), new RequestKey($"console {once} {Fingerprint(order)}", Fingerprint(order)));

        // The browser went back to a page whose suspension is over: this press is another one.
        if (verdict is RaiseVerdict.Repeated && suspension!.State == Suspension.Lifted)
        {
            suspension = board.Raise(order, author, who.SuspensionOrigin());
        }

        if (suspension is null)
        {
            return Show(frame, draft, $"{SuspensionStore.InForceMax} suspensions are in force. Lift some, or raise a wider one.");
        }

        if (verdict is not RaiseVerdict.Repeated)
        {
            await propagations.Raised(suspension, raisedAt, context.RequestAborted);
        }

        return Redirects.SeeOther(SuspensionWords.Address(suspension.Id));
    }

    private static string Fingerprint(SuspensionOrder order) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(order)));

    private Page Show(ConsoleFrame frame, SuspendDraft draft, string? wrong)
    {
        if (!frame.Is(OperatorRoles.Operator))
        {
            return frame.Page(
                "Suspend",
                Html.Of($"<h1>Suspend</h1><section><p>Suspending takes the role Operator. You have: {(frame.Roles.Count == 0 ? "none" : string.Join(", ", frame.Roles))}. Call somebody who has it.</p></section>"),
                StatusCodes.Status403Forbidden);
        }

        var (order, problem) = orders.Read(draft.Request());
        var word = order is null ? null : SuspendDraft.WordFor(order.Scope);
        var narrowed = SuspensionWords.Members(draft.Scope).Any(one => one.Value is not null);
        return frame.Page("Suspend", Html.Of($"""
            {ConsoleFrame.Notice(wrong)}
            <h1>Suspend</h1>
            <nav class="choices" aria-label="What">
            {Html.Join(Presets(draft).Select(one => Html.Of($"<a href=\"{one.Address}\"{(one.IsHere ? new Html(" aria-current=\"true\"") : Html.Empty)}>{one.Name}</a>\n")))}
            </nav>
            <form method="post" action="{Path}" data-preview="{Path}" class="suspend" autocomplete="off">
            <input type="hidden" name="preset" value="{draft.Preset ?? SuspendDraft.Own}">
            <input type="hidden" name="once" value="{RandomNumberGenerator.GetHexString(OnceLength, lowercase: true)}">
            {(draft.Preset is null ? OwnEffects(draft) : Html.Empty)}
            <details{(narrowed || draft.Preset != SuspensionPresets.CameraLeak ? new Html(" open") : Html.Empty)}>
            <summary>Where <small>empty is any</small></summary>
            <div class="fields">
            {Field("platform", "Platform", draft.Scope.Platform, "platforms")}
            {Field("vendor", "Maker", draft.Scope.Vendor, "vendors")}
            {Field("device_model", "Model", draft.Scope.DeviceModel)}
            {Field("firmware", "Firmware", draft.Scope.Firmware)}
            {(draft.Preset is null ? Field("trait", "Trait", draft.Scope.Trait, "traits") : Html.Empty)}
            {Field("account_link", "Account link", draft.Scope.AccountLink)}
            {Field("device", "Device", draft.Scope.Device)}
            </div>
            <button type="submit" formmethod="get" formnovalidate>Preview</button>
            </details>
            <details{(draft.Reason is not null || draft.Incident is not null ? new Html(" open") : Html.Empty)}>
            <summary>Why <small>may follow later in the incident</small></summary>
            <div class="fields">
            <label class="field">Reason <input name="reason" value="{draft.Reason}" maxlength="{SuspensionOrder.TextLengthMax}"></label>
            <label class="field">Incident <input name="incident" value="{draft.Incident}" placeholder="new" maxlength="{SuspensionOrder.TextLengthMax}"></label>
            </div>
            </details>
            <div data-part="preview" aria-live="polite">
            {(order is null ? Html.Of($"<p class=\"notice\">{problem}</p>") : Preview(draft, order))}
            </div>
            <div data-part="confirm">
            {(word is null ? Html.Empty : Html.Of($"<label class=\"field\">Type <code>{word}</code> to confirm <input name=\"confirm\" required pattern=\"{System.Text.RegularExpressions.Regex.Escape(word)}\" spellcheck=\"false\"{Focus(order is not null)}></label>"))}
            </div>
            <div class="actions">
            <button class="danger big-button" type="submit" name="{frame.Antiforgery.FormFieldName}" value="{frame.Antiforgery.RequestToken}"{Focus(order is not null && word is null)}>Suspend</button>
            <small>Enter suspends at once. Lifting takes another person.</small>
            </div>
            <datalist id="platforms">{Options(Platforms)}</datalist>
            <datalist id="vendors">{Options([maker.Vendor])}</datalist>
            {(draft.Preset is null ? Html.Of($"<datalist id=\"traits\">{Options(TraitCatalogue.Current.Announced)}</datalist>") : Html.Empty)}
            </form>
            """), wrong is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    private IEnumerable<string> Platforms => linking.Clients.Values.Select(client => client.Platform).Distinct(StringComparer.Ordinal);

    /// <summary>Each with the scope that it can't do without.</summary>
    private IEnumerable<(string Name, string Address, bool IsHere)> Presets(SuspendDraft draft) =>
        SuspensionPresets.Names.Append(SuspendDraft.Own).Select(preset => (
            PresetWords.Name(preset),
            preset switch
            {
                SuspensionPresets.VendorDown => draft.With(preset, "vendor", maker.Vendor),
                SuspensionPresets.PlatformCompromise => draft.With(preset, "platform", Platforms.FirstOrDefault()),
                _ => draft.With(preset),
            },
            preset == (draft.Preset ?? SuspendDraft.Own)));

    private Html Preview(SuspendDraft draft, SuspensionOrder order)
    {
        var preview = previews.Preview(order, orders.Warnings(order.Scope));
        var overlaps = preview.Overlaps.Take(OverlapsShownMax).ToList();
        return Html.Of($"""
            <h2>{(order.Scope == new SuspensionScope() ? "This stops everything" : $"This stops {SuspensionWords.Of(order.Scope)}")}</h2>
            <p class="chips">{Html.Join(SuspensionWords.Members(order.Scope).Where(one => one.Value is not null).Select(one => Chip(draft, one.Member, one.Name, one.Value!)))}</p>
            <p>It {SuspensionWords.Of(order.Effects)}.{(order.Preset == SuspensionPresets.CameraLeak ? " Lights, states, links and tokens go on." : "")}</p>
            <dl class="facts-row">
            {Figure("Links", preview.Links)}{Figure("Homes", preview.Homes)}{Figure("Devices", preview.Devices)}{Figure("Live streams", preview.LiveStreams)}{Figure("Replicas", preview.Replicas.Count)}
            </dl>
            {(preview.Exposure is { } exposure ? Html.Of($"<p><small>At worst somebody sees pictures for {Seconds(exposure.WorstSeconds)} more: {Seconds(exposure.BufferedSeconds)} that a player holds already, {Seconds(exposure.CutOffSeconds)} at a gateway that has just lost contact.</small></p>") : Html.Empty)}
            {Html.Join(preview.Replicas.Where(one => !one.Live).Select(one => Html.Of($"<p class=\"notice\">{one.Name} has lost contact and can't confirm. Its cameras closed by themselves.</p>")))}
            {(overlaps.Count == 0 ? Html.Empty : Html.Of($"<p>{(overlaps[0].Covers == "all" ? "All of it is stopped already, by" : "A part of it is stopped already, by")} {Html.Join(overlaps.Select((one, index) => Html.Of($"{(index == 0 ? "" : ", ")}<a href=\"{SuspensionWords.Address(one.Id)}\">{SuspensionWords.Of(one.Scope)}</a>")))}{(preview.OverlapCount > overlaps.Count ? $" and {preview.OverlapCount - overlaps.Count} more" : "")}.</p>"))}
            {Html.Join((preview.Warnings ?? []).Select(warning => Html.Of($"<p class=\"notice\">{warning}</p>")))}
            """);
    }

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.##} s");

    private const int OverlapsShownMax = 3;

    private static Html Figure(string name, int number) => Html.Of($"<div><dt>{name}</dt><dd>{SuspensionWords.Number(number)}</dd></div>\n");

    /// <summary>A member of the scope; one that was filled in can be taken out.</summary>
    private static Html Chip(SuspendDraft draft, string member, string name, string value) =>
        SuspensionWords.Members(draft.Scope).Any(one => one.Member == member && one.Value is not null)
            ? Html.Of($"<span class=\"chip\">{name} <strong>{value}</strong> <a href=\"{draft.Without(member)}\" aria-label=\"Without {name} {value}\">✕</a></span>\n")
            : Html.Of($"<span class=\"chip\">{name} <strong>{value}</strong></span>\n");

    private static Html OwnEffects(SuspendDraft draft) => Html.Of($"""
        <fieldset><legend>Effects</legend>
        {Html.Join(SuspensionWords.Effects.Select(one => Html.Of($"<label class=\"choice\"><input type=\"checkbox\" name=\"effect\" value=\"{one.Name}\"{(draft.Effects.Contains(one.Name) ? new Html(" checked") : Html.Empty)}> <span>{one.Does}</span> <small>{one.Name}</small></label>\n")))}
        </fieldset>
        """);

    private static Html Field(string name, string label, string? value, string? list = null) => Html.Of(
        $"<label class=\"field\">{label} <input name=\"{name}\" value=\"{value}\" placeholder=\"any\" maxlength=\"{ValueLengthMax}\" spellcheck=\"false\"{(list is null ? Html.Empty : Html.Of($" list=\"{list}\""))}></label>\n");

    private static Html Options(IEnumerable<string> values) => Html.Join(values.Select(value => Html.Of($"<option value=\"{value}\">")));

    private static Html Focus(bool here) => here ? new Html(" autofocus") : Html.Empty;
}

/// <summary>Presets as people call them.</summary>
internal static class PresetWords
{
    public static string Name(string preset) => preset switch
    {
        SuspensionPresets.CameraLeak => "Camera leak",
        SuspensionPresets.VendorDown => "Maker down",
        SuspensionPresets.PlatformCompromise => "Platform compromised",
        SuspendDraft.Own => "Something else",
        _ => preset,
    };
}
