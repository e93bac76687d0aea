using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Isolation;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.Residents.Pages;

/// <summary>
/// Residents' pages at <c>/account</c>. Nobody sees or changes anything without being signed in, and then only what is theirs.
/// A form answers 303 to a page that says what it did.
/// </summary>
internal static class AccountEndpoints
{
    /// <summary>Bytes of a form: a button or two.</summary>
    private const int FormBytesMax = 16 * 1024;

    public static void MapAccountPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").DisableAntiforgery().WithMetadata(new FormLimit());
        Get(pages, AccountPaths.Home, async (frame, context) => await Of<HomePage>(context).Show(frame, context.RequestAborted));
        Get(pages, AccountPaths.Links + "/{id}", (frame, context) => Of<LinkPages>(context).Show(frame, Id(context), context.Request.Query["page"], context.RequestAborted));
        Get(pages, AccountPaths.Links + "/{id}/devices/{device}", (frame, context) => Of<LinkPages>(context).ShowDevice(frame, Id(context), Value(context, "device"), context.RequestAborted));
        Get(pages, AccountPaths.Links + "/{id}/unlink", (frame, context) => Task.FromResult(Of<LinkPages>(context).ShowUnlink(frame, Id(context))));
        Get(pages, AccountPaths.Links + "/{id}/receipt", (frame, context) => Task.FromResult(Of<ReceiptPages>(context).Show(frame, Id(context))));
        Get(pages, AccountPaths.Cameras, async (frame, context) => await Of<CamerasPage>(context).Show(frame, context.RequestAborted));
        Get(pages, AccountPaths.Views, async (frame, context) => await Of<ViewsPage>(context).Show(frame, context.Request.Query, context.RequestAborted));
        Get(pages, AccountPaths.Views + "/{id}", (frame, context) =>
            Task.FromResult(Of<ViewingRecord>(context).Find(frame.Home, Id(context)) is { } view ? ViewsPage.One(frame, view) : null));
        Get(pages, AccountPaths.Attempts, (frame, context) => Task.FromResult<Page?>(Of<AttemptsPage>(context).Show(frame)));
        Get(pages, AccountPaths.Sessions, (frame, context) => Task.FromResult<Page?>(Of<SessionsPage>(context).Show(frame)));
        Get(pages, AccountPaths.Notices, (frame, context) => Task.FromResult<Page?>(Of<NoticesPage>(context).Show(frame)));
        Get(pages, AccountPaths.Data, (frame, context) => Task.FromResult<Page?>(Of<DataPages>(context).Show(frame)));
        Get(pages, AccountPaths.DataDelete, (frame, context) =>
            Task.FromResult<Page?>(Of<DataPages>(context).ShowDelete(frame, isTickMissing: context.Request.Query["tick"] == "missing")));
        pages.MapGet(AccountPaths.DataExport, Download);
        pages.MapGet(AccountPaths.Deleted, (HttpContext context) => Of<DataPages>(context).ShowDeleted(context.Request.Query["receipt"]));
        pages.MapGet(AccountPaths.ViewsCsv, context => Export(context, isCsv: true));
        pages.MapGet(AccountPaths.ViewsJson, context => Export(context, isCsv: false));

        Post(pages, AccountPaths.Links + "/{id}/devices", async (frame, context, form) =>
            await Switch(frame, context, form, Id(context), form["device"]) ? AccountPaths.Done(AccountPaths.Link(Id(context)), "changed") : null);
        Post(pages, AccountPaths.Links + "/{id}/devices/{device}", async (frame, context, form) =>
        {
            var (link, device) = (Id(context), Value(context, "device"));
            return (form.ContainsKey("trait") ? await SwitchTrait(frame, context, link, device, form["trait"]) : await Switch(frame, context, form, link, form["device"]))
                ? AccountPaths.Done(AccountPaths.LinkDevice(link, device), "changed")
                : null;
        });
        Post(pages, AccountPaths.Links + "/{id}/new-devices", async (frame, context, form) =>
            await SayOfNewDevices(frame, context, form) is { } done ? AccountPaths.Done(AccountPaths.Link(Id(context)), done) : null);
        Post(pages, AccountPaths.Links + "/{id}/unlink", (frame, context, _) =>
            Task.FromResult(Of<ResidentLinks>(context).Unlink(frame.Home, Id(context)) ? AccountPaths.Done(AccountPaths.Receipt(Id(context)), "unlinked") : null));
        Post(pages, AccountPaths.Cameras, async (frame, context, form) =>
            await Of<CamerasPage>(context).Post(frame, form, context.RequestAborted) is { } done ? AccountPaths.Done(AccountPaths.Cameras, done) : null);
        Post(pages, AccountPaths.StopNow, (frame, context, form) => Task.FromResult(StopNow(frame, context, form)));
        Post(pages, AccountPaths.Views + "/{id}/not-mine", async (frame, context, _) =>
            await Of<ResidentControls>(context).NotMine(frame.Home, Id(context), context.RequestAborted) switch
            {
                ResidentReport.Quarantined => AccountPaths.Done(AccountPaths.Views, "quarantined"),
                ResidentReport.Noted => AccountPaths.Done(AccountPaths.Views, "noted"),
                ResidentReport.ToldBefore => AccountPaths.Done(AccountPaths.Views, "told_before"),
                ResidentReport.TooMany => AccountPaths.Done(AccountPaths.Views, "too_many"),
                _ => null,
            });
        Post(pages, AccountPaths.Sessions, (frame, context, form) =>
            Task.FromResult(Of<SessionsPage>(context).Post(frame, form) is { } done ? AccountPaths.Done(AccountPaths.Sessions, done) : null));
        Post(pages, AccountPaths.Notices, (frame, context, form) => Task.FromResult(
            Read(form["notice"]) is var (on, kind) && Of<ResidentNoticeChoices>(context).Set(frame.Home, kind, on) ? AccountPaths.Done(AccountPaths.Notices, "changed") : null));
        Post(pages, AccountPaths.DataDelete, async (frame, context, form) => await Of<DataPages>(context).Delete(frame, context, form));
        SignInAgain(pages, AccountPaths.SignInAgain, AccountPaths.Home);
        SignInAgain(pages, AccountPaths.DataSignIn, AccountPaths.DataDelete);
        endpoints.MapAccountAssets();
    }

    /// <summary>A page for whoever is signed in; null is what is not theirs.</summary>
    private static void Get(IEndpointRouteBuilder endpoints, string path, Func<AccountFrame, HttpContext, Task<Page?>> show) =>
        endpoints.MapGet(path, async (HttpContext context, IAntiforgery antiforgery, TimeProvider time) =>
        {
            if (ResidentSignIn.Require(context) is not { } resident)
            {
                return ResidentSignIn.Ask(context.Request.Path + context.Request.QueryString);
            }

            var frame = new AccountFrame(context, resident, antiforgery, time);
            return await show(frame, context) ?? frame.NotFound();
        });

    /// <summary>A form; it answers where to go, or null for what is not theirs.</summary>
    private static void Post(IEndpointRouteBuilder endpoints, string path, Func<AccountFrame, HttpContext, IFormCollection, Task<string?>> act) =>
        endpoints.MapPost(path, async (HttpContext context, IAntiforgery antiforgery, TimeProvider time) =>
        {
            if (ResidentSignIn.Require(context) is not { } resident)
            {
                return ResidentSignIn.Ask(AccountPaths.Home);
            }

            var frame = new AccountFrame(context, resident, antiforgery, time);
            if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
            {
                return frame.Stale(AccountPaths.Home);
            }

            return await act(frame, context, form) is { } next ? Redirects.SeeOther(next) : frame.NotFound();
        });

    /// <summary>A form that has the maker ask for the password again, and then goes on to a page.</summary>
    private static void SignInAgain(IEndpointRouteBuilder endpoints, string path, string next) =>
        endpoints.MapPost(path, async (HttpContext context, IAntiforgery antiforgery) =>
            await Forms.Read(context.Request) is not null && await antiforgery.IsRequestValidAsync(context)
                ? ResidentSignIn.Ask(next, otherAccount: true)
                : Redirects.SeeOther(next));

    private static async Task<bool> Switch(AccountFrame frame, HttpContext context, IFormCollection form, string link, string? asked) =>
        Read(asked) is var (on, device) && await Of<ResidentLinks>(context).SetDevice(frame.Home, link, device, on, context.RequestAborted);

    private static async Task<string?> SayOfNewDevices(AccountFrame frame, HttpContext context, IFormCollection form)
    {
        var (news, link) = (Of<ResidentNewDevices>(context), Id(context));
        return form["leave"].ToString() is { Length: > 0 and <= 128 } left
            ? (await news.Leave(frame.Home, link, left, context.RequestAborted) ? "left" : null)
            : (NewDevicesSection.Read(form["later"]) is { } answer && news.Set(frame.Home, link, answer) ? "changed" : null);
    }

    private static async Task<bool> SwitchTrait(AccountFrame frame, HttpContext context, string link, string device, string? asked) =>
        Read(asked) is var (on, trait) && await Of<ResidentLinks>(context).SetTrait(frame.Home, link, device, trait, on, context.RequestAborted);

    /// <summary><c>on dev_…</c> or <c>off CameraStream</c>.</summary>
    private static (bool On, string What)? Read(string? asked) => asked?.Split(' ', 2) switch
    {
        ["on", { Length: > 0 and <= 128 } what] => (true, what),
        ["off", { Length: > 0 and <= 128 } what] => (false, what),
        _ => null,
    };

    private static string? StopNow(AccountFrame frame, HttpContext context, IFormCollection form)
    {
        var (controls, view) = (Of<ResidentControls>(context), form["view"].ToString());
        var back = form["back"] == AccountPaths.Views ? AccountPaths.Views : AccountPaths.Home;
        if (view == "all")
        {
            return AccountPaths.Done(back, controls.StopAll(frame.Home) > 0 ? "stopped" : "nothing_ran");
        }

        return controls.StopNow(frame.Home, view) ? AccountPaths.Done(back, "stopped")
            : Of<ViewingRecord>(context).Find(frame.Home, view) is not null ? AccountPaths.Done(back, "nothing_ran")
            : null;
    }

    private static async Task Export(HttpContext context, bool isCsv)
    {
        if (ResidentSignIn.Require(context) is not { } resident)
        {
            await ResidentSignIn.Ask(AccountPaths.Views).ExecuteAsync(context);
            return;
        }

        var time = Of<TimeProvider>(context);
        var frame = new AccountFrame(context, resident, Of<IAntiforgery>(context), time);
        var views = Of<ViewingRecord>(context).Read(frame.Home, ViewsPage.Read(frame, context.Request.Query).Filter, null, ViewingRecord.ExportedMax)!;
        await (isCsv
            ? ViewExport.Download(context, ViewExport.Csv(views, time.GetUtcNow()), "text/csv", "views.csv")
            : ViewExport.Download(context, ViewExport.Json(views, time.GetUtcNow()), "application/json", "views.json")).ExecuteAsync(context);
    }

    private static async Task Download(HttpContext context)
    {
        if (ResidentSignIn.Require(context) is not { } resident)
        {
            await ResidentSignIn.Ask(AccountPaths.Data).ExecuteAsync(context);
            return;
        }

        await Of<DataPages>(context).Export(new AccountFrame(context, resident, Of<IAntiforgery>(context), Of<TimeProvider>(context)), context);
    }

    private static T Of<T>(HttpContext context)
        where T : notnull => context.RequestServices.GetRequiredService<T>();

    private static string Id(HttpContext context) => Value(context, "id");

    private static string Value(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private sealed class FormLimit : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => FormBytesMax;
    }
}
