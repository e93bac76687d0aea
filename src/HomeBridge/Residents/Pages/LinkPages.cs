using System.Globalization;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.Residents.Pages;

/// <summary>One linked platform: what it may use, switch by switch, its history, and its end.</summary>
internal sealed class LinkPages(ResidentLinks links, ResidentNewDevices newDevices, ResidentDevices devices)
{
    /// <summary>Devices on one page: each page stays under 100 KB.</summary>
    private const int DevicesShownMax = 150;

    /// <summary>The link; null when it is not this home's.</summary>
    public async Task<Page?> Show(AccountFrame frame, string id, string? page, CancellationToken cancel)
    {
        if (links.Find(frame.Home, id) is not { } link || await links.Devices(frame.Home, id, cancel) is not { } all)
        {
            return null;
        }

        var news = newDevices.Of(frame.Home, id, new HomeDevices([.. all.Devices.Select(one => one.Device)], all.IsCurrent)) ?? new NewDevicesOfLink(NewDevices.Never, []);
        var number = int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Max(1, asked) : 1;
        var shown = all.Devices.Skip((number - 1) * DevicesShownMax).Take(DevicesShownMax).ToList();
        return frame.Page(link.Name, Html.Of($"""
            <p><a href="{AccountPaths.Home}">{frame.Say("back_home")}</a></p>
            <h1>{link.Name}</h1>
            <p>{HomePage.State(frame, link.State)}</p>
            {HomePage.Notices(frame, [link], devices.Names(frame.Home))}
            {NewDevicesSection.Waiting(frame, link, news)}
            <section>
            <dl class="facts">
            <div><dt>{frame.Say("last_used")}</dt><dd>{(link.LastUsed is { } used ? frame.When(used) : Html.Of($"{frame.Say("never")}"))}</dd></div>
            <div><dt>{frame.Say("devices")}</dt><dd>{link.Devices}</dd></div>
            <div><dt>{frame.Say("cameras_shared")}</dt><dd>{link.Cameras}</dd></div>
            <div><dt>{frame.Say("linked_on")}</dt><dd>{frame.When(link.LinkedAt)}</dd></div>
            </dl>
            </section>
            <section>
            <h2>{frame.Say("devices_title", link.Name)}</h2>
            <p class="hint">{frame.Say("devices_text")}</p>
            {(all.IsCurrent ? Html.Empty : Html.Of($"<p class=\"hint\" role=\"status\">{frame.Say("maker_away_switches")}</p>"))}
            {frame.Form(AccountPaths.LinkDevices(id), Rooms(frame, id, shown))}
            {(all.Devices.Count > number * DevicesShownMax ? Html.Of($"<p><a href=\"{AccountPaths.Link(id)}?page={number + 1}\">{frame.Say("more_devices")}</a></p>") : Html.Empty)}
            </section>
            {NewDevicesSection.Later(frame, link, news)}
            {History(frame, links.History(frame.Home, id) ?? [])}
            <section>
            <h2>{frame.Say("unlink_title", link.Name)}</h2>
            <p>{frame.Say("unlink_short")}</p>
            <p><a class="button" href="{AccountPaths.Unlink(id)}">{frame.Say("unlink_next")}</a></p>
            </section>
            """));
    }

    /// <summary>One device of a link; null when the link, or the device, is not this home's.</summary>
    public async Task<Page?> ShowDevice(AccountFrame frame, string id, string device, CancellationToken cancel)
    {
        if (links.Find(frame.Home, id) is not { } link || (await links.Devices(frame.Home, id, cancel))?.Devices.FirstOrDefault(one => one.Device.Id == device) is not { } found)
        {
            return null;
        }

        return frame.Page(found.Device.Name, Html.Of($"""
            <p><a href="{AccountPaths.Link(id)}">{frame.Say("back_link", link.Name)}</a></p>
            <h1>{found.Device.Name}</h1>
            <p>{OnOff(frame, found.IsOn)}</p>
            <section>
            <h2>{frame.Say("device_may", link.Name)}</h2>
            {frame.Form(AccountPaths.LinkDevice(id, device), Html.Of($"""
                <div class="row"><strong>{frame.Say("whole_device")}</strong>{Switch(frame, "device", found.Device.Id, found.IsOn, found.Device.Name)}</div>
                {(found.IsOn ? Html.Of($"""
                    <ul class="rows">
                    {Html.Join(found.Traits.Select(trait => Html.Of($"<li><div>{TraitName(frame, trait.Name)} <small>{OnOff(frame, trait.IsOn)}</small></div>{Switch(frame, "trait", trait.Name, trait.IsOn, TraitName(frame, trait.Name))}</li>\n")))}
                    </ul>
                    """) : Html.Of($"<p class=\"hint\">{frame.Say("device_off_text", link.Name)}</p>"))}
                """))}
            {(found.Device.IsCamera ? Html.Of($"<p>{frame.Language.Text("linking.recordings", link.Name)}</p>") : Html.Empty)}
            <p class="hint">{frame.Say("switch_speed")}</p>
            </section>
            """));
    }

    /// <summary>What unlinking ends, and what it does not.</summary>
    public Page? ShowUnlink(AccountFrame frame, string id) => links.Find(frame.Home, id) is not { } link ? null : frame.Page(frame.Say("unlink_title", link.Name), Html.Of($"""
        <p><a href="{AccountPaths.Link(id)}">{frame.Say("back_link", link.Name)}</a></p>
        <h1>{frame.Say("unlink_title", link.Name)}</h1>
        {(link.Notices.Count == 0 ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{frame.Say("notice_do_not_unlink")}</p>"))}
        <section>
        <h2>{frame.Say("unlink_ends")}</h2>
        <ul><li>{frame.Say("unlink_ends_1", link.Name)}</li><li>{frame.Say("unlink_ends_2")}</li><li>{frame.Say("unlink_ends_3", link.Name)}</li></ul>
        <h2>{frame.Say("unlink_keeps")}</h2>
        <ul><li>{frame.Say("unlink_keeps_1")}</li><li>{frame.Say("unlink_keeps_2", link.Name)}</li><li>{frame.Say("unlink_keeps_3")}</li></ul>
        {frame.Form(AccountPaths.Unlink(id), Html.Of($"<button class=\"danger\" type=\"submit\">{frame.Say("unlink", link.Name)}</button><a class=\"button\" href=\"{AccountPaths.Link(id)}\">{frame.Say("keep")}</a>"), "actions")}
        </section>
        """));

    public static string TraitName(AccountFrame frame, string trait) => frame.Language.Has($"account.trait_{trait}") ? frame.Say($"trait_{trait}") : trait;

    private static Html Rooms(AccountFrame frame, string link, IReadOnlyList<LinkedDevice> shown) => Html.Join(shown.GroupBy(one => one.Device.Room, StringComparer.Ordinal).Select(room => Html.Of($"""
        <h3>{room.Key ?? frame.Say("no_room")}</h3>
        <ul class="rows">
        {Html.Join(room.Select(one => Html.Of($"<li><div><a href=\"{AccountPaths.LinkDevice(link, one.Device.Id)}\">{one.Device.Name}</a> <small>{OnOff(frame, one.IsOn)}{Partly(frame, one)}</small></div>{Switch(frame, "device", one.Device.Id, one.IsOn, one.Device.Name)}</li>\n")))}
        </ul>
        """)));

    /// <summary>What is withheld of a device that is shared: nothing, a camera's sound alone, or more.</summary>
    private static Html Partly(AccountFrame frame, LinkedDevice device) => !device.IsOn || device.Traits.All(trait => trait.IsOn) ? Html.Empty
        : Html.Of($", {frame.Say(device.Traits.All(trait => trait.IsOn || trait.Name == Device.Sound) ? "silent" : "partly")}");

    public static Html OnOff(AccountFrame frame, bool isOn) => Html.Of($"<span aria-hidden=\"true\">{(isOn ? "✓" : "○")}</span> {frame.Say(isOn ? "shared" : "not_shared")}");

    /// <summary>A button whose value says what it switches, and to what.</summary>
    public static Html Switch(AccountFrame frame, string kind, string id, bool isOn, string name) => Html.Of(
        $"<button type=\"submit\" name=\"{kind}\" value=\"{(isOn ? "off" : "on")} {id}\">{frame.Say(isOn ? "turn_off" : "turn_on")}{AccountFrame.Away(name)}</button>");

    private static Html History(AccountFrame frame, IReadOnlyList<LinkEvent> history)
    {
        var told = history.Where(one => frame.Language.Has($"account.history_{one.Action}")).ToList();
        return told.Count == 0 ? Html.Empty : Html.Of($"""
            <section>
            <h2>{frame.Say("history")}</h2>
            <ol class="history">
            {Html.Join(told.Select(one => Html.Of($"<li>{frame.When(one.At)} {frame.Say($"history_{one.Action}")}{(one.ByResident ? Html.Of($" <small>{frame.Say("by_you")}</small>") : Html.Empty)}</li>\n")))}
            </ol>
            </section>
            """);
    }
}
