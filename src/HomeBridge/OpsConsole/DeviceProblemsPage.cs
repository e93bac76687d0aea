using HomeBridge.Devices;
using HomeBridge.Hosting.Pages;

namespace HomeBridge.OpsConsole;

/// <summary>Devices that SYNC leaves out, and why: one bad device must not cost a home the others.</summary>
internal static class DeviceProblemsPage
{
    public const string Path = "/device-problems";
    private const int ListedMax = 200;

    public static IResult Show(ConsoleFrame frame, DeviceProblems problems)
    {
        var standing = problems.Standing(ListedMax);
        return frame.Page("Device problems", Html.Of($"""
            <h1 class="{(standing.Count == 0 ? "serving" : "suspended")}">{(standing.Count == 0 ? "No device is left out" : $"{standing.Count}{(standing.Count == ListedMax ? " or more" : "")} device{(standing.Count == 1 ? " is" : "s are")} left out of SYNC")}</h1>
            <section>
            <h2>Left out of SYNC</h2>
            <p>What the maker says of these devices doesn't fit the platform's traits. The rest of the home is served. A row goes when the maker's list is right again, at the next SYNC.</p>
            {(standing.Count == 0
                ? Html.Of($"<p class=\"empty\">Every device that was listed so far is fit to be served.</p>")
                : Html.Of($"""
                <table class="figures">
                <thead><tr><th>Device</th><th>Type</th><th>Home</th><th>Problem</th><th>Since (UTC)</th></tr></thead>
                <tbody>
                {Html.Join(standing.Select(one => Html.Of($"""
                    <tr><th scope="row"><code>{one.Problem.Device}</code></th><td data-label="Type">{one.Problem.Type}</td><td data-label="Home">{one.Account} at {one.Vendor}</td><td data-label="Problem">{one.Problem.Problem}</td><td data-label="Since">{ConsoleFrame.When(one.Since)}</td></tr>

                    """)))}
                </tbody></table>
                """))}
            </section>
            """));
    }
}
