using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Hosting.Pages.Languages;
using HomeBridge.Ledger;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;

namespace HomeBridge.Residents.Pages;

/// <summary>What is held of a resident: the file, and how to end it.</summary>
internal sealed class DataPages(
    ResidentData data, ResidentLinks links, ResidentsOptions kept, LedgerOptions ledger, IDataProtectionProvider protection)
{
    /// <summary>The box that says that somebody means it.</summary>
    private const string Understood = "understood";

    private readonly IDataProtector _receipts = protection.CreateProtector("account deletion receipt");

    public Page Show(AccountFrame frame) => frame.Page(Say(frame, "title"), Html.Of($"""
        <h1>{Say(frame, "title")}</h1>
        <p>{Say(frame, "text")}</p>
        <section>
        <h2>{Say(frame, "export_title")}</h2>
        <p>{Say(frame, "export_text", kept.ViewsKeptDays)}</p>
        <p class="hint">{Say(frame, "export_care")}</p>
        <p><a class="button" href="{AccountPaths.DataExport}">{Say(frame, "export")}</a></p>
        </section>
        <section>
        <h2>{Say(frame, "delete_title")}</h2>
        <p>{Say(frame, "delete_short")}</p>
        <p><a class="button" href="{AccountPaths.DataDelete}">{Say(frame, "delete_next")}</a></p>
        </section>
        """));

    /// <summary>What deleting ends and what stays, and the form; somebody who signed in long ago does so anew first.</summary>
    public Page ShowDelete(AccountFrame frame, bool isTickMissing)
    {
        var isFresh = IsFresh(frame);
        var names = links.List(frame.Home).Select(link => link.Name).Distinct(StringComparer.Ordinal).ToList();
        return frame.Page(Say(frame, "delete_title"), Html.Of($"""
            <p><a href="{AccountPaths.Data}">{Say(frame, "back")}</a></p>
            <h1>{Say(frame, "delete_title")}</h1>
            {(isTickMissing ? Html.Of($"<p class=\"notice\" role=\"alert\">{Say(frame, "delete_tick_first")}</p>") : Html.Empty)}
            <section>
            <h2>{Say(frame, "delete_ends")}</h2>
            <ul>
            <li>{(names.Count == 0 ? Say(frame, "delete_ends_no_links") : Say(frame, "delete_ends_links", string.Join(frame.Say("list_comma"), names)))}</li>
            <li>{Say(frame, "delete_ends_video")}</li>
            <li>{Say(frame, "delete_ends_sessions")}</li>
            <li>{Say(frame, "delete_ends_known")}</li>
            </ul>
            <h2>{Say(frame, "delete_stays")}</h2>
            <ul>
            <li>{Say(frame, "delete_stays_maker")}</li>
            <li>{Say(frame, "delete_stays_platforms")}</li>
            <li>{Say(frame, "delete_stays_record", ledger.DaysMax)}</li>
            </ul>
            <p>{Say(frame, "delete_again")}</p>
            {(isFresh ? Confirm(frame) : SignInFirst(frame))}
            </section>
            """), toMaker: !isFresh);
    }

    /// <summary>Deletes, if that was meant, and answers where to go.</summary>
    public async Task<string> Delete(AccountFrame frame, HttpContext context, IFormCollection form)
    {
        if (!IsFresh(frame))
        {
            return AccountPaths.DataDelete;
        }

        if (form[Understood] != "yes")
        {
            return AccountPaths.DataDelete + "?tick=missing";
        }

        var receipt = data.Delete(frame.Home);
        await context.SignOutAsync(ResidentSignIn.CookieScheme);
        return receipt is null
            ? AccountPaths.Deleted
            : $"{AccountPaths.Deleted}?receipt={Uri.EscapeDataString(_receipts.Protect(JsonSerializer.Serialize(new Sealed(receipt, frame.Resident.TimeZone))))}";
    }

    /// <summary>The receipt of a deletion. Whoever sees it is signed in no more: all that it says is in its address, sealed.</summary>
    public IResult ShowDeleted(string? receipt)
    {
        var opened = Open(receipt);
        return new SpokenPage(language => new Page(language.Text("data.deleted_title"), Html.Of($"""
            <main class="card wide">
            <h1>{language.Text("data.deleted_title")}</h1>
            {(opened is null ? Html.Of($"<p>{language.Text("data.deleted_before")}</p>") : Receipt(language, opened))}
            <p>{language.Text("data.deleted_text")}</p>
            </main>
            """))
        {
            Language = language,
            Head = AccountAssets.Head,
        });
    }

    /// <summary>The file. Only for whoever is signed in.</summary>
    public async Task Export(AccountFrame frame, HttpContext context)
    {
        var response = context.Response;
        PageHeaders.Set(response.Headers);
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.ContentDisposition = "attachment; filename=\"my-data.json\"";
        try
        {
            if (await data.Export(frame.Home, response.Body, context.RequestAborted))
            {
                return;
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The reader is too slow: half a file must not look like a whole one.
            context.Abort();
            return;
        }

        response.Headers.ContentDisposition = default;
        FailureCounts.SetRetryAfter(context, ResidentData.RetryExportAfter);
        await frame.Page(Say(frame, "busy"), Html.Of($"""
            <h1>{Say(frame, "busy")}</h1>
            <p role="alert">{Say(frame, "busy_text")}</p>
            <p><a class="button primary" href="{AccountPaths.Data}">{frame.Say("stale_again")}</a></p>
            """), StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
    }

    private static Html Confirm(AccountFrame frame) => frame.Form(AccountPaths.DataDelete, Html.Of($"""
        <label class="choice"><input type="checkbox" name="{Understood}" value="yes" required><span>{Say(frame, "delete_tick")}</span></label>
        <div class="actions equal"><button class="danger" type="submit">{Say(frame, "delete")}</button><a class="button" href="{AccountPaths.Data}">{Say(frame, "keep")}</a></div>
        """));

    private static Html SignInFirst(AccountFrame frame) => Html.Of($"""
        <h2>{Say(frame, "fresh_title")}</h2>
        <p>{Say(frame, "fresh_text", (int)ResidentData.FreshFor.TotalMinutes)}</p>
        {frame.Form(AccountPaths.DataSignIn, Html.Of($"<div class=\"actions\"><button class=\"primary\" type=\"submit\">{frame.Say("sign_in_again")}</button><a class=\"button\" href=\"{AccountPaths.Data}\">{Say(frame, "keep")}</a></div>"))}
        """);

    private static Html Receipt(Language language, Sealed opened)
    {
        var (receipt, zone) = (opened.Receipt, PauseEnds.Zone(opened.Zone));
        var at = language.Time(receipt.At, zone) + (zone.Equals(TimeZoneInfo.Utc) ? " UTC" : "");
        Html Fact(string name, int count) => Html.Of($"<div><dt>{language.Text($"data.deleted_{name}")}</dt><dd>{count}</dd></div>\n");
        return Html.Of($"""
            <p>{language.Text("data.deleted_at", at)}</p>
            <dl class="facts">
            {Fact("links", receipt.Links)}{Fact("devices", receipt.Devices)}{Fact("streams", receipt.Streams)}{Fact("browsers", receipt.Browsers)}{Fact("apps", receipt.Apps)}{Fact("views", receipt.Views)}{Fact("told", receipt.Told)}
            </dl>
            <p class="hint">{language.Text("data.reference")} <code>{receipt.Id}</code></p>
            """);
    }

    private static bool IsFresh(AccountFrame frame) => frame.Now - frame.Resident.SignedInAt <= ResidentData.FreshFor;

    private Sealed? Open(string? receipt)
    {
        try
        {
            return receipt is null ? null : JsonSerializer.Deserialize<Sealed>(_receipts.Unprotect(receipt));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string Say(AccountFrame frame, string key, params object[] values) => frame.Language.Text($"data.{key}", values);

    /// <summary>What the address of the last page holds.</summary>
    private sealed record Sealed(DeletionReceipt Receipt, string? Zone);
}
