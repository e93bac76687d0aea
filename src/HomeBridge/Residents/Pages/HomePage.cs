using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Residents.Pages;

/// <summary>Who watches now, what is stopped, and which platforms are linked.</summary>
internal sealed class HomePage(ResidentLinks links, ResidentControls controls, ViewingRecord views, ResidentDevices devices, ReceiptPages receipts, AttemptsPage attempts, MakerTokens makerTokens)
{
    public async Task<Page> Show(AccountFrame frame, CancellationToken cancel)
    {
        // Asked for its names, and so that they are known when the maker is away.
        var listed = await devices.Of(frame.Home, cancel);
        var linked = links.List(frame.Home);
        var attention = makerTokens.NeedsAttention(frame.Home.Vendor, frame.Home.Account);
        return frame.Page(frame.Say("home_title"), Html.Of($"""
            <h1>{frame.Say("home_title")}</h1>
            {(attention ? Attention(frame) : Html.Empty)}
            {(listed.IsCurrent ? Html.Empty : Html.Of($"<p class=\"hint\" role=\"status\">{frame.Say("maker_away")}</p>"))}
            {LiveViews.Section(frame, views.Live(frame.Home), AccountPaths.Home)}
            {PauseWords.Banner(frame, controls.Pauses(frame.Home), devices.Names(frame.Home))}
            {Notices(frame, linked, devices.Names(frame.Home))}
            <section>
            <h2>{frame.Say("platforms")}</h2>
            {(linked.Count == 0 ? Html.Of($"<p class=\"empty\">{frame.Say("no_platforms")}</p>") : Html.Of($"<ul class=\"cards\">{Html.Join(linked.Select(link => Card(frame, link, attention)))}</ul>"))}
            </section>
            {receipts.Section(frame)}
            {attempts.Section(frame)}
            """), toMaker: attention);
    }

    private static Html Attention(AccountFrame frame) => Html.Of($"""
        <section class="notice" role="alert">
        <h2>{frame.Say("attention_title")}</h2>
        <p>{frame.Say("attention_text")}</p>
        {frame.Form(AccountPaths.SignInAgain, Html.Of($"<button class=\"primary\" type=\"submit\">{frame.Say("sign_in_again")}</button>"))}
        </section>
        """);

    private static Html Card(AccountFrame frame, ResidentLink link, bool attention) => Html.Of($"""
        <li class="platform">
        <h3><a href="{AccountPaths.Link(link.Id)}">{link.Name}</a></h3>
        <p>{State(frame, attention ? ResidentLinkState.NeedsAttention : link.State)}</p>
        <dl class="facts">
        <div><dt>{frame.Say("last_used")}</dt><dd>{(link.LastUsed is { } used ? frame.When(used) : Html.Of($"{frame.Say("never")}"))}</dd></div>
        <div><dt>{frame.Say("devices")}</dt><dd>{link.Devices}</dd></div>
        <div><dt>{frame.Say("cameras_shared")}</dt><dd>{link.Cameras}</dd></div>
        <div><dt>{frame.Say("linked_on")}</dt><dd>{frame.When(link.LinkedAt)}</dd></div>
        </dl>
        </li>

        """);

    public static Html State(AccountFrame frame, ResidentLinkState state) => state switch
    {
        ResidentLinkState.Suspended => AccountFrame.Badge("stopped", "■", frame.Say("state_suspended")),
        ResidentLinkState.Paused => AccountFrame.Badge("part", "❚❚", frame.Say("state_paused")),
        ResidentLinkState.NeedsAttention => AccountFrame.Badge("stopped", "!", frame.Say("state_attention")),
        _ => AccountFrame.Badge("good", "✓", frame.Say("state_active")),
    };

    /// <summary>What is off, since when, what still works, and that nobody need unlink. Several links to one platform are told of once.</summary>
    public static Html Notices(AccountFrame frame, IReadOnlyList<ResidentLink> linked, IReadOnlyDictionary<string, string> names) => Html.Join(
        linked.SelectMany(link => link.Notices.Select(notice => Html.Of($"""
            <section class="notice" role="alert">
            <h2>{Off(frame, link, notice, names)}</h2>
            <p>{frame.Say("notice_since", frame.Moment(notice.Since))} {frame.Say(StillWorks(notice))}</p>
            <p><strong>{frame.Say(notice.NewKey ? "notice_new_key" : "notice_do_not_unlink")}</strong></p>
            </section>

            """))).Distinct());

    private static string Off(AccountFrame frame, ResidentLink link, SuspensionNotice notice, IReadOnlyDictionary<string, string> names)
    {
        const int namedMax = 3;
        var named = notice.Devices.Count <= namedMax && notice.Devices.All(names.ContainsKey)
            ? string.Join(frame.Say("list_comma"), notice.Devices.Select(id => names[id]))
            : null;
        var onlyVideo = notice.Effects == SuspensionEffects.CutStreams;
        return (onlyVideo, named) switch
        {
            (true, not null) => frame.Say("notice_video_of", named, link.Name),
            (true, null) => frame.Say("notice_video", link.Name),
            (false, not null) => frame.Say("notice_devices_of", named, link.Name),
            _ => frame.Say(notice.IsWhole ? "notice_all" : "notice_some", link.Name),
        };
    }

    private static string StillWorks(SuspensionNotice notice) =>
        notice.Effects == SuspensionEffects.CutStreams ? "notice_works_without_video"
        : notice.IsWhole ? "notice_works_at_home" : "notice_works_others";
}
