using HomeBridge.AccountLinking;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>On a link's page: the devices that are new, and what becomes of those that come.</summary>
internal static class NewDevicesSection
{
    private static readonly (NewDevices Answer, string Word)[] Answers = [(NewDevices.Ask, "ask"), (NewDevices.Add, "add"), (NewDevices.Never, "never")];

    /// <summary>Shown on top while something waits. The list of all devices has the same switch.</summary>
    public static Html Waiting(AccountFrame frame, ResidentLink link, NewDevicesOfLink news) => news.Waiting.Count == 0 ? Html.Empty : Html.Of($"""
        <section class="paused">
        <h2>{frame.Say("new_title")}</h2>
        <p>{frame.Say("new_text", link.Name)}</p>
        <ul class="rows">
        {Html.Join(news.Waiting.Take(WaitingShownMax).Select(device => Row(frame, link.Id, device)))}
        </ul>
        </section>
        """);

    /// <summary>The three answers, of which one holds.</summary>
    public static Html Later(AccountFrame frame, ResidentLink link, NewDevicesOfLink news) => Html.Of($"""
        <section>
        <h2>{frame.Say("later_title")}</h2>
        {frame.Form(AccountPaths.NewDevices(link.Id), Html.Of($"""
            <fieldset>
            <legend>{frame.Say("later_legend", link.Name)}</legend>
            {Html.Join(Answers.Select(one => Choice(frame, one.Word, news.Answer == one.Answer)))}
            </fieldset>
            <button type="submit">{frame.Say("later_save")}</button>
            """))}
        </section>
        """);

    private static Html Row(AccountFrame frame, string link, HomeDevice device) => Html.Of($"""
        <li><div>{device.Name} <small>{device.Room ?? frame.Say("no_room")}</small></div>
        {frame.Form(AccountPaths.LinkDevices(link), Html.Of($"<button type=\"submit\" name=\"device\" value=\"on {device.Id}\">{frame.Say("new_share")}{AccountFrame.Away(device.Name)}</button>"))}
        {frame.Form(AccountPaths.NewDevices(link), Html.Of($"<button type=\"submit\" name=\"leave\" value=\"{device.Id}\">{frame.Say("new_leave")}{AccountFrame.Away(device.Name)}</button>"))}</li>

        """);

    private static Html Choice(AccountFrame frame, string word, bool holds) => Html.Of($"""
        <label class="choice">
        <input type="radio" name="later" value="{word}"{(holds ? new Html(" checked") : Html.Empty)}>
        <span>{frame.Language.Text($"linking.later_{word}")}</span>
        </label>

        """);

    /// <summary>What its form says; null when it says nothing that there is.</summary>
    public static NewDevices? Read(string? word) => Answers.Where(one => one.Word == word).Select(one => (NewDevices?)one.Answer).FirstOrDefault();

    /// <summary>Devices that are asked about at once: the page stays small.</summary>
    private const int WaitingShownMax = 20;
}
