using System.Net;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.LinkDoctor;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Http;

namespace HomeBridge.Tests.AccountLinking.SignIn;

/// <summary>What a provider may do wrong, and what the link doctor says of it.</summary>
internal static class Misbehaviours
{
    internal static readonly ECDsa Stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal static readonly Dictionary<string, (Action<HostileProvider> Misbehave, string Why)> Cases = new(StringComparer.Ordinal)
    {
        ["aud: another client"] = (provider => provider.ChangeClaims = claims => claims["aud"] = "another", "id_token: audience"),
        ["aud: nobody"] = (provider => provider.ChangeClaims = claims => claims.Remove("aud"), "id_token: audience"),
        ["aud: several without azp"] = (provider => provider.ChangeClaims = claims => claims["aud"] = new[] { HostileProvider.ClientId, "another" }, "id_token: authorized party"),
        ["azp: another client"] = (provider => provider.ChangeClaims = claims => claims["azp"] = "another", "id_token: authorized party"),
        ["azp: not a text"] = (provider => provider.ChangeClaims = claims => claims["azp"] = 7, "id_token: "),
        ["exp: over"] = (provider => provider.ChangeClaims = claims => claims["exp"] = Seconds(claims["iat"]) - 61, "id_token: expired"),
        ["exp: missing"] = (provider => provider.ChangeClaims = claims => claims.Remove("exp"), "id_token: times missing"),
        ["exp: a text"] = (provider => provider.ChangeClaims = claims => claims["exp"] = "tomorrow", "id_token: "),
        ["iat: missing"] = (provider => provider.ChangeClaims = claims => claims.Remove("iat"), "id_token: times missing"),
        ["iat: long ago"] = (provider => provider.ChangeClaims = claims => claims["iat"] = Seconds(claims["iat"]) - 601, "id_token: expired"),
        ["iat: to come"] = (provider => provider.ChangeClaims = claims => claims["iat"] = Seconds(claims["iat"]) + 120, "id_token: not yet valid"),
        ["nbf: to come"] = (provider => provider.ChangeClaims = claims => claims["nbf"] = Seconds(claims["iat"]) + 120, "id_token: not yet valid"),
        ["nonce: another sign-in's"] = (provider => provider.ChangeClaims = claims => claims["nonce"] = "0123456789", "id_token: nonce"),
        ["nonce: missing"] = (provider => provider.ChangeClaims = claims => claims.Remove("nonce"), "id_token: nonce"),
        ["iss: another provider"] = (provider => provider.ChangeClaims = claims => claims["iss"] = "https://login.example", "id_token: issuer"),
        ["iss: with a slash more"] = (provider => provider.ChangeClaims = claims => claims["iss"] = claims["iss"] + "/", "id_token: issuer"),
        ["sub: missing"] = (provider => provider.ChangeClaims = claims => claims.Remove("sub"), "id_token: account missing or too long"),
        ["sub: a number"] = (provider => provider.ChangeClaims = claims => claims["sub"] = 1, "id_token: account missing or too long"),
        ["sub: too long"] = (provider => provider.ChangeClaims = claims => claims["sub"] = new string('x', 129), "id_token: account missing or too long"),
        ["at_hash: another access token's"] = (provider => provider.ChangeTokens = tokens => tokens["access_token"] = "of somebody else", "id_token: access token of another answer"),
        ["alg: none"] = (provider => Unsigned(provider, "none", _ => []), "id_token: "),
        ["alg: HS256 with our secret"] = (provider => Unsigned(provider, "HS256", text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(HostileProvider.ClientSecret), text)), "id_token: "),
        ["alg: HS256 with the public key"] = (provider => Unsigned(provider, "HS256", text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(provider.Key.ExportSubjectPublicKeyInfoPem()), text)), "id_token: "),
        ["alg: not announced"] = (provider => Unsigned(provider, "ES384", text => provider.Key.SignData(text, HashAlgorithmName.SHA384)), "id_token: "),
        ["signature: of a stranger under a known kid"] = (provider => provider.Sign = text => Stranger.SignData(text, HashAlgorithmName.SHA256), "id_token: signature or algorithm"),
        ["signature: of a stranger under an unknown kid"] = (provider => (provider.ChangeHeader, provider.Sign) = (header => header["kid"] = "x", text => Stranger.SignData(text, HashAlgorithmName.SHA256)), "id_token: signature or algorithm"),
        ["signature: by a key in the header"] = (provider => (provider.ChangeHeader, provider.Sign) = (EmbedKey, text => Stranger.SignData(text, HashAlgorithmName.SHA256)), "id_token: signature or algorithm"),
        ["signature: cut off"] = (provider => provider.Sign = _ => [], "id_token: "),
        ["typ: an access token"] = (provider => provider.ChangeHeader = header => header["typ"] = "at+jwt", "id_token: another kind of token"),
        ["crit: something to understand"] = (provider => provider.ChangeHeader = header => header["crit"] = new[] { "exp" }, "id_token: another kind of token"),
        ["no id_token"] = (provider => provider.ChangeTokens = tokens => tokens.Remove("id_token"), "token endpoint: no id_token or no access_token"),
        ["id_token: garbage"] = (provider => provider.ChangeTokens = tokens => tokens["id_token"] = "a.b.c", "id_token: unreadable"),
        ["id_token: encrypted"] = (provider => provider.ChangeTokens = tokens => tokens["id_token"] = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c", "id_token: "),
        ["id_token: a list"] = (provider => provider.ChangeTokens = tokens => tokens["id_token"] = new[] { "a" }, "token endpoint: no id_token or no access_token"),
        ["token_type: mac"] = (provider => provider.ChangeTokens = tokens => tokens["token_type"] = "mac", "token endpoint: token_type is not Bearer"),
        ["token endpoint: a page"] = (provider => provider.TokenInstead = _ => Results.Text("<html>", "text/html"), "token endpoint: NotJsonException"),
        ["token endpoint: a list"] = (provider => provider.TokenInstead = _ => Results.Json(new[] { 1 }), "token endpoint: JsonShapeException"),
        ["token endpoint: 10 MB"] = (provider => provider.TokenInstead = _ => Results.Text($"{{\"id_token\":\"{new string('x', 10_000_000)}\"}}"), "token endpoint: answer too long"),
        ["token endpoint: elsewhere"] = (provider => provider.TokenInstead = _ => Results.Redirect(provider.Url + "/idp/token", preserveMethod: true), "token endpoint: status 307"),
        ["token endpoint: down"] = (provider => provider.TokenInstead = _ => Results.StatusCode(500), "token endpoint: status 500"),
        ["token endpoint: refuses"] = (provider => provider.TokenInstead = _ => Results.Json(new { error = "invalid_grant", error_description = "<script>" }, statusCode: 400), "token endpoint: invalid_grant"),
        ["answer: of another provider"] = (provider => provider.ChangeAnswer = answer => answer["iss"] = "https://login.example", "other_provider"),
        ["answer: of nobody, though iss was announced"] = (provider => provider.ChangeAnswer = answer => answer.Remove("iss"), "other_provider"),
        ["answer: two codes"] = (provider => provider.AppendToAnswer = "&code=another", "sign_in_failed"),
        ["answer: two states"] = (provider => provider.AppendToAnswer = "&state=another", "sign_in_failed"),
        ["answer: a made-up state"] = (provider => provider.ChangeAnswer = answer => answer["state"] = "made-up", "over_or_other_browser"),
        ["answer: no state"] = (provider => provider.ChangeAnswer = answer => answer.Remove("state"), "over_or_other_browser"),
        ["answer: no code"] = (provider => provider.ChangeAnswer = answer => answer.Remove("code"), "sign_in_failed"),
        ["answer: refused by the resident"] = (provider => provider.ChangeAnswer = answer => { answer.Remove("code"); answer["error"] = "access_denied"; }, "denied_at_maker"),
        ["answer: an error that is markup"] = (provider => provider.ChangeAnswer = answer => { answer.Remove("code"); answer["error"] = "<img>"; answer["error_description"] = "<script>"; }, "sign_in_failed"),
    };

    private static long Seconds(object? moment) => (long)moment!;

    private static void Unsigned(HostileProvider provider, string algorithm, Func<byte[], byte[]> sign) =>
        (provider.ChangeHeader, provider.Sign) = (header => header["alg"] = algorithm, sign);

    private static void EmbedKey(Dictionary<string, object?> header)
    {
        var point = Stranger.ExportParameters(includePrivateParameters: false).Q;
        header.Remove("kid");
        header["jwk"] = new { kty = "EC", crv = "P-256", x = System.Buffers.Text.Base64Url.EncodeToString(point.X), y = System.Buffers.Text.Base64Url.EncodeToString(point.Y) };
    }
}

/// <summary>Each misbehaviour once, each in a browser of its own. The doctor writes once a second, so it is asked at the end.</summary>
public sealed class HostileRuns : IAsyncLifetime
{
    public SignInBridge World { get; } = new();

    internal Dictionary<string, (Page Page, string? Session, bool SignedInAfter, StepRow Step)> Results { get; } = new(StringComparer.Ordinal);

    public async Task InitializeAsync()
    {
        await World.InitializeAsync();
        var runs = new List<(string Name, Page Page, string? Session, bool SignedInAfter)>();
        foreach (var (name, (misbehave, _)) in Misbehaviours.Cases)
        {
            World.Provider.Reset();
            misbehave(World.Provider);
            using var browser = new Browser();
            var page = await browser.Get(World.SignInUrl);
            var session = SignInBridge.SessionOf(browser, World.Url);
            World.Provider.Reset();
            runs.Add((name, page, session, await World.IsSignedIn(browser)));
        }

        var noted = await HostileProviderTests.Noted(World, [.. runs.Select(run => run.Page)]);
        foreach (var (index, run) in runs.Index())
        {
            Results[run.Name] = (run.Page, run.Session, run.SignedInAfter, noted[index]);
        }
    }

    public Task DisposeAsync() => World.DisposeAsync();
}

/// <summary>Signing in, at a provider that lies, breaks off, mixes up or is somebody else. Each case fails for its own reason.</summary>
public sealed class HostileProviderTests(HostileRuns runs) : IClassFixture<HostileRuns>
{
    private readonly SignInBridge world = runs.World;

    public static TheoryData<string> Names => [.. Misbehaviours.Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nobody_is_signed_in_by(string misbehaviour)
    {
        var why = Misbehaviours.Cases[misbehaviour].Why;
        var (page, session, signedInAfter, step) = runs.Results[misbehaviour];

        Assert.True(page.Status == HttpStatusCode.BadRequest, page.Status.ToString());
        Assert.Equal("/oauth/signed-in", page.Url.AbsolutePath);
        Assert.Null(session);
        Assert.False(signedInAfter);
        Assert.Contains("no-store", page.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", page.Text, StringComparison.Ordinal);
        Assert.StartsWith(why, why.Contains(' ', StringComparison.Ordinal) ? step.Detail ?? step.Outcome : step.Outcome, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_behaves_signs_in_and_says_who_it_was()
    {
        world.Provider.Reset();
        world.Provider.ChangeClaims = claims => (claims["aud"], claims["azp"], claims["name"]) = (new[] { HostileProvider.ClientId, "another" }, HostileProvider.ClientId, "Ma\u202eple\r\nhome <b>");
        using var browser = new Browser();

        var page = await browser.Get(world.SignInUrl);

        Assert.Equal(SignInBridge.Next, page.Url.AbsolutePath);
        Assert.True(await world.IsSignedIn(browser));
        var resident = world.Service<ResidentSessions>().Find(SignInBridge.SessionOf(browser, world.Url));
        Assert.Equal(("acme", "maple", "Maplehome <b>", "Europe/Berlin", "maple@home.example", "de-DE"),
            (resident!.Vendor, resident.Account, resident.Name, resident.TimeZone, resident.Email, resident.Locale));
        Assert.NotEqual(SignInBridge.SessionOf(browser, world.Url), resident.SessionId);

        // The client's secret never goes by way of the browser or a URL, and in the way that the provider announces.
        Assert.All(world.Provider.TokenAuthentications, sent => Assert.StartsWith("Basic ", sent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Claims_that_are_not_usable_are_left_out()
    {
        world.Provider.Reset();
        world.Provider.ChangeClaims = claims =>
            (claims["email_verified"], claims["zoneinfo"], claims["locale"], claims["name"]) = (false, "Moon/Tycho", "<script>", "\u200b \r\n");
        using var browser = new Browser();

        await browser.Get(world.SignInUrl);

        var resident = world.Service<ResidentSessions>().Find(SignInBridge.SessionOf(browser, world.Url));
        Assert.Equal(("maple", null, null, null), (resident!.Name, resident.TimeZone, resident.Email, resident.Locale));
    }

    [Fact]
    public async Task Keys_that_rotate_are_fetched_and_made_up_ones_flood_nobody()
    {
        world.Provider.Reset();
        using var browser = new Browser();
        Assert.Equal(SignInBridge.Next, (await browser.Get(world.SignInUrl)).Url.AbsolutePath);
        world.Clock.Advance(TimeSpan.FromSeconds(6));
        world.Provider.Rotate();

        using var another = new Browser();
        Assert.Equal(SignInBridge.Next, (await another.Get(world.SignInUrl)).Url.AbsolutePath);

        world.Provider.ChangeHeader = header => header["kid"] = "made-up";
        world.Provider.Sign = text => Misbehaviours.Stranger.SignData(text, HashAlgorithmName.SHA256);
        var before = world.Provider.AskedFor("jwks");
        for (var time = 0; time < 10; time++)
        {
            using var stranger = new Browser();
            Assert.Equal(HttpStatusCode.BadRequest, (await stranger.Get(world.SignInUrl)).Status);
        }

        Assert.InRange(world.Provider.AskedFor("jwks") - before, 0, 1);
    }

    [Fact]
    public async Task An_answer_that_another_browser_began_signs_nobody_in()
    {
        world.Provider.Reset();
        using var attacker = new Browser();
        using var victim = new Browser();
        world.Provider.ChangeAnswer = answer => answer["code"] = "kept back";
        var callback = (await attacker.Get(world.SignInUrl)).Url;

        var page = await victim.Get(callback);

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Equal("over_or_other_browser", (await Noted(world, [page]))[0].Outcome);
        Assert.Null(SignInBridge.SessionOf(victim, world.Url));
    }

    [Fact]
    public async Task An_answer_works_once()
    {
        world.Provider.Reset();
        using var browser = new Browser();
        Uri? callback = null;
        world.Provider.ChangeAnswer = answer => callback = new Uri(world.Url, Microsoft.AspNetCore.WebUtilities.QueryHelpers.AddQueryString("/oauth/signed-in", answer));
        await browser.Get(world.SignInUrl);
        var session = SignInBridge.SessionOf(browser, world.Url);

        var again = await browser.Get(callback!);

        Assert.Equal(HttpStatusCode.BadRequest, again.Status);
        Assert.Equal(session, SignInBridge.SessionOf(browser, world.Url));
        Assert.True(await world.IsSignedIn(browser));
    }

    [Fact]
    public async Task A_session_that_was_planted_is_not_the_one_that_is_signed_in()
    {
        world.Provider.Reset();
        using var attacker = new Browser();
        await attacker.Get(world.SignInUrl);
        var planted = SignInBridge.SessionOf(attacker, world.Url)!;
        using var victim = new Browser();
        victim.Cookies.Add(world.Url, new Cookie("homebridge.resident", planted));
        world.Provider.Account = "harbor";

        // Whoever finds somebody else signed in says so and signs in anew.
        var page = await victim.Get(new Uri(world.Url, "/account/signed-out"));
        Assert.Equal(HttpStatusCode.OK, page.Status);
        world.Service<ResidentSessions>().EndThis(planted);
        await victim.Get(world.SignInUrl);

        var fresh = SignInBridge.SessionOf(victim, world.Url)!;
        Assert.NotEqual(planted, fresh);
        Assert.Equal("harbor", world.Service<ResidentSessions>().Find(fresh)!.Account);
        Assert.Null(world.Service<ResidentSessions>().Find(planted));
        Assert.False(await world.IsSignedIn(attacker));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/account/../..//evil.example")]
    [InlineData("/accounts")]
    [InlineData("/oauth/authorize?client_id=x")]
    [InlineData("/account\r\nLocation: https://evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/account/\tx")]
    [InlineData("")]
    public async Task A_way_back_that_is_not_ours_leads_to_the_residents_own_pages(string next)
    {
        world.Provider.Reset();
        using var browser = new Browser();

        var page = await browser.Get(new Uri(world.Url, $"/account/sign-in?next={Uri.EscapeDataString(next)}"));
        Assert.Equal((world.Url.Authority, "/account"), (page.Url.Authority, page.Url.AbsolutePath));

        // Signed in already: the same.
        page = await browser.Get(new Uri(world.Url, $"/account/sign-in?next={Uri.EscapeDataString(next)}"));
        Assert.Equal((world.Url.Authority, "/account"), (page.Url.Authority, page.Url.AbsolutePath));
    }

    internal static async Task<StepRow[]> Noted(SignInBridge world, IReadOnlyList<Page> pages)
    {
        var store = world.Service<StepStore>();
        var found = new List<StepRow>();
        var since = TimeProvider.System.GetTimestamp();
        foreach (var page in pages)
        {
            var reference = page.Document?.QuerySelector("code")?.TextContent ?? "";
            while (found.Count < pages.Count)
            {
                if (store.Of(reference) is [.., { } last])
                {
                    found.Add(last);
                    break;
                }

                if (TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(20))
                {
                    found.Add(new StepRow(0, "", "", null, 0, "", $"nothing noted; {page.Status} {page.Url}", null));
                    break;
                }

                await Task.Delay(20);
            }
        }

        return [.. found];
    }
}

/// <summary>A provider whose discovery document can't be used: nobody is sent there.</summary>
public sealed class HostileDiscoveryTests
{
    private static readonly Dictionary<string, Action<HostileProvider>> Cases = new(StringComparer.Ordinal)
    {
        ["another issuer"] = provider => provider.ChangeMetadata = metadata => metadata["issuer"] = "https://login.example",
        ["no issuer"] = provider => provider.ChangeMetadata = metadata => metadata.Remove("issuer"),
        ["no token endpoint"] = provider => provider.ChangeMetadata = metadata => metadata.Remove("token_endpoint"),
        ["no http address"] = provider => provider.ChangeMetadata = metadata => metadata["authorization_endpoint"] = "javascript:alert(1)",
        ["no keys"] = provider => provider.ChangeMetadata = metadata => metadata["jwks_uri"] = provider.Url + "/idp/nothing",
        ["not JSON"] = provider => provider.MetadataInstead = () => Results.Text("<html>"),
        ["far too long"] = provider => provider.MetadataInstead = () => Results.Text($"{{\"issuer\":\"{new string('x', 2_000_000)}\"}}"),
        ["down"] = provider => provider.MetadataInstead = () => Results.StatusCode(503),
    };

    [Fact]
    public async Task Nobody_is_sent_to_a_provider_that_can_not_be_trusted_and_it_is_not_flooded()
    {
        var world = new SignInBridge();
        await world.InitializeAsync();
        try
        {
            foreach (var (name, misbehave) in Cases)
            {
                world.Provider.Reset();
                misbehave(world.Provider);
                world.Clock.Advance(TimeSpan.FromSeconds(6));
                var before = world.Provider.AskedFor("discovery");
                var pages = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
                {
                    using var browser = new Browser();
                    return await browser.Get(world.SignInUrl);
                }));

                Assert.All(pages, page => Assert.True(page.Status == HttpStatusCode.ServiceUnavailable && page.Url.AbsolutePath == "/account/sign-in", $"{name}: {page.Status}"));
                Assert.True(world.Provider.AskedFor("discovery") - before == 1, name);
            }

            Assert.Equal(0, world.Provider.AskedFor("authorize"));
            world.Provider.Reset();
            world.Clock.Advance(TimeSpan.FromSeconds(6));
            using var later = new Browser();
            Assert.Equal(SignInBridge.Next, (await later.Get(world.SignInUrl)).Url.AbsolutePath);

            // What was known goes on being known while the provider is away.
            world.Provider.MetadataInstead = () => Results.StatusCode(503);
            world.Clock.Advance(TimeSpan.FromHours(2));
            using var meanwhile = new Browser();
            Assert.Equal(SignInBridge.Next, (await meanwhile.Get(world.SignInUrl)).Url.AbsolutePath);
            world.Clock.Advance(TimeSpan.FromHours(25));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await meanwhile.Get(world.SignInUrl)).Status);
        }
        finally
        {
            await world.DisposeAsync();
        }
    }
}
