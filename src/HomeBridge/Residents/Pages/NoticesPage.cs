using HomeBridge.Hosting.Pages;
using HomeBridge.Notices;

namespace HomeBridge.Residents.Pages;

/// <summary>What a resident is told when they don't look, where, and what of it they can do without.</summary>
internal sealed class NoticesPage(ResidentNoticeChoices choices)
{
    public Page Show(AccountFrame frame) => frame.Page(frame.Say("notices_title"), Html.Of($"""
        <h1>{frame.Say("notices_title")}</h1>
        <p>{Where(frame)}</p>
        <section>
        <h2>{frame.Say("notices_choices")}</h2>
        {frame.Form(AccountPaths.Notices, Html.Of($"""
            <ul class="rows">
            {Html.Join(choices.Of(frame.Home).Select(choice => Html.Of($"<li><div>{frame.Say($"notices_kind_{choice.Kind}")} <small>{LinkPages.OnOff(frame, choice.IsOn)}</small></div>{LinkPages.Switch(frame, "notice", choice.Kind, choice.IsOn, frame.Say($"notices_kind_{choice.Kind}"))}</li>\n")))}
            </ul>
            """))}
        </section>
        <section>
        <h2>{frame.Say("notices_fixed")}</h2>
        <ul>
        {Html.Join(NoticeChoices.Fixed.Select(kind => Html.Of($"<li>{frame.Say($"notices_kind_{kind}")}</li>\n")))}
        </ul>
        <p class="hint">{frame.Say("notices_fixed_text")}</p>
        </section>
        """));

    private string Where(AccountFrame frame) => (choices.Email(frame.Home), choices.GoToMaker) switch
    {
        ({ } email, true) => frame.Say("notices_by_both", email),
        ({ } email, false) => frame.Say("notices_by_email", email),
        (null, true) => frame.Say("notices_by_maker"),
        _ => frame.Say("notices_by_none"),
    };
}
