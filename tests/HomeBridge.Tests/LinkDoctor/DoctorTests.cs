using System.Net;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.LinkDoctor;

/// <summary>Attempts that stop at each step, through the real pages, and what an operator is told of them.</summary>
[Collection(SandboxCollection.Name)]
public sealed class DoctorTests(SandboxFixture sandbox)
{
    private static readonly string Redirect = LinkedHome.Clients["google-home"].Redirect;

    [Fact]
    public async Task A_repeat_of_a_request_that_failed_does_not_look_as_if_it_went_well()
    {
        var home = await sandbox.Link("maple");
        var request = Guid.NewGuid().ToString("N");
        var body = $$"""
            {"requestId":"{{request}}","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[{"devices":[{"id":"dev_nobodys"}],
            "execution":[{"command":"action.devices.commands.OnOff","params":{"on":true} }]}]} }]}
            """;

        var first = (await home.Fulfill(body)).GetRawText();
        Assert.Contains("deviceNotFound", first, StringComparison.Ordinal);
        Assert.Equal(first, (await home.Fulfill(body)).GetRawText());
        await Newest();

        var examined = await Examine(request);
        Assert.Equal("deviceNotFound", examined.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_stranger_at_the_first_page_gets_a_reference_that_operators_can_look_up()
    {
        using var browser = new Browser();
        var unknown = await browser.Get(new Uri(sandbox.Bridge, $"/oauth/authorize?response_type=code&client_id=nobody&redirect_uri={Redirect}"));
        var misled = await browser.Get(new Uri(sandbox.Bridge, "/oauth/authorize?response_type=code&client_id=google-home&redirect_uri=https://elsewhere.example/cb%3Fsecret=1&state=hush"));

        var (first, second) = (await Examine(Reference(unknown)), await Examine(Reference(misled)));

        Stopped(first, "asked", "client_unknown");
        Stopped(second, "asked", "redirect_uri_unknown");
        Assert.Equal("google-home", second.GetProperty("client").GetString());
        Assert.Contains("https://elsewhere.example/cb", second.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret=1", second.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("RedirectUris", second.GetProperty("to_do").GetString(), StringComparison.Ordinal);
        Assert.Equal("next", Next(second));
    }

    [Fact]
    public async Task A_platforms_mistake_is_shown_though_the_browser_was_sent_back()
    {
        using var browser = new Browser();
        await browser.Get(Authorize("&scope=everything"));

        Stopped(await Newest(one => one.GetProperty("outcome").GetString() == "invalid_scope"), "asked", "invalid_scope");
    }

    [Fact]
    public async Task Cancel_on_the_first_page_and_cancel_on_the_last_stop_where_they_were_pressed()
    {
        using var first = new Browser();
        await first.Submit(await first.Get(Authorize()), "Cancel");
        Stopped(await Newest(), "continued", "denied");

        using var last = new Browser();
        await last.Submit(await SignedIn(last), "Cancel");
        Stopped(await Newest(), "consented", "denied");
    }

    [Fact]
    public async Task A_wrong_password_leaves_the_attempt_waiting_for_the_maker_and_the_right_one_goes_on()
    {
        using var browser = new Browser();
        var page = await browser.Submit(await browser.Get(Authorize()), "Continue");
        var wrong = await browser.Submit(page, "Sign in", fields => Fill(fields, "wrong"));

        var waiting = await Newest();
        Assert.Equal(("continued", "ok", "waiting"), Standing(waiting));
        Assert.Contains("sign-in page", waiting.GetProperty("means").GetString(), StringComparison.Ordinal);

        var devices = await browser.Submit(wrong, "Sign in", fields => Fill(fields, "sandbox"));
        Assert.NotEmpty(devices.Choices);
        var listed = await Until(Name(waiting), one => one.GetProperty("furthest").GetString() == "devices_listed");
        Assert.Equal(("devices_listed", "ok", "waiting"), Standing(listed));
    }

    [Fact]
    public async Task Nothing_ticked_another_browser_and_a_maker_that_is_down_are_told_apart()
    {
        using var browser = new Browser();
        using var other = new Browser();
        var page = await SignedIn(browser);
        await browser.Submit(page, "Agree and link", fields => fields.RemoveAll(field => field.Key == "device"));
        var attempt = await Newest();
        Stopped(attempt, "consented", "nothing_ticked");

        var elsewhere = await other.Get(page.Url);
        Assert.Equal(Name(attempt), Reference(elsewhere));
        await Until(Name(attempt), one => one.GetProperty("outcome").GetString() == "over_or_other_browser");

        await sandbox.Fault("cloud-error");
        try
        {
            var down = await browser.Get(page.Url);
            Assert.Equal(Name(attempt), Reference(down));
            await Until(Name(attempt), one => one.GetProperty("outcome").GetString() == "maker_unavailable");
        }
        finally
        {
            await sandbox.NoFaults();
        }
    }

    [Fact]
    public async Task A_frozen_platform_is_named_as_the_reason()
    {
        var freeze = await sandbox.Suspend(new { scope = new { platform = "google" }, effects = new[] { "freeze_linking" } });
        try
        {
            using var browser = new Browser();
            await browser.Get(Authorize());
            Stopped(await Newest(), "asked", "linking_frozen");
        }
        finally
        {
            await sandbox.Lift(freeze);
        }
    }

    [Fact]
    public async Task What_goes_wrong_with_the_code_is_told_under_the_residents_reference()
    {
        var (code, reference) = await Consented();
        Assert.Equal(("consented", "ok", "waiting"), Standing(await Examine(reference)));

        using (var wrongSecret = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Bridge, "/oauth/token")))
        {
            wrongSecret.Content = new FormUrlEncodedContent(Grant(code, Redirect).Append(new("client_id", "google-home")).Append(new("client_secret", "wrong")));
            using var refused = await sandbox.Http.SendAsync(wrongSecret);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        Stopped(await Until(reference, one => one.GetProperty("furthest").GetString() == "code_redeemed"), "code_redeemed", "client_refused");

        await Token(Grant(code, "https://oauth-redirect-sandbox.googleusercontent.com/r/homebridge-sandbox"));
        await Until(reference, one => one.GetProperty("outcome").GetString() == "redirect_uri_differs");
        await Token(Grant(code, Redirect), ("code_verifier", "of-nothing"));
        await Until(reference, one => one.GetProperty("outcome").GetString() == "verifier_wrong");

        Assert.Equal(HttpStatusCode.OK, await Token(Grant(code, Redirect)));
        var linked = await Until(reference, one => one.GetProperty("outcome").GetString() == "ok");
        Assert.Equal(("code_redeemed", "ok", "waiting"), Standing(linked));

        Assert.Equal(HttpStatusCode.BadRequest, await Token(Grant(code, Redirect)));
        Stopped(await Until(reference, one => one.GetProperty("outcome").GetString() != "ok"), "code_redeemed", "code_used_twice");
    }

    [Fact]
    public async Task A_code_that_nobody_was_given_is_an_attempt_of_its_own()
    {
        Assert.Equal(HttpStatusCode.BadRequest, await Token(Grant("hbc_made-up", Redirect)));

        var stray = await Newest(one => one.GetProperty("outcome").GetString() == "code_unknown");

        Stopped(stray, "code_redeemed", "code_unknown");
        Assert.Equal("google-home", stray.GetProperty("client").GetString());
        Assert.DoesNotContain("hbc_", stray.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_linking_that_works_is_seen_to_its_first_sync()
    {
        var home = await sandbox.Link("maple");
        await home.Sync();

        var attempt = await Newest(one => one.GetProperty("state").GetString() == "complete");

        Assert.Equal(("first_sync", "ok", "complete"), Standing(attempt));
        Assert.Equal(
            ["asked", "continued", "signed_in", "devices_listed", "consented", "code_redeemed", "first_sync"],
            attempt.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("step").GetString()));
        Assert.StartsWith("lnk_", attempt.GetProperty("link").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_is_found_by_its_id_with_the_door_at_which_it_stopped()
    {
        var home = await sandbox.Link("maple");
        var (fine, shapeless) = (Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        await home.Fulfill($$"""{"requestId":"{{fine}}","inputs":[{"intent":"action.devices.SYNC"}]}""");
        await home.Fulfill($$"""{"requestId":"{{shapeless}}","inputs":[{"intent":"action.devices.DANCE"}]}""");
        var lost = Guid.NewGuid().ToString("N");
        await home.Fulfill($$$"""{"requestId":"{{{lost}}}","inputs":[{"intent":"action.devices.QUERY","payload":{"devices":[{"id":"nobodys"}]}}]}""");
        using (var broken = await home.Post("{"))
        {
            Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
        }

        using (var form = await home.Post("a=b", "application/x-www-form-urlencoded"))
        {
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, form.StatusCode);
        }

        Assert.Equal(("answered", "ok", "complete"), Standing(await Examine(fine)));
        var stopped = await Examine(shapeless);
        Stopped(stopped, "answered", "protocolError");
        Assert.Equal(["authenticated", "received", "read", "answered"], stopped.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("step").GetString()));
        var missing = await Examine(lost);
        Stopped(missing, "answered", "deviceNotFound");
        Assert.Contains("Query: 1 deviceNotFound in", missing.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("nobodys", missing.GetRawText(), StringComparison.Ordinal);
        var (_, recent) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/doctor?limit=4");
        Assert.Equal(
            ["wrong_content_type", "not_json", "deviceNotFound", "protocolError"],
            recent.GetProperty("failing_requests").EnumerateArray().Select(one => one.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task Nobody_but_an_operator_reads_it_and_what_is_unknown_is_404()
    {
        using var anonymous = await sandbox.Http.GetAsync(new Uri(sandbox.Ops, "/ops/v1/doctor"));
        using var outside = await sandbox.Http.GetAsync(new Uri(sandbox.Bridge, "/ops/v1/doctor"));
        var (status, problem) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/doctor/0000-0000");

        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
        Assert.Equal(404, status);
        Assert.Contains("0000-0000", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_of_a_linking_is_in_any_step()
    {
        using var browser = new Browser();
        const string state = "state-that-nobody-else-may-know";
        var back = await LinkedHome.Consent(browser, sandbox.Process, "maple", "google-home", _ => true, "&state=" + state);
        var code = back.Query("code")!;
        await Token(Grant(code, "https://wrong.example"));
        var home = await sandbox.Link("maple");
        var requestId = Guid.NewGuid().ToString("N");
        var door = await home.Device("Front door lock");
        await home.Execute(door, "LockUnlock", new { @lock = false }, new { pin = "000111222" });
        await home.Execute(door, "LockUnlock", new { @lock = false }, new { pin = "471193" });
        await home.Watch(await home.Device("Front door camera"));
        await home.Fulfill($$"""{"requestId":"{{requestId}}","inputs":[{"intent":"action.devices.SYNC"}]}""");
        await Examine(requestId);

        string[] secrets = [code, state, home.AccessToken, home.RefreshToken, "000111222", "471193", "sandbox-google-secret", "hbc_", "hba_", "hbr_", "hbl_", "hbw_"];
        var stored = StepsOf(sandbox.Process.DataFolder);
        Assert.Contains(requestId, stored, StringComparison.Ordinal);
        Assert.Contains("redirect_uri_differs", stored, StringComparison.Ordinal);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, stored, StringComparison.Ordinal));
    }

    /// <summary>Every column of every row.</summary>
    private static string StepsOf(string folder)
    {
        using var connection = TestDatabase.Open(Path.Combine(folder, "homebridge.db"));
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT * FROM journey_steps";
        using var reader = command.ExecuteReader();
        var text = new StringBuilder();
        while (reader.Read())
        {
            for (var column = 0; column < reader.FieldCount; column++)
            {
                text.Append(reader.GetValue(column)).Append('\t');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private Uri Authorize(string more = "") => new(sandbox.Bridge, $"/oauth/authorize?response_type=code&client_id=google-home&redirect_uri={Redirect}{more}");

    private async Task<Page> SignedIn(Browser browser) =>
        await browser.Submit(await browser.Submit(await browser.Get(Authorize()), "Continue"), "Sign in", fields => Fill(fields, "sandbox"));

    private async Task<(string Code, string Reference)> Consented()
    {
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, sandbox.Process, "maple", "google-home", _ => true);
        return (back.Query("code")!, Name(await Newest(one => one.GetProperty("furthest").GetString() == "consented" && one.GetProperty("outcome").GetString() == "ok")));
    }

    private static void Fill(List<KeyValuePair<string, string>> fields, string password)
    {
        fields.RemoveAll(field => field.Key is "username" or "password");
        fields.Add(new("username", "maple"));
        fields.Add(new("password", password));
    }

    private static Dictionary<string, string> Grant(string code, string redirectUri) =>
        new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri };

    private async Task<HttpStatusCode> Token(Dictionary<string, string> grant, params (string Name, string Value)[] more)
    {
        foreach (var (name, value) in more)
        {
            grant[name] = value;
        }

        return (await LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", grant)).Status;
    }

    private static string Reference(Page page) => page.Document!.QuerySelector("small code")!.TextContent;

    private static string Name(JsonElement attempt) => attempt.GetProperty(attempt.TryGetProperty("reference", out _) ? "reference" : "name").GetString()!;

    private static (string?, string?, string?) Standing(JsonElement one) =>
        (one.GetProperty("furthest").GetString(), one.GetProperty("outcome").GetString(), one.GetProperty("state").GetString());

    private static void Stopped(JsonElement one, string step, string stop)
    {
        Assert.Equal((step, stop, "stopped"), Standing(one));
        Assert.NotEmpty(one.GetProperty("means").GetString()!);
        Assert.NotEmpty(one.GetProperty("to_do").GetString()!);
    }

    private static string Next(JsonElement one) =>
        one.GetProperty("steps").EnumerateArray().Any(step => step.GetProperty("step").GetString() == "continued" && !step.TryGetProperty("outcome", out _)) ? "next" : "reached";

    /// <summary>The attempt that was noted last, once what was done just now is written: steps are written every second.</summary>
    private async Task<JsonElement> Newest(Func<JsonElement, bool>? like = null)
    {
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        var (_, recent) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/doctor?limit=20");
        return await Examine(recent.GetProperty("linking_attempts").EnumerateArray().First(one => like?.Invoke(one) ?? true).GetProperty("reference").GetString()!);
    }

    private Task<JsonElement> Examine(string asked) => Until(asked, _ => true);

    private async Task<JsonElement> Until(string asked, Func<JsonElement, bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var (status, body) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/doctor/" + asked);
            if (status == 200 && body.GetProperty("journeys").EnumerateArray().Single() is var one && done(one))
            {
                return one;
            }

            await Task.Delay(100, patience.Token);
        }
    }
}
