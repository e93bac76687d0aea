using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using HomeBridge.OpsConsole;
using HomeBridge.Tests.World;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.OpsConsole;

/// <summary>A sandbox of its own, with a break-glass credential: failures are counted by address, and all tests have the same.</summary>
public sealed class OperatorsFixture : IAsyncLifetime
{
    public const string Name = "night-1";

    public string Secret { get; } = BreakGlassSecret.New();

    public SandboxProcess Sandbox { get; private set; } = null!;

    public X509Certificate2 Certificate { get; private set; } = null!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    public string BreakGlassFile => Path.Combine(Sandbox.DataFolder, "break-glass");

    public async Task InitializeAsync()
    {
        var data = Directory.CreateTempSubdirectory("homebridge-operators-").FullName;
        var file = Path.Combine(data, "break-glass");
        await File.WriteAllTextAsync(file, $"{Name} Operator,Auditor {BreakGlassSecret.Hash(Secret)}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Sandbox = await SandboxProcess.Start(data);
        Certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(data, "directory.pem"));
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        Certificate.Dispose();
        await Sandbox.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(Sandbox.DataFolder, recursive: true);
    }

    public async Task<(int Status, JsonElement Body, HttpResponseHeaders Headers)> Call(HttpMethod method, string path, string? authorization, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Sandbox.Ops, path));
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 || text[0] == '<' ? default : JsonDocument.Parse(text).RootElement, answer.Headers);
    }

    public async Task<IReadOnlyList<(string Actor, string Action, string Subject, string Detail)>> Audit()
    {
        var (_, body, _) = await Call(HttpMethod.Get, "/ops/v1/audit?limit=1000", "Bearer sandbox-operator");
        return [.. body.GetProperty("rows").EnumerateArray().Select(row => (
            row.GetProperty("actor").GetString()!, row.GetProperty("action").GetString()!, row.GetProperty("subject").GetString()!, row.GetProperty("detail").GetString()!))];
    }

    /// <summary>Goes through the directory's device page as a person with a browser does.</summary>
    public async Task EnterCode(string message, string account)
    {
        using var browser = new Browser(Certificate);
        var page = await browser.Get(new Uri(message.Split(' ').Single(word => word.StartsWith("https://", StringComparison.Ordinal))));
        var done = await browser.Submit(page, "Sign in", fields =>
        {
            Set(fields, "user_code", message.Split(' ')[^1].TrimEnd('.'));
            Set(fields, "username", account);
            Set(fields, "password", "sandbox");
        });
        Assert.Contains("Signed in", done.Text, StringComparison.Ordinal);
    }

    public static void Set(List<KeyValuePair<string, string>> fields, string name, string value)
    {
        fields.RemoveAll(field => field.Key == name);
        fields.Add(new(name, value));
    }
}

/// <summary>Who gets in at the private listener, how, and what is remembered of it: for real, in a process of its own.</summary>
public sealed class OperatorSignInTests(OperatorsFixture world, ITestOutputHelper output) : IClassFixture<OperatorsFixture>
{
    [Fact]
    public async Task An_operator_signs_in_at_the_console_with_entra_id()
    {
        using var browser = new Browser(world.Certificate);
        var door = await browser.Get(new Uri(world.Sandbox.Ops, "/sign-in"));
        Assert.Equal("/sign-in/entra", door.Document!.QuerySelector("a")!.GetAttribute("href"));

        var there = await browser.Get(new Uri(world.Sandbox.Ops, "/sign-in/entra"));
        Assert.Equal("https", there.Url.Scheme);
        Assert.Equal(("S256", "code"), (there.Query("code_challenge_method"), there.Query("response_type")));
        Assert.True(there.Query("state")!.Length >= 43 && there.Query("nonce")!.Length >= 43);
        var back = await SignIn(browser, there, "anna");

        Assert.Equal(HttpStatusCode.OK, back.Status);
        Assert.Contains("Signed in as anna@sandbox.example", back.Text, StringComparison.Ordinal);
        Assert.Contains("Refresh: 0; url=/", back.Headers, StringComparison.Ordinal);
        var console = await browser.Get(world.Sandbox.Ops);
        Assert.Contains("<small>anna@sandbox.example<br>", console.Text, StringComparison.Ordinal);
        Assert.Equal("/", console.Url.AbsolutePath);

        // She is no Approver.
        Assert.DoesNotContain("Lift at once", console.Text, StringComparison.Ordinal);

        // The same way back a second time: the code is spent, and so is the attempt.
        var again = await browser.Get(back.Url);
        Assert.Equal(HttpStatusCode.Unauthorized, again.Status);
        Assert.Contains("did not begin in this browser", again.Text, StringComparison.Ordinal);
        var out_ = await browser.Submit(console, "Sign out");
        Assert.Equal("/sign-in", out_.Url.AbsolutePath);
        Assert.Equal("/sign-in", (await browser.Get(world.Sandbox.Ops)).Url.AbsolutePath);
    }

    /// <summary>In a real browser, since only that keeps a strict cookie at home when a page of another site sends it somewhere.</summary>
    [Fact]
    public async Task A_browser_comes_back_from_another_site_and_is_signed_in_on_the_first_page()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await Chromium.Start(playwright);
        await using var context = await chromium.NewContextAsync(new() { IgnoreHTTPSErrors = true, JavaScriptEnabled = false, ViewportSize = new() { Width = 360, Height = 740 } });
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(world.Sandbox.Ops, "/sign-in").AbsoluteUri);
        await Pictures.Take(page, "sign-in-360", fullPage: true);

        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Microsoft Entra ID" }).ClickAsync();
        await page.GetByLabel("Account").FillAsync("ben");
        await page.GetByLabel("Password").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await Assertions.Expect(page.GetByText("ben@sandbox.example")).ToBeVisibleAsync();
        Assert.Equal(world.Sandbox.Ops.AbsoluteUri, page.Url);
        var cookies = await context.CookiesAsync();
        var session = Assert.Single(cookies, cookie => cookie.Name == "homebridge.operator");
        Assert.Equal((SameSiteAttribute.Strict, true, -1f), (session.SameSite, session.HttpOnly, session.Expires));
        Assert.DoesNotContain(cookies, cookie => cookie.Name == "homebridge.operator.sign-in");
    }

    [Fact]
    public async Task A_way_back_that_began_elsewhere_opens_nothing()
    {
        using var mine = new Browser(world.Certificate);
        using var others = new Browser(world.Certificate);
        await mine.Get(new Uri(world.Sandbox.Ops, "/sign-in/entra"));
        var theirs = await others.Get(new Uri(world.Sandbox.Ops, "/sign-in/entra"));

        // Somebody else's code, brought into my browser: sign-in as them.
        foreach (var cookie in others.Cookies.GetAllCookies().Cast<System.Net.Cookie>())
        {
            cookie.Expired = true;
        }

        var planted = await SignIn(others, theirs, "ben");
        Assert.Equal(HttpStatusCode.Unauthorized, planted.Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await mine.Get(planted.Url)).Status);
        Assert.Equal("/sign-in", (await mine.Get(world.Sandbox.Ops)).Url.AbsolutePath);

        using var carla = new Browser(world.Certificate);
        var nobody = await SignIn(carla, await carla.Get(new Uri(world.Sandbox.Ops, "/sign-in/entra")), "carla");
        Assert.Contains("carla@sandbox.example has none of the app roles", nobody.Text, StringComparison.Ordinal);
        Assert.Equal("/sign-in", (await carla.Get(world.Sandbox.Ops)).Url.AbsolutePath);
        Assert.Contains(await world.Audit(), row => row is ("unknown", "signin.failed", "", _) && row.Detail.StartsWith("signing in with Entra ID failed, from 127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hbctl_signs_in_by_device_code_and_keeps_the_token_to_itself()
    {
        var home = Directory.CreateTempSubdirectory("hbctl-home-").FullName;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HBCTL_URL"] = world.Sandbox.Ops.AbsoluteUri,
            ["HBCTL_HOME"] = home,
            ["SSL_CERT_FILE"] = Path.Combine(world.Sandbox.DataFolder, "directory.pem"),
        };
        var before = await HbctlRun.Of(environment, "status");
        Assert.Equal(5, before.Code);
        Assert.Contains("hbctl login", before.Errors, StringComparison.Ordinal);

        var login = await HbctlRun.Start(environment, line => world.EnterCode(line, "anna"), "login");
        Assert.True(login.Code == 0, login.Errors);
        Assert.Contains("SIGNED IN as anna@sandbox.example (Operator, Auditor)", login.Output, StringComparison.Ordinal);
        var status = await HbctlRun.Of(environment, "status");
        Assert.True(status.Code == 0, status.Errors);
        var suspended = await HbctlRun.Of(environment, "suspend", "--vendor", "nobody", "--reason", "a test", "--wait", "--json");
        Assert.True(suspended.Code == 0, suspended.Errors);
        Assert.Equal("anna@sandbox.example", JsonDocument.Parse(suspended.Output).RootElement.GetProperty("author").GetString());

        // A token of the one bridge: in files that only their owner reads.
        var files = Directory.GetFiles(home, "*", SearchOption.AllDirectories);
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));

        var token = JsonDocument.Parse(await File.ReadAllTextAsync(files.Single(file => file.EndsWith("tokens.json", StringComparison.Ordinal)))).RootElement;
        string Kept(string kind) => token.GetProperty(kind).EnumerateObject().Single().Value.GetProperty("secret").GetString()!;
        Assert.Equal(200, (await world.Call(HttpMethod.Get, "/ops/v1/who", "Bearer " + Kept("AccessToken"))).Status);
        Assert.Equal(401, (await world.Call(HttpMethod.Get, "/ops/v1/who", "Bearer " + Kept("IdToken"))).Status);
        Assert.Equal(401, (await world.Call(HttpMethod.Get, "/ops/v1/who", "Bearer " + Kept("AccessToken")[..^8] + "AAAAAAAA")).Status);

        Assert.Equal(0, (await HbctlRun.Of(environment, "logout")).Code);
        Assert.Empty(Directory.GetFiles(home, "*", SearchOption.AllDirectories));
        Assert.Equal(5, (await HbctlRun.Of(environment, "status")).Code);
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task A_break_glass_credential_opens_api_and_console_rings_and_leaves_a_record()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HBCTL_URL"] = world.Sandbox.Ops.AbsoluteUri,
            ["HBCTL_BREAKGLASS"] = $"{OperatorsFixture.Name}:{world.Secret}",
        };
        var raised = await HbctlRun.Of(environment, "suspend", "--vendor", "nobody", "--wait", "--json");
        Assert.True(raised.Code == 0, raised.Errors);
        var suspension = JsonDocument.Parse(raised.Output).RootElement;
        Assert.Equal(("break-glass:night-1", "break-glass"), (suspension.GetProperty("author").GetString(), suspension.GetProperty("origin").GetString()));

        using var browser = new Browser();
        var door = await browser.Get(new Uri(world.Sandbox.Ops, "/sign-in"));
        var console = await browser.Submit(door, "Break glass", fields =>
        {
            OperatorsFixture.Set(fields, "name", OperatorsFixture.Name);
            OperatorsFixture.Set(fields, "secret", world.Secret);
        }, form: 1);
        Assert.Contains("<small>break-glass:night-1<br>", console.Text, StringComparison.Ordinal);

        Assert.Contains(await world.Audit(), row => row is ("break-glass:night-1", "break-glass.used", "night-1", _));
        Assert.Contains("crit: HomeBridge.OpsConsole.BreakGlass[1] Break-glass credential night-1 was used from 127.0.0.1", world.Sandbox.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Secret, world.Sandbox.Output, StringComparison.Ordinal);

        // No Approver by its line, whoever holds it.
        var id = suspension.GetProperty("id").GetString();
        var (status, _, _) = await world.Call(HttpMethod.Post, $"/ops/v1/suspensions/{id}/lift", $"BreakGlass {OperatorsFixture.Name}:{world.Secret}", new { force = true });
        Assert.Equal(403, status);
        Assert.Contains(await world.Audit(), row => row is ("break-glass:night-1", "access.denied", "POST /ops/v1/suspensions/{id}/lift", _));

        // Taken out of the file, it is over at once: the next call, and the session that it began.
        var line = await File.ReadAllTextAsync(world.BreakGlassFile);
        await File.WriteAllTextAsync(world.BreakGlassFile, "# none\n");
        Assert.Equal(401, (await world.Call(HttpMethod.Get, "/ops/v1/who", $"BreakGlass {OperatorsFixture.Name}:{world.Secret}")).Status);
        Assert.Equal("/sign-in", (await browser.Get(world.Sandbox.Ops)).Url.AbsolutePath);
        await File.WriteAllTextAsync(world.BreakGlassFile, line);
        File.SetUnixFileMode(world.BreakGlassFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Equal(401, (await world.Call(HttpMethod.Get, "/ops/v1/who", $"BreakGlass {OperatorsFixture.Name}:{world.Secret}")).Status);
        File.SetUnixFileMode(world.BreakGlassFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(200, (await world.Call(HttpMethod.Get, "/ops/v1/who", $"BreakGlass {OperatorsFixture.Name}:{world.Secret}")).Status);
    }

    [Fact]
    public async Task Reads_of_who_watches_and_who_is_linked_are_rows_themselves()
    {
        await world.Call(HttpMethod.Get, "/ops/v1/sessions", "Bearer sandbox-operator-2");
        await world.Call(HttpMethod.Get, "/ops/v1/links", "Bearer sandbox-operator-2");

        var rows = await world.Audit();
        Assert.Contains(rows, row => row is ("sandbox-operator-2", "sessions.read", "", _));
        Assert.Contains(rows, row => row is ("sandbox-operator-2", "links.read", "", _));
    }

    [Fact]
    public async Task The_trail_is_verified_with_its_signed_heads()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = world.Sandbox.Ops.AbsoluteUri, ["HBCTL_TOKEN"] = "sandbox-operator" };

        var verified = await HbctlRun.Of(environment, "audit", "verify");

        Assert.True(verified.Code == 0, verified.Errors);
        Assert.StartsWith("INTACT, ", verified.Output, StringComparison.Ordinal);
        Assert.Contains("signed heads  1, up to row", verified.Output, StringComparison.Ordinal);
        output.WriteLine(verified.Output);
    }

    private static Task<Page> SignIn(Browser browser, Page there, string account) => browser.Submit(there, "Sign in", fields =>
    {
        OperatorsFixture.Set(fields, "username", account);
        OperatorsFixture.Set(fields, "password", "sandbox");
    });
}

/// <summary>Guessing, in a sandbox that nobody else needs.</summary>
public sealed class SignInFloodTests(OperatorsFixture world) : IClassFixture<OperatorsFixture>
{
    [Fact]
    public async Task Who_keeps_guessing_waits_who_is_right_does_not_and_the_trail_stays_short()
    {
        var statuses = new List<int>();
        HttpResponseHeaders? last = null;
        for (var number = 0; number < SignInLimits.FailuresPerAddressMax + 5; number++)
        {
            (var status, _, last) = await world.Call(HttpMethod.Get, "/ops/v1/who", $"Bearer guess-{number}");
            statuses.Add(status);
        }

        Assert.Equal([.. Enumerable.Repeat(401, SignInLimits.FailuresPerAddressMax), .. Enumerable.Repeat(429, 5)], statuses);
        Assert.InRange(last!.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), SignInLimits.Within);

        // Only failures count; without a credential there is nothing to count.
        Assert.Equal(200, (await world.Call(HttpMethod.Get, "/ops/v1/who", "Bearer sandbox-operator")).Status);
        Assert.Equal(401, (await world.Call(HttpMethod.Get, "/ops/v1/who", null)).Status);

        // What is costly to check is not checked any more, at either door.
        var (refused, body, _) = await world.Call(HttpMethod.Get, "/ops/v1/who", $"BreakGlass {OperatorsFixture.Name}:{world.Secret}");
        Assert.Equal(429, refused);
        Assert.Contains("Too many failed sign-ins", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var browser = new Browser();
        var door = await browser.Submit(await browser.Get(new Uri(world.Sandbox.Ops, "/sign-in")), "Sign in", fields => OperatorsFixture.Set(fields, "token", "guess"));
        Assert.Equal(HttpStatusCode.TooManyRequests, door.Status);
        Assert.Contains("Retry-After", door.Headers, StringComparison.Ordinal);
        var right = await browser.Submit(door, "Sign in", fields => OperatorsFixture.Set(fields, "token", "sandbox-operator"));
        Assert.Contains("<small>sandbox-operator<br>", right.Text, StringComparison.Ordinal);

        var failed = (await world.Audit()).Where(row => row.Action == "signin.failed").ToList();
        Assert.Contains(failed, row => row.Detail == "a bearer token that is none, from 127.0.0.1");
        Assert.InRange(failed.Count, 3, 6);
    }
}
