using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace HomeBridge.Tests.AccountLinking.OAuth;

/// <summary>
/// What nobody who means well would send, byte by byte over the socket. Each must be answered within the deadline, with a 4xx
/// (or harmlessly), never a 5xx, and without words from the inside of the program.
/// </summary>
[Collection(OAuthCollection.Name)]
public sealed class HostileRequestsTests(OAuthBridge bridge)
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Client = "client_id=google-home&client_secret=the-first-secret";
    private const string AuthorizeStart = "/oauth/authorize?response_type=code&client_id=google-home&redirect_uri=https%3A%2F%2Foauth-redirect.googleusercontent.com%2Fr%2Ftest";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static TheoryData<string, string, string> Requests()
    {
        var all = new TheoryData<string, string, string>();

        // Form values with what should not be in them.
        foreach (var (name, value) in new[]
        {
            ("null byte", "%00"), ("null in the middle", "a%00b"), ("bell", "%07"), ("escape", "%1B%5B31m"), ("delete", "%7F"), ("line break", "%0D%0ASet-Cookie:%20a=b"),
            ("lone percent", "%"), ("half an escape", "%2"), ("no hexadecimal", "%ZZ"), ("broken UTF-8", "%FF%FE"), ("lone surrogate", "%ED%A0%80"), ("overlong slash", "%C0%AF"),
            ("direction override", "%E2%80%AE"), ("zero width", "%E2%80%8B"), ("emoji", "%F0%9F%8F%A0"), ("byte order mark", "%EF%BB%BF"), ("full width", "%EF%BC%A7"),
            ("SQL", "%27%20OR%201%3D1%20--"), ("markup", "%3Cscript%3Ealert(1)%3C/script%3E"), ("template", "%7B%7B7*7%7D%7D"), ("path", "../../../../etc/passwd"), ("lookup", "$%7Bjndi:ldap://x%7D"), ("plus signs", "+++"),
        })
        {
            all.Add($"grant_type with {name}", Post("/oauth/token", $"grant_type={value}&{Client}"), "400");
            all.Add($"code with {name}", Post("/oauth/token", $"grant_type=authorization_code&code={value}&{Client}"), "400");
            all.Add($"client_id with {name}", Post("/oauth/token", $"grant_type=refresh_token&refresh_token=x&client_id={value}&client_secret=x"), "400 401");
            all.Add($"token with {name}", Post("/oauth/revoke", $"token={value}&{Client}"), "200 400");
            all.Add($"state with {name}", Get($"{AuthorizeStart}&state={value}"), "200 400");
            all.Add($"redirect_uri with {name}", Get($"/oauth/authorize?response_type=code&client_id=google-home&redirect_uri={value}"), "400");
        }

        // Too much of it.
        var (k8, k70) = (new string('a', 8 * 1024), new string('a', 70 * 1024));
        all.Add("a body of 70 KiB", Post("/oauth/token", $"grant_type={k70}&{Client}"), "400 413");
        all.Add("a name of 8 KiB", Post("/oauth/token", $"{k8}=x&{Client}"), "400");
        all.Add("five thousand fields", Post("/oauth/token", string.Join('&', Enumerable.Range(0, 5000).Select(number => $"f{number}=1"))), "400 401");
        all.Add("twenty thousand empty fields", Post("/oauth/token", new string('&', 20_000)), "400 401");
        all.Add("a URL of 70 KiB", Get($"{AuthorizeStart}&state={k70}"), "414");
        all.Add("a scope of 8 KiB", Get($"{AuthorizeStart}&scope={k8}"), "303");
        all.Add("a locale of 8 KiB", Get($"{AuthorizeStart}&user_locale={k8}"), "200");
        all.Add("a header of 70 KiB", Post("/oauth/token", Client, $"X-Long: {k70}\r\n"), "431");
        all.Add("a cookie of 8 KiB", Get(AuthorizeStart, $"Cookie: homebridge.linking={k8}\r\n"), "200");
        all.Add("three hundred headers", Get(AuthorizeStart, string.Concat(Enumerable.Range(0, 300).Select(number => $"X-{number}: 1\r\n"))), "431");

        // Bodies that are none, or several.
        all.Add("two content lengths", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nContent-Length: 3\r\nContent-Length: 4\r\n", "a=bc"), "400");
        all.Add("length and chunks", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400 401");
        all.Add("a negative length", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nContent-Length: -1\r\n", ""), "400");
        all.Add("a length of a terabyte", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nContent-Length: 1099511627776\r\n", "a=b"), "400 413");
        all.Add("a bad chunk", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nTransfer-Encoding: chunked\r\n", "zz\r\nabc\r\n"), "400");
        all.Add("an encoding that is none", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nTransfer-Encoding: gzip\r\n", "abc"), "400 411 501");
        all.Add("a compressed body", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), "400 401 415");
        all.Add("no body", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}\r\nContent-Length: 0\r\n", ""), "400 401");
        all.Add("JSON that says it is a form", Post("/oauth/token", """{"grant_type":"refresh_token"}"""), "400 401");
        foreach (var charset in (string[])["utf-7", "utf-16", "utf-32", "\"", "ibm500"])
        {
            all.Add($"charset {charset}", Raw("POST /oauth/token HTTP/1.1", $"Content-Type: {Form}; charset={charset}\r\nContent-Length: 3\r\n", "a=b"), "400 401");
        }

        // Names: as they are written, and once.
        all.Add("names in capitals", Post("/oauth/token", "GRANT_TYPE=refresh_token&REFRESH_TOKEN=x&CLIENT_ID=google-home&CLIENT_SECRET=the-first-secret"), "401");
        all.Add("a name twice, in two cases", Post("/oauth/token", $"grant_type=refresh_token&GRANT_TYPE=authorization_code&refresh_token=x&{Client}"), "400");
        all.Add("brackets as in other frameworks", Post("/oauth/token", $"grant_type[]=refresh_token&refresh_token[x]=1&{Client}"), "400");
        all.Add("a semicolon between", Post("/oauth/token", $"grant_type=refresh_token;refresh_token=x&{Client}"), "400");
        all.Add("client twice in the query", Get(AuthorizeStart + "&client_id=second-platform"), "400");
        all.Add("redirect twice in the query", Get(AuthorizeStart + "&redirect_uri=https://evil.example"), "400");
        all.Add("redirect in the query and the body", Post(AuthorizeStart, "redirect_uri=https%3A%2F%2Fevil.example"), "400");
        all.Add("a request that is sealed by somebody else", Post("/oauth/authorize", "request=CfDJ8AAAA&decision=continue"), "400");
        all.Add("an attempt that never was", Get("/oauth/consent?attempt=hbl_nothing"), "400");
        all.Add("an attempt of the app that never was", Get("/oauth/consent/app?attempt=hbl_nothing", "Cookie: homebridge.linking=x\r\n"), "400");
        all.Add("an attempt without a name", Get("/oauth/consent/app"), "400");
        all.Add("a consent from nowhere", Post("/oauth/consent", "attempt=x&decision=agree&device=dev_1"), "400");
        all.Add("a confirmation from nowhere", Post("/oauth/consent/app", "attempt=x&decision=agree"), "400");

        // Headers.
        all.Add("two Authorization headers", Post("/oauth/token", "grant_type=refresh_token&refresh_token=x", "Authorization: Basic Zm9vOmJhcg==\r\nAuthorization: Basic Zm9vOmJhcg==\r\n"), "400 401");
        all.Add("Authorization without a scheme", Post("/oauth/token", Client, "Authorization: \u0001\r\n"), "400 401");
        all.Add("Authorization with a control", Post("/oauth/token", Client, "Authorization: Basic\tZm9v\r\n"), "400 401");
        all.Add("Basic of 5 KiB", Post("/oauth/token", "grant_type=refresh_token", $"Authorization: Basic {Convert.ToBase64String(new byte[5000])}\r\n"), "401");
        all.Add("Basic with broken escapes", Post("/oauth/token", "grant_type=refresh_token", $"Authorization: Basic {Convert.ToBase64String("%zz%:%"u8)}\r\n"), "401");
        all.Add("Basic that is not UTF-8", Post("/oauth/token", "grant_type=refresh_token", $"Authorization: Basic {Convert.ToBase64String([0xff, 0x3a, 0xfe])}\r\n"), "401");
        all.Add("no Host", "POST /oauth/token HTTP/1.1\r\nConnection: close\r\n\r\n", "400");
        all.Add("two Hosts", "GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", "400");
        all.Add("a folded header", Get(AuthorizeStart, "X-Folded: a\r\n b\r\n"), "400");
        all.Add("a header without a name", Get(AuthorizeStart, ": a\r\n"), "400");
        all.Add("a range", Get(AuthorizeStart, "Range: bytes=0-1,5-9\r\n"), "200");
        all.Add("a method override", Get("/oauth/token", "X-HTTP-Method-Override: POST\r\n"), "405");
        all.Add("another URL in a header", Get(AuthorizeStart, "X-Original-URL: /oauth/token\r\nX-Rewrite-URL: /oauth/token\r\nForwarded: host=evil.example\r\n"), "200");
        all.Add("a preflight", Raw("OPTIONS /oauth/token HTTP/1.1", "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n", ""), "405");
        all.Add("an upgrade", Get(AuthorizeStart, "Upgrade: h2c\r\nHTTP2-Settings: AAAA\r\n"), "200 400");
        all.Add("an answer in any form", Get("/.well-known/oauth-authorization-server", "Accept: application/xml;q=1, */*;q=0\r\n"), "200");

        // Paths and methods.
        all.Add("HEAD", Raw("HEAD /oauth/token HTTP/1.1", "", ""), "405");
        all.Add("PUT", Raw("PUT /oauth/token HTTP/1.1", "Content-Length: 0\r\n", ""), "405");
        all.Add("a method that is none", Raw("LINK /oauth/authorize HTTP/1.1", "", ""), "405");
        all.Add("TRACE", Raw("TRACE /oauth/authorize HTTP/1.1", "", ""), "405");
        all.Add("CONNECT", Raw("CONNECT evil.example:443 HTTP/1.1", "", ""), "400 404 405");
        all.Add("dots in the path", Get("/oauth/../../etc/passwd"), "404");
        all.Add("escaped dots", Get("/oauth/%2e%2e/%2e%2e/etc/passwd"), "404");
        all.Add("two slashes", Get("//evil.example/oauth/authorize"), "404");
        all.Add("a backslash", Get("/oauth\\token"), "404 400");
        all.Add("a null in the path", Get("/oauth/token%00"), "400 404");
        all.Add("an absolute address", Get("http://evil.example/oauth/token"), "400 405");
        all.Add("HTTP 9", "GET /oauth/token HTTP/9.9\r\nHost: a\r\nConnection: close\r\n\r\n", "400 505");
        all.Add("no HTTP at all", "hello\r\n\r\n", "400");
        return all;
    }

    [Theory]
    [MemberData(nameof(Requests))]
    [Rfc("6749 10.14", "Whatever is sent: a 4xx in time, nothing from the inside, nothing injected")]
    public async Task It_is_answered_and_nothing_happens(string what, string request, string allowed)
    {
        var answer = await Send(request);

        var status = answer.Split(' ', 3) is ["HTTP/1.1", var code, ..] ? code : $"no status: {answer}";
        Assert.True(allowed.Split(' ').Contains(status), $"{what}: {answer}");
        string[] inside = ["Exception", "   at ", "Sqlite", "SELECT ", "HomeBridge."];
        Assert.All(inside, word => Assert.DoesNotContain(word, answer, StringComparison.Ordinal));
        Assert.DoesNotContain("<script>", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\nSet-Cookie: a=b", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", Header(answer, "Location"), StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_a_hundred_and_more() => Assert.True(Requests().Count >= 100, Requests().Count.ToString(CultureInfo.InvariantCulture));

    private static string Header(string answer, string name) =>
        answer.Split("\r\n\r\n", 2)[0].Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) ?? "";

    private static string Get(string target, string headers = "") => Raw($"GET {target} HTTP/1.1", headers, "");

    private static string Post(string target, string body, string headers = "") => Raw(
        $"POST {target} HTTP/1.1", string.Create(CultureInfo.InvariantCulture, $"{headers}Content-Type: {Form}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"), body);

    private static string Raw(string line, string headers, string body) => $"{line}\r\nHost: bridge\r\n{headers}Connection: close\r\n\r\n{body}";

    private async Task<string> Send(string request)
    {
        using var cancel = new CancellationTokenSource(Deadline);
        using var socket = new TcpClient();
        await socket.ConnectAsync(bridge.Url.Host, bridge.Url.Port, cancel.Token);
        var stream = socket.GetStream();
        var read = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), cancel.Token);
            await stream.CopyToAsync(read, cancel.Token);
        }
        catch (IOException)
        {
            // It was told no before it had said everything.
        }

        return Encoding.UTF8.GetString(read.ToArray());
    }
}
