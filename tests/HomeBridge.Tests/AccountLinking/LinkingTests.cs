using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using HomeBridge.Tests.Residents;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.AccountLinking;

[Collection(SandboxCollection.Name)]
public sealed class LinkingTests(SandboxFixture sandbox)
{
    private const string Redirect = "https://oauth-redirect.googleusercontent.com/r/homebridge-sandbox";

    [Fact]
    public async Task The_first_page_says_who_asks_and_offers_both_answers()
    {
        using var browser = new Browser();

        var page = await browser.Get(Authorize());

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("Google", page.Document!.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(["Continue", "Cancel"], page.Document.QuerySelectorAll("form:first-of-type button").Select(button => button.TextContent.Trim()));
        Assert.Empty(page.Document.QuerySelectorAll("script, select"));
        Assert.Contains("no-store", page.Headers, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_on_the_first_page_ends_in_access_denied_with_the_state_unchanged()
    {
        using var browser = new Browser();
        const string state = "a b+c/%25~ü<>\"'&=?";
        var page = await browser.Get(Authorize("&state=" + Uri.EscapeDataString(state)));

        var back = await browser.Submit(page, "Cancel");

        Assert.StartsWith(Redirect, back.Url.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal("access_denied", back.Query("error"));
        Assert.Equal(state, back.Query("state"));
        Assert.Equal(sandbox.Bridge.GetLeftPart(UriPartial.Authority), back.Query("iss"));
    }

    [Fact]
    public async Task Cameras_and_locks_start_unticked_and_everything_else_ticked()
    {
        using var browser = new Browser();
        var page = await SignedIn(browser, "maple");

        var choices = page.Choices;

        Assert.All(choices, choice => Assert.Equal(
            !choice.Key.Contains("camera", StringComparison.OrdinalIgnoreCase) && !choice.Key.Contains("lock", StringComparison.OrdinalIgnoreCase),
            choice.Value.Ticked));
        Assert.Equal(8, choices.Values.Count(choice => choice.Name == "device"));
    }

    [Fact]
    public async Task Below_each_camera_is_a_switch_for_its_sound_and_recordings_are_said_not_to_be_shared()
    {
        using var browser = new Browser();
        var page = await SignedIn(browser, "maple");

        var boxes = page.Document!.QuerySelectorAll<IHtmlInputElement>("input[type=checkbox]").ToList();
        var sounds = boxes.Where(box => box.Name == "sound").ToList();

        Assert.Equal(2, sounds.Count);
        Assert.All(sounds, sound =>
        {
            var above = boxes[boxes.IndexOf(sound) - 1];
            Assert.Equal(("device", sound.Value), (above.Name, above.Value));
            Assert.StartsWith("Sound of ", sound.Closest("label")!.QuerySelector("span")!.TextContent, StringComparison.Ordinal);
            Assert.False(sound.IsChecked);
        });
        Assert.Contains("We share no recordings with Google; if that ever changes, you are asked first.", page.Document!.Body!.TextContent, StringComparison.Ordinal);

        // A form that was refused comes back as it was sent.
        var again = await browser.Submit(page, "Agree and link", fields =>
        {
            fields.RemoveAll(field => field.Key == "device");
            fields.Add(new("sound", sounds[0].Value));
        });
        Assert.Equal([true, false], again.Document!.QuerySelectorAll<IHtmlInputElement>("input[name=sound]").Select(sound => sound.IsChecked));
    }

    [Fact]
    public async Task Sound_is_shared_where_it_was_ticked_beside_live_video_and_nowhere_else()
    {
        var home = await sandbox.Link("maple", choose: name => name is "Garden camera" or "Sound of Garden camera" or "Front door camera");
        var other = await sandbox.Link("maple", choose: name => name is "Porch light" or "Sound of Garden camera");
        var (garden, door) = (await home.Device("Garden camera"), await home.Device("Front door camera"));
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        try
        {
            var links = (await resident.Get("/account")).Document!.QuerySelectorAll<IHtmlAnchorElement>(".platform a").Select(link => link.GetAttribute("href")!).ToList();
            var (newer, older) = (links[0], links[1]);
            Assert.NotNull((await resident.Get($"{older}/devices/{garden}")).Document!.QuerySelector("button[value='off Sound']"));
            var silent = await resident.Get($"{older}/devices/{door}");
            Assert.NotNull(silent.Document!.QuerySelector("button[value='on Sound']"));
            Assert.Contains("We share no recordings with Google", silent.Text, StringComparison.Ordinal);

            Assert.Single((await resident.Get(older)).Document!.QuerySelectorAll("small"), small => small.TextContent.EndsWith("on, without sound", StringComparison.Ordinal));

            // Sound by itself is no camera.
            Assert.Equal("Porch light", Assert.Single((await other.Sync()).GetProperty("devices").EnumerateArray()).GetProperty("name").GetProperty("name").GetString());
            Assert.Null((await resident.Get($"{newer}/devices/{garden}")).Document!.QuerySelector("button[value='off Sound']"));

            // Without sound it is a camera like any other.
            var viewer = await home.Watch(door);
            Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());

            var consents = JsonDocument.Parse((await resident.Get("/account/data/export.json")).Text).RootElement.GetProperty("consents").EnumerateArray()
                .Select(consent => consent.GetProperty("cameras").EnumerateArray().Select(camera =>
                    (camera.GetProperty("live_video").GetBoolean(), camera.GetProperty("sound").GetBoolean(), camera.GetProperty("recordings").GetBoolean())).Order().ToArray())
                .ToList();
            Assert.Contains(consents, cameras => cameras is [(true, false, false), (true, true, false)]);
            Assert.Contains(consents, cameras => cameras is [(false, false, false), (false, false, false)]);
        }
        finally
        {
            await home.Disconnect();
            await other.Disconnect();
        }
    }

    [Fact]
    public async Task Cancel_on_the_device_page_ends_in_access_denied_and_the_page_is_spent()
    {
        using var browser = new Browser();
        var page = await SignedIn(browser, "maple");

        var back = await browser.Submit(page, "Cancel");
        var again = await browser.Submit(page, "Agree and link");

        Assert.Equal("access_denied", back.Query("error"));
        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
    }

    [Fact]
    public async Task A_resident_who_is_signed_in_goes_from_the_first_page_to_the_devices()
    {
        using var browser = new Browser();
        await SignedIn(browser, "maple");

        var page = await browser.Submit(await browser.Get(Authorize()), "Continue");

        Assert.NotEmpty(page.Choices);
    }

    [Fact]
    public async Task Somebody_else_can_use_the_same_browser()
    {
        using var browser = new Browser();
        var page = await SignedIn(browser, "maple");

        var asked = await browser.Submit(page, "Not Maple home? Use another account", form: 1);
        var other = await browser.Submit(asked, "Sign in", fields => Fill(fields, "harbor", "sandbox"));

        Assert.NotEqual(page.Choices.Keys, other.Choices.Keys);
        Assert.Contains("Harbor", other.Document!.QuerySelector(".eyebrow")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_says_so_and_the_right_one_still_works()
    {
        using var browser = new Browser();
        var page = await browser.Submit(await browser.Get(Authorize()), "Continue");

        var wrong = await browser.Submit(page, "Sign in", fields => Fill(fields, "maple", "wrong"));
        var right = await browser.Submit(wrong, "Sign in", fields => Fill(fields, "maple", "sandbox"));

        Assert.NotNull(wrong.Document!.QuerySelector("input[name=password]"));
        Assert.NotEmpty(right.Choices);
    }

    [Theory]
    [InlineData("client_id=nobody&redirect_uri=" + Redirect)]
    [InlineData("client_id=google-home&redirect_uri=https://evil.example/cb")]
    [InlineData("client_id=google-home&redirect_uri=" + Redirect + "/more")]
    [InlineData("client_id=google-home&redirect_uri=" + Redirect + "%3Fa=b")]
    [InlineData("client_id=google-home&redirect_uri=https://second-platform.example/cb")]
    [InlineData("client_id=google-home")]
    [InlineData("client_id=google-home&client_id=google-home&redirect_uri=" + Redirect)]
    public async Task Without_a_client_and_redirect_uri_that_belong_together_nothing_is_redirected(string query)
    {
        using var browser = new Browser();

        var page = await browser.Get(new Uri(sandbox.Bridge, "/oauth/authorize?response_type=code&" + query));

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.True(page.Url.IsLoopback);
    }

    [Theory]
    [InlineData("response_type=token", "unsupported_response_type")]
    [InlineData("a=b", "invalid_request")]
    [InlineData("response_type=code&scope=devices%20email", "invalid_scope")]
    [InlineData("response_type=code&code_challenge=short&code_challenge_method=S256", "invalid_request")]
    [InlineData("response_type=code&code_challenge=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&code_challenge_method=plain", "invalid_request")]
    [InlineData("response_type=code&code_challenge=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "invalid_request")]
    [InlineData("response_type=code&scope=devices&scope=devices", "invalid_request")]
    public async Task Any_other_mistake_goes_back_to_the_platform_with_the_state(string query, string error)
    {
        using var browser = new Browser();

        var back = await browser.Get(new Uri(sandbox.Bridge, $"/oauth/authorize?client_id=google-home&redirect_uri={Redirect}&state=s1&{query}"));

        Assert.StartsWith(Redirect, back.Url.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(error, back.Query("error"));
        Assert.Equal("s1", back.Query("state"));
    }

    [Fact]
    public async Task Another_browser_can_not_go_on_with_an_attempt()
    {
        using var victim = new Browser();
        using var attacker = new Browser();
        await SignedIn(victim, "maple");
        var started = await SignedIn(attacker, "harbor");

        var stolen = await victim.Get(started.Url);

        Assert.Equal(HttpStatusCode.BadRequest, stolen.Status);
    }

    [Fact]
    public async Task The_token_answer_is_what_platforms_expect()
    {
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, sandbox.Process, "maple", "google-home", _ => true);

        var (status, tokens) = await Exchange(back.Query("code")!);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Bearer", tokens.GetProperty("token_type").GetString());
        Assert.Equal(JsonValueKind.Number, tokens.GetProperty("expires_in").ValueKind);
        Assert.Equal(3600, tokens.GetProperty("expires_in").GetInt32());
        Assert.DoesNotContain('.', tokens.GetProperty("access_token").GetString()!);
        Assert.NotNull(tokens.GetProperty("refresh_token").GetString());
    }

    [Fact]
    public async Task A_code_works_once_and_a_second_use_ends_what_the_first_gave()
    {
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, sandbox.Process, "maple", "google-home", _ => true);
        var (_, tokens) = await Exchange(back.Query("code")!);

        var (status, error) = await Exchange(back.Query("code")!);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_grant", error.GetProperty("error").GetString());
        var (refreshStatus, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", new()
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = tokens.GetProperty("refresh_token").GetString()!,
        });
        Assert.Equal(HttpStatusCode.BadRequest, refreshStatus);
    }

    [Fact]
    public async Task Forty_redemptions_at_once_give_one_set_of_tokens_at_most()
    {
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, sandbox.Process, "maple", "google-home", _ => true);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Exchange(back.Query("code")!)));

        Assert.Equal(1, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("invalid_grant", answer.Body.GetProperty("error").GetString()));
    }

    [Theory]
    [InlineData(true, "right", HttpStatusCode.OK)]
    [InlineData(true, "wrong", HttpStatusCode.BadRequest)]
    [InlineData(true, null, HttpStatusCode.BadRequest)]
    [InlineData(false, "right", HttpStatusCode.BadRequest)]
    public async Task A_verifier_is_needed_exactly_when_there_was_a_challenge(bool challenged, string? verifier, HttpStatusCode expected)
    {
        var secret = new string('v', 50);
        var challenge = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(secret))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        using var browser = new Browser();
        var back = await LinkedHome.Consent(
            browser, sandbox.Process, "maple", "google-home", _ => true, challenged ? $"&code_challenge={challenge}&code_challenge_method=S256" : "");

        var (status, _) = await Exchange(back.Query("code")!, verifier switch { "right" => secret, null => null, _ => new string('w', 50) });

        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task A_code_is_of_no_use_to_another_client_or_with_another_redirect_uri()
    {
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, sandbox.Process, "maple", "google-home", _ => true);

        var (foreign, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "second-platform", Grant(back.Query("code")!, LinkedHome.Clients["second-platform"].Redirect));
        var (moved, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", Grant(back.Query("code")!, "https://oauth-redirect-sandbox.googleusercontent.com/r/homebridge-sandbox"));
        var (own, _) = await Exchange(back.Query("code")!);

        Assert.Equal(HttpStatusCode.BadRequest, foreign);
        Assert.Equal(HttpStatusCode.BadRequest, moved);
        Assert.Equal(HttpStatusCode.OK, own);
    }

    [Fact]
    public async Task A_refresh_gives_another_access_token_and_leaves_the_earlier_one_alive()
    {
        var home = await sandbox.Link("maple");
        var first = home.AccessToken;

        await home.Refresh();

        Assert.NotEqual(first, home.AccessToken);
        Assert.True((await home.Sync()).TryGetProperty("devices", out _));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Bridge, "/fulfillment/google"));
        request.Headers.Authorization = new("Bearer", first);
        request.Content = new StringContent("""{"requestId":"1","inputs":[{"intent":"action.devices.SYNC"}]}""", Encoding.UTF8, "application/json");
        using var answer = await sandbox.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Links_of_one_account_live_side_by_side_and_share_one_agent_user()
    {
        var phone = await sandbox.Link("maple");
        var tablet = await sandbox.Link("maple", choose: name => name.Contains("light", StringComparison.OrdinalIgnoreCase));

        var (first, second) = (await phone.Sync(), await tablet.Sync());

        Assert.Equal(first.GetProperty("agentUserId").GetString(), second.GetProperty("agentUserId").GetString());
        Assert.Equal(8, first.GetProperty("devices").GetArrayLength());
        Assert.Equal(3, second.GetProperty("devices").GetArrayLength());
        Assert.Equal(await phone.Device("Kitchen light"), await tablet.Device("Kitchen light"));
    }

    [Fact]
    public async Task Json_at_the_token_endpoint_is_refused_with_a_sentence()
    {
        using var answer = await sandbox.Http.PostAsync(
            new Uri(sandbox.Bridge, "/oauth/token"), new StringContent("""{"grant_type":"refresh_token"}""", Encoding.UTF8, "application/json"));
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("invalid_request", error.GetProperty("error").GetString());
        Assert.Contains("form encoded", error.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_client_secret_is_invalid_client_and_burns_no_code()
    {
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, sandbox.Process, "maple", "google-home", _ => true);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Bridge, "/oauth/token"));
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("google-home:wrong"u8));
        request.Content = new FormUrlEncodedContent(Grant(back.Query("code")!, Redirect));

        using var refused = await sandbox.Http.SendAsync(request);
        var (status, _) = await Exchange(back.Query("code")!);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("Basic", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task Revoking_a_refresh_token_ends_its_link_and_no_other()
    {
        var (gone, stays) = (await sandbox.Link("maple"), await sandbox.Link("maple"));

        var (status, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", new() { ["token"] = gone.RefreshToken }, "/oauth/revoke");
        var (foreign, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "second-platform", new() { ["token"] = stays.RefreshToken }, "/oauth/revoke");
        var (unknown, _) = await LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", new() { ["token"] = "nothing" }, "/oauth/revoke");

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], [status, foreign, unknown]);
        using var refused = await gone.Post("""{"requestId":"1","inputs":[{"intent":"action.devices.SYNC"}]}""");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.True((await stays.Sync()).TryGetProperty("devices", out _));
    }

    [Fact]
    public async Task The_metadata_names_the_issuer_without_a_trailing_slash()
    {
        var text = await sandbox.Http.GetStringAsync(new Uri(sandbox.Bridge, "/.well-known/oauth-authorization-server"));
        var metadata = JsonDocument.Parse(text).RootElement;
        var issuer = sandbox.Bridge.GetLeftPart(UriPartial.Authority);

        Assert.Equal(issuer, metadata.GetProperty("issuer").GetString());
        Assert.Equal(issuer + "/oauth/token", metadata.GetProperty("token_endpoint").GetString());
        Assert.Equal(["S256"], metadata.GetProperty("code_challenge_methods_supported").EnumerateArray().Select(one => one.GetString()));
    }

    [Fact]
    public async Task A_foreign_host_header_changes_no_address()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Bridge, "/.well-known/oauth-authorization-server"));
        request.Headers.Host = "evil.example";
        using var answer = await sandbox.Http.SendAsync(request);

        Assert.DoesNotContain("evil.example", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_camera_that_the_maker_does_not_confirm_can_not_be_linked()
    {
        using var browser = new Browser();
        var page = await SignedIn(browser, "maple");
        await sandbox.Fault("owner-changed");
        try
        {
            var refused = await browser.Submit(page, "Agree and link", fields => fields.AddRange(
                page.Choices.Where(choice => !choice.Value.Ticked).Select(choice => new KeyValuePair<string, string>(choice.Value.Name, choice.Value.Value))));

            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        }
        finally
        {
            await sandbox.NoFaults();
        }
    }

    [Fact]
    public async Task Saying_no_works_though_the_maker_is_down()
    {
        using var browser = new Browser();
        var page = await SignedIn(browser, "maple");
        await sandbox.Fault("cloud-error");
        try
        {
            Assert.Equal("access_denied", (await browser.Submit(page, "Cancel")).Query("error"));
        }
        finally
        {
            await sandbox.NoFaults();
        }
    }

    [Fact]
    public async Task A_freeze_that_comes_while_somebody_chooses_devices_still_counts()
    {
        using var browser = new Browser();
        var page = await SignedIn(browser, "maple");
        var freeze = await sandbox.Suspend(new { scope = new { platform = "google" }, effects = new[] { "freeze_linking" } });
        try
        {
            var back = await browser.Submit(page, "Agree and link");
            Assert.Equal("temporarily_unavailable", back.Query("error"));
            Assert.Null(back.Query("code"));
        }
        finally
        {
            await sandbox.Lift(freeze);
        }
    }

    private Uri Authorize(string more = "") =>
        new(sandbox.Bridge, $"/oauth/authorize?response_type=code&client_id=google-home&redirect_uri={Redirect}{more}");

    private async Task<Page> SignedIn(Browser browser, string account)
    {
        var page = await browser.Submit(await browser.Get(Authorize()), "Continue");
        return await browser.Submit(page, "Sign in", fields => Fill(fields, account, "sandbox"));
    }

    private static void Fill(List<KeyValuePair<string, string>> fields, string account, string password)
    {
        fields.RemoveAll(field => field.Key is "username" or "password");
        fields.Add(new("username", account));
        fields.Add(new("password", password));
    }

    private Task<(HttpStatusCode Status, JsonElement Body)> Exchange(string code, string? verifier = null)
    {
        var grant = Grant(code, Redirect);
        if (verifier is not null)
        {
            grant["code_verifier"] = verifier;
        }

        return LinkedHome.Token(sandbox.Process, sandbox.Http, "google-home", grant);
    }

    private static Dictionary<string, string> Grant(string code, string redirectUri) =>
        new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri };
}
