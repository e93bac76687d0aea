using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace HomeBridge.Tests.Sandbox;

public sealed class IdentityProviderTests
{
    private const string Verifier = "0123456789012345678901234567890123456789012";

    [Theory]
    [InlineData("maple", "Maple home", false)]
    [InlineData("harbor", "Harbor home", true)]
    public async Task A_resident_signs_in_and_the_bridge_learns_who(string account, string title, bool basic)
    {
        await using var cloud = await RunningCloud.StartAsync();

        var code = await CodeAsync(cloud, account);
        var answer = await RedeemAsync(cloud, code, basic: basic);
        var token = (string)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["id_token"]!;

        var jwks = await cloud.Anyone.GetStringAsync("/idp/jwks");
        var checkedToken = await new JsonWebTokenHandler().ValidateTokenAsync(token, new()
        {
            ValidIssuer = $"{cloud.Origin.GetLeftPart(UriPartial.Authority)}/idp",
            ValidAudience = RunningCloud.ClientId,
            IssuerSigningKeys = new JsonWebKeySet(jwks).GetSigningKeys(),
        });
        Assert.True(checkedToken.IsValid, checkedToken.Exception?.Message);
        Assert.Equal(account, checkedToken.Claims["sub"]);
        Assert.Equal(title, checkedToken.Claims["name"]);
        Assert.Equal("n-1", checkedToken.Claims["nonce"]);
        Assert.Equal("ES256", ((JsonWebToken)checkedToken.SecurityToken).Alg);
    }

    [Fact]
    public async Task Discovery_names_what_there_is()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var metadata = await cloud.Anyone.GetFromJsonAsync<JsonObject>(
            "/idp/.well-known/openid-configuration");

        var issuer = $"{cloud.Origin.GetLeftPart(UriPartial.Authority)}/idp";
        Assert.Equal(issuer, (string?)metadata!["issuer"]);
        Assert.Equal(issuer + "/authorize", (string?)metadata["authorization_endpoint"]);
        Assert.Equal(issuer + "/token", (string?)metadata["token_endpoint"]);
        Assert.Equal(issuer + "/jwks", (string?)metadata["jwks_uri"]);
        Assert.Equal("S256", (string?)metadata["code_challenge_methods_supported"]![0]);
    }

    [Fact]
    public async Task The_page_is_a_plain_form_that_nobody_can_frame_or_keep()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var page = await cloud.Anyone.GetAsync(AuthorizeUrl());
        var document = new HtmlParser().ParseDocument(await page.Content.ReadAsStringAsync());
        var form = document.Forms[0];
        var css = await cloud.Anyone.GetAsync("/idp/acme.css");

        Assert.NotNull(form.QuerySelector("input[name=username]"));
        Assert.NotNull(form.QuerySelector("input[name=password][type=password]"));
        Assert.Equal("Sign in", form.QuerySelector("button")!.TextContent);
        Assert.Empty(document.Scripts);
        Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("no-referrer", page.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("text/css", css.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_wrong_password_shows_the_page_again_and_only_failures_count()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var wrong = await SignInAsync(cloud, "maple", "guess");
        var page = await wrong.Content.ReadAsStringAsync();
        for (var time = 0; time < 30; time++)
            Assert.Equal(HttpStatusCode.SeeOther, (await SignInAsync(cloud, "maple", "sandbox")).StatusCode);
        for (var time = 0; time < 20; time++)
            await SignInAsync(cloud, "maple", "guess");
        var tooMany = await SignInAsync(cloud, "maple", "sandbox");
        cloud.Time.Advance(TimeSpan.FromMinutes(6));
        var later = await SignInAsync(cloud, "maple", "sandbox");

        Assert.Equal(HttpStatusCode.OK, wrong.StatusCode);
        Assert.Contains("belong together", page, StringComparison.Ordinal);
        Assert.Contains("name=\"password\"", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.TooManyRequests, tooMany.StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, later.StatusCode);
    }

    [Fact]
    public async Task Names_that_do_not_exist_are_answered_and_counted_as_those_that_do()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var known = await (await SignInAsync(cloud, "maple", "guess")).Content.ReadAsStringAsync();
        var unknown = await (await SignInAsync(cloud, "mapel", "guess")).Content.ReadAsStringAsync();
        var right = await (await SignInAsync(cloud, "mapel", "sandbox")).Content.ReadAsStringAsync();
        for (var time = 0; time < 20; time++)
            await SignInAsync(cloud, "nobody", "guess");

        Assert.Equal(Shown(known, "maple"), Shown(unknown, "mapel"));
        Assert.Equal(Shown(known, "maple"), Shown(right, "mapel"));
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SignInAsync(cloud, "nobody", "guess")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(cloud, "somebody", "guess")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SignInAsync(cloud, "harbor", "guess")).StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, (await SignInAsync(cloud, "harbor", "sandbox")).StatusCode);

        static string Shown(string page, string name) =>
            new HtmlParser().ParseDocument(page.Replace($"\"{name}\"", "\"\"", StringComparison.Ordinal)).QuerySelector("main")!.TextContent;
    }

    [Fact]
    public async Task A_refresh_token_renews_until_the_maker_takes_it_back()
    {
        await using var cloud = await RunningCloud.StartAsync();
        const string scope = "openid profile email offline_access";
        var request = new HtmlParser().ParseDocument(await cloud.Anyone.GetStringAsync(AuthorizeUrl(("scope", scope)))).Forms[0]
            .QuerySelectorAll("input[name=request]").OfType<IHtmlInputElement>().Single().Value;
        var back = await PostSignInAsync(cloud, request, "maple", "sandbox");
        var first = await Answer(RedeemAsync(cloud, QueryHelpers.ParseQuery(back.Headers.Location!.Query)["code"]!));
        var idToken = new JsonWebToken((string)first["id_token"]!);
        Assert.Equal(
            ("maple@sandbox.example", "America/New_York", "en-US"),
            (idToken.GetClaim("email").Value, idToken.GetClaim("zoneinfo").Value, idToken.GetClaim("locale").Value));

        var renewed = await Answer(RenewAsync(cloud, (string)first["refresh_token"]!));
        Assert.Equal("maple", new JsonWebToken((string)renewed["id_token"]!).Subject);
        Assert.False(new JsonWebToken((string)renewed["id_token"]!).TryGetClaim("nonce", out _));
        Assert.Equal(HttpStatusCode.NoContent, (await cloud.Anyone.PostAsync("/sandbox/homes/maple/revoke-tokens", null)).StatusCode);
        Assert.Equal("invalid_grant", await ErrorOf(RenewAsync(cloud, (string)first["refresh_token"]!)));
        Assert.Equal("invalid_grant", await ErrorOf(RenewAsync(cloud, (string)renewed["refresh_token"]!)));
        Assert.Equal("invalid_grant", await ErrorOf(RenewAsync(cloud, (string)renewed["refresh_token"]! + "x")));

        // Asked for less: less is said.
        var plain = await Answer(RedeemAsync(cloud, await CodeAsync(cloud)));
        Assert.False(plain.ContainsKey("refresh_token"));
        Assert.False(new JsonWebToken((string)plain["id_token"]!).TryGetClaim("email", out _));

        static async Task<JsonObject> Answer(Task<HttpResponseMessage> answer) => (await (await answer).Content.ReadFromJsonAsync<JsonObject>())!;
    }

    [Theory]
    [InlineData("client_id", "somebody")]
    [InlineData("redirect_uri", "http://127.0.0.1:1/signin/more")]
    public async Task An_unknown_client_or_address_is_never_redirected_to(string parameter, string value)
    {
        await using var cloud = await RunningCloud.StartAsync();

        var answer = await cloud.Anyone.GetAsync(AuthorizeUrl((parameter, value)));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
    }

    [Theory]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("scope", "profile", "invalid_scope")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("state", null, "invalid_request")]
    [InlineData("prompt", "none", "login_required")]
    public async Task A_request_that_is_not_good_goes_back_with_an_error(
        string parameter, string? value, string error)
    {
        await using var cloud = await RunningCloud.StartAsync();

        var answer = await cloud.Anyone.GetAsync(AuthorizeUrl((parameter, value)));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var location = answer.Headers.Location!;
        Assert.StartsWith(RunningCloud.RedirectUri, location.ToString(), StringComparison.Ordinal);
        Assert.Equal(error, QueryHelpers.ParseQuery(location.Query)["error"]);
    }

    [Fact]
    public async Task A_form_that_is_not_ours_or_was_changed_is_refused()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var sealedRequest = await SealedRequestAsync(cloud);
        var changed = (sealedRequest[0] == 'A' ? 'B' : 'A') + sealedRequest[1..];

        foreach (var request in new[] { "", "x.y", changed })
        {
            var answer = await PostSignInAsync(cloud, request, "maple", "sandbox");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        cloud.Time.Advance(TimeSpan.FromMinutes(16));
        var late = await PostSignInAsync(cloud, sealedRequest, "maple", "sandbox");
        Assert.Equal(HttpStatusCode.BadRequest, late.StatusCode);
    }

    [Fact]
    public async Task A_code_works_once_for_a_minute_with_its_own_verifier_and_address()
    {
        await using var cloud = await RunningCloud.StartAsync();

        var used = await CodeAsync(cloud);
        Assert.Equal(HttpStatusCode.OK, (await RedeemAsync(cloud, used)).StatusCode);
        Assert.Equal("invalid_grant", await ErrorOf(RedeemAsync(cloud, used)));
        Assert.Equal("invalid_grant", await ErrorOf(
            RedeemAsync(cloud, await CodeAsync(cloud), ("code_verifier", new string('x', 43)))));
        Assert.Equal("invalid_grant", await ErrorOf(
            RedeemAsync(cloud, await CodeAsync(cloud), ("redirect_uri", "http://127.0.0.1:1/other"))));
        var late = await CodeAsync(cloud);
        cloud.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("invalid_grant", await ErrorOf(RedeemAsync(cloud, late)));
    }

    [Fact]
    public async Task A_client_that_does_not_prove_itself_gets_nothing_and_burns_no_code()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var code = await CodeAsync(cloud);

        var wrong = await RedeemAsync(cloud, code, ("client_secret", "wrong"));
        var grantType = await ErrorOf(RedeemAsync(cloud, code, ("grant_type", "password")));
        var right = await RedeemAsync(cloud, code);

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal("Basic", wrong.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal("unsupported_grant_type", grantType);
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
    }

    private static string AuthorizeUrl(params (string Name, string? Value)[] changes)
    {
        var parameters = new Dictionary<string, string?>
        {
            ["client_id"] = RunningCloud.ClientId,
            ["redirect_uri"] = RunningCloud.RedirectUri,
            ["response_type"] = "code",
            ["scope"] = "openid profile",
            ["state"] = "s-1",
            ["nonce"] = "n-1",
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in changes)
            parameters[name] = value;
        return QueryHelpers.AddQueryString("/idp/authorize", parameters);
    }

    private static async Task<string> SealedRequestAsync(RunningCloud cloud)
    {
        var page = new HtmlParser().ParseDocument(await cloud.Anyone.GetStringAsync(AuthorizeUrl()));
        return ((IHtmlInputElement)page.Forms[0].QuerySelector("input[name=request]")!).Value;
    }

    private static async Task<HttpResponseMessage> SignInAsync(
        RunningCloud cloud, string username, string password) =>
        await PostSignInAsync(cloud, await SealedRequestAsync(cloud), username, password);

    private static Task<HttpResponseMessage> PostSignInAsync(
        RunningCloud cloud, string request, string username, string password) =>
        cloud.Anyone.PostAsync("/idp/authorize", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["request"] = request,
            ["username"] = username,
            ["password"] = password,
        }));

    private static async Task<string> CodeAsync(RunningCloud cloud, string account = "maple")
    {
        var answer = await SignInAsync(cloud, account, "sandbox");
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var query = QueryHelpers.ParseQuery(answer.Headers.Location!.Query);
        Assert.Equal("s-1", query["state"]);
        Assert.Equal($"{cloud.Origin.GetLeftPart(UriPartial.Authority)}/idp", query["iss"]);
        return query["code"].ToString();
    }

    private static async Task<HttpResponseMessage> RedeemAsync(
        RunningCloud cloud, string code, (string Name, string Value)? change = null, bool basic = false)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = RunningCloud.RedirectUri,
            ["code_verifier"] = Verifier,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/idp/token");
        if (basic)
        {
            var pair = $"{RunningCloud.ClientId}:{Uri.EscapeDataString(RunningCloud.ClientSecret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(pair)));
        }
        else
        {
            form["client_id"] = RunningCloud.ClientId;
            form["client_secret"] = RunningCloud.ClientSecret;
        }

        if (change is { } changed)
            form[changed.Name] = changed.Value;
        request.Content = new FormUrlEncodedContent(form);
        return await cloud.Anyone.SendAsync(request);
    }

    private static Task<HttpResponseMessage> RenewAsync(RunningCloud cloud, string refreshToken) =>
        cloud.Anyone.PostAsync("/idp/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = refreshToken,
            ["client_id"] = RunningCloud.ClientId,
            ["client_secret"] = RunningCloud.ClientSecret,
        }));

    private static async Task<string?> ErrorOf(Task<HttpResponseMessage> answer) =>
        (string?)(await (await answer).Content.ReadFromJsonAsync<JsonObject>())!["error"];
}
