using HomeBridge.AccountLinking;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>Links that ended, and what ended with each.</summary>
internal sealed class ReceiptPages(ResidentLinks links)
{
    /// <summary>Ended links on the start page; all are in the resident's file.</summary>
    private const int ListedMax = 10;

    /// <summary>The list; nothing when none ever ended.</summary>
    public Html Section(AccountFrame frame)
    {
        var ended = links.Ended(frame.Home, ListedMax);
        return ended.Count == 0 ? Html.Empty : Html.Of($"""
            <section>
            <h2>{Say(frame, "ended_title")}</h2>
            <ul class="rows">
            {Html.Join(ended.Select(link => Html.Of($"<li><div><strong>{link.Name}</strong> <small>{Say(frame, "ended_on", frame.Moment(link.EndedAt))}</small></div><a href=\"{AccountPaths.Receipt(link.Id)}\">{Say(frame, "receipt_link")}{AccountFrame.Away(link.Name)}</a></li>\n")))}
            </ul>
            </section>
            """);
    }

    /// <summary>One receipt; null when the link is not this home's, or stands.</summary>
    public Page? Show(AccountFrame frame, string id) => links.Receipt(frame.Home, id) is not { } link ? null : frame.Page(Say(frame, "receipt_title", link.Name), Html.Of($"""
        <p><a href="{AccountPaths.Home}">{frame.Say("back_home")}</a></p>
        <h1>{Say(frame, "receipt_title", link.Name)}</h1>
        {(link.Receipt is { } known ? Html.Of($"<p>{Say(frame, $"receipt_by_{LinkReceipt.NameOf(known.By)}", link.Name)}</p>") : Html.Empty)}
        <section>
        <h2>{Say(frame, "receipt_what")}</h2>
        <dl class="facts">
        <div><dt>{frame.Say("linked_on")}</dt><dd>{frame.When(link.LinkedAt)}</dd></div>
        <div><dt>{Say(frame, "receipt_ended")}</dt><dd>{frame.When(link.EndedAt)}</dd></div>
        {(link.Receipt is { } receipt ? Counts(frame, receipt) : Html.Empty)}
        </dl>
        {(link.Receipt is null ? Html.Of($"<p class=\"hint\">{Say(frame, "receipt_none")}</p>") : Html.Of($"<p>{Told(frame, link)}</p>"))}
        <p class="hint">{Say(frame, "reference")} <code>{link.Id}</code></p>
        </section>
        """));

    private static Html Counts(AccountFrame frame, LinkReceipt receipt)
    {
        Html Count(string key, int count) => Html.Of($"<div><dt>{Say(frame, $"receipt_{key}")}</dt><dd>{count}</dd></div>\n");
        return Html.Of($"{Count("devices", receipt.Devices)}{Count("keys", receipt.AccessTokens + receipt.RefreshTokens)}{Count("streams", receipt.Elsewhere.Streams)}{Count("tickets", receipt.Elsewhere.Tickets)}{Count("waiting", receipt.Elsewhere.Waiting)}");
    }

    private static string Told(AccountFrame frame, EndedLink link) => link switch
    {
        { ToldAt: { } at } => Say(frame, "receipt_told", link.Name, frame.Moment(at)),
        { Receipt.By: LinkEndedBy.Platform } => Say(frame, "receipt_knows", link.Name),
        { Receipt.Elsewhere.TellsPlatform: true } => Say(frame, "receipt_tells", link.Name),
        _ => Say(frame, "receipt_finds_out", link.Name),
    };

    private static string Say(AccountFrame frame, string key, params object[] values) => frame.Language.Text($"data.{key}", values);
}
