using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HomeBridge.StreamGateway;
using HomeBridge.Tests.Attack;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Hazards;

/// <summary>H6, H7, H20: requests that mean one thing to what stands before the gateway and another to it.</summary>
public sealed class RequestHazards(ITestOutputHelper output) : IAsyncLifetime
{
    private const int PathsMin = 100_000;
    private const int PathsOfOneViewer = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private HazardHouse _house = null!;

    public async Task InitializeAsync() => _house = await HazardHouse.Start();

    public async Task DisposeAsync() => await _house.DisposeAsync();

    // Red without the comparison of RawTarget in MediaHeaders.UseMediaHeaders (percent-encodings), or without IsOurs (slashes, cases).
    [Fact]
    public async Task H06_Of_100000_other_spellings_of_a_path_none_is_answered()
    {
        var (seed, started, sent, refused) = (Environment.TickCount, Stopwatch.GetTimestamp(), 0, 0);
        var dice = new Dice(seed);
        var answers = new SortedDictionary<int, int>();
        while (sent < PathsMin)
        {
            var camera = RawMaker.Camera(1);
            var viewer = await _house.Watch(camera);
            string[] real = [viewer.PlaylistUrl!.AbsolutePath, viewer.Init.AbsolutePath, viewer.PlaylistUrl.AbsolutePath, viewer.Entry.AbsolutePath, viewer.Units[^1].AbsolutePath];
            var batches = Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, PathsOfOneViewer / 4).Select(_ => Mutate(dice, real[dice.Next(real.Length)])).Where(path => !real.Contains(path)).ToList()).ToList();
            foreach (var statuses in await Task.WhenAll(batches.Select(batch => Ask(_house.Gateway, batch))))
            {
                foreach (var (path, status) in statuses)
                {
                    Assert.True(status != 200, $"Seed {seed}: {path} is answered with 200.");
                    answers[status] = answers.GetValueOrDefault(status) + 1;
                    refused++;
                }
            }

            sent += batches.Sum(batch => batch.Count);

            // What was refused was refused for its spelling: the URLs themselves still work.
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Init)).Status);
        }

        output.WriteLine($"Seed {seed}: {refused} paths, {string.Join(", ", answers.Select(pair => $"{pair.Value} x {pair.Key}"))}, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.True(refused >= PathsMin);
    }

    // Red without CanHaveBody in MediaHeaders.UseMediaHeaders (well-formed bodies), or with "Connection: close" gone from it.
    [Fact]
    public async Task H07_A_request_with_anything_like_a_body_is_refused_and_its_connection_closed()
    {
        foreach (var (name, request, _) in Smuggled("/health/live"))
        {
            var (text, closed) = await HazardHouse.Raw(_house.Gateway, request, Patience);
            Assert.True(closed, $"{name}: the connection stays open after {text}");
            Assert.True(Answers(text) <= 1, $"{name}: two answers: {text}");
            Assert.True(text.Length == 0 || text.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal) || text.StartsWith("HTTP/1.1 505 ", StringComparison.Ordinal), $"{name}: {text}");
        }

        var (plain, _) = await HazardHouse.Raw(_house.Gateway, "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", Patience);
        Assert.StartsWith("HTTP/1.1 200 ", plain, StringComparison.Ordinal);
    }

    // Red without X-Content-Length in SignallingEndpoint.MayHaveBody (length and chunks), or with "Connection: close" of MediaHeaders for
    // bodies that are refused only (the server takes a length with a sign).
    [Fact]
    public async Task H07_The_one_request_with_a_body_is_the_last_on_its_connection()
    {
        var (url, token, device) = _house.NewSignalling(RawMaker.Camera(1));
        var more = $"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n";
        foreach (var (name, request, _) in Smuggled(url.AbsolutePath, "POST", more))
        {
            var (text, closed) = await HazardHouse.Raw(_house.Gateway, request, Patience);
            Assert.True(closed, $"{name}: the connection stays open after {text}");
            Assert.True(Answers(text) <= 1 && !text.Contains("HTTP/1.1 200 ", StringComparison.Ordinal), $"{name}: {text}");
        }

        var body = $"{{\"action\":\"end\",\"deviceId\":\"{device}\"}}";
        var chunks = $"{5:x}\r\n{body[..5]}\r\n{body.Length - 5:x}\r\n{body[5..]}\r\n0\r\n\r\n";
        string Post(string framing, string rest) => $"POST {url.AbsolutePath} HTTP/1.1\r\nHost: x\r\n{more}{framing}\r\n\r\n{rest}";
        var (both, isClosed) = await HazardHouse.Raw(_house.Gateway, Post($"Content-Length: {chunks.Length}\r\nTransfer-Encoding: chunked", chunks), Patience);
        Assert.StartsWith("HTTP/1.1 400 ", both, StringComparison.Ordinal);
        Assert.True(isClosed);

        foreach (var inOrder in (string[])[Post("Transfer-Encoding: chunked", chunks), Post($"Content-Length: {body.Length}", body)])
        {
            var (one, isOver) = await HazardHouse.Raw(_house.Gateway, inOrder + inOrder, Patience);
            Assert.StartsWith("HTTP/1.1 200 ", one, StringComparison.Ordinal);
            Assert.True(isOver && Answers(one) == 1, one);
        }
    }

    // Red when SignallingEndpoint.Body reads on past the limit, or for longer than its deadline.
    [Fact]
    public async Task H07_Chunks_that_do_not_end_are_refused_and_their_connection_closed()
    {
        var (url, token, _) = _house.NewSignalling(RawMaker.Camera(1));
        var head = $"POST {url.AbsolutePath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        var chunk = $"4000\r\n{new string(' ', 0x4000)}\r\n";
        var (tooLong, isClosed) = await HazardHouse.Raw(_house.Gateway, head + string.Concat(Enumerable.Repeat(chunk, 7)), TimeSpan.FromSeconds(20));
        Assert.True(isClosed);
        Assert.True(tooLong.Length == 0 || tooLong.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), tooLong);

        var (late, ended) = await HazardHouse.Raw(_house.Gateway, head + "1\r\n{\r\n", TimeSpan.FromSeconds(30));
        Assert.True(ended);
        Assert.StartsWith("HTTP/1.1 400 ", late, StringComparison.Ordinal);
    }

    // Red when the gateway answers a hidden request: nginx then takes that answer for the next viewer's.
    [Fact]
    public async Task H07_Nothing_is_smuggled_through_nginx_and_the_next_viewers_get_their_own()
    {
        await using var nginx = await Nginx.Start(_house.Gateway);
        var (url, token, _) = _house.NewSignalling(RawMaker.Camera(1));
        foreach (var (name, request, isTwo) in Smuggled("/health/live").Concat(Smuggled(url.AbsolutePath, "POST", $"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n")))
        {
            var (text, _) = await HazardHouse.Raw(nginx.Url, request, TimeSpan.FromMilliseconds(500));
            Assert.True(Answers(text) <= (isTwo ? 2 : 1), $"{name}: too many answers: {text}");
            Assert.True(isTwo || !text.Contains("HTTP/1.1 200 ", StringComparison.Ordinal), $"{name}: {text}");
            for (var next = 0; next < 3; next++)
            {
                using var clean = await _house.Http.GetAsync(new Uri(nginx.Url, $"/v1/probe/{next:0000000000000000000000}"));
                Assert.Equal(HttpStatusCode.OK, clean.StatusCode);
                Assert.Equal(22 + 1 + 43 + 1, (await clean.Content.ReadAsStringAsync()).Length);
            }
        }
    }

    // Red with any version let through in RuntimeFloor.IsFixed; the start is refused by GatewayApplication.Build and GatewaysOptions.Read.
    [Theory]
    [InlineData("8.0.20", false)]
    [InlineData("8.0.21", true)]
    [InlineData("9.0.9+abc", false)]
    [InlineData("9.0.10+abc", true)]
    [InlineData("10.0.0-preview.7.25380.108", false)]
    [InlineData("10.0.0-rc.1.25451.107+abc", false)]
    [InlineData("10.0.0-rc.2.25502.107+abc", true)]
    [InlineData("10.0.0", true)]
    [InlineData("10.0.12+abc", true)]
    [InlineData("11.0.0-preview.1", true)]
    [InlineData("7.0.20", false)]
    [InlineData("unknown", false)]
    public void H07_A_runtime_below_the_fix_is_refused_in_a_sentence(string version, bool allowed)
    {
        var refusal = RuntimeFloor.Refusal(version);

        Assert.Equal(allowed, refusal is null);
        Assert.True(allowed || refusal!.Contains("CVE-2025-55315", StringComparison.Ordinal));
        Assert.Null(RuntimeFloor.Refusal(RuntimeFloor.Running));
    }

    // Red with AllowCredentials or a reflected Origin in MediaHeaders.Always or UsePreflight.
    [Fact]
    public async Task H20_Any_origin_may_read_and_none_with_credentials()
    {
        var viewer = await _house.Watch(RawMaker.Camera(1));
        foreach (var url in (Uri[])[viewer.Entry, viewer.PlaylistUrl!, viewer.Init, viewer.Units[^1], new(viewer.Entry, "/v1/s/x/y.m4s")])
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Options])
            {
                using var request = new HttpRequestMessage(method, url);
                request.Headers.Add("Origin", "https://evil.example");
                request.Headers.Add("Cookie", "a=b");
                using var answer = await _house.Http.SendAsync(request);
                Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
                Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
                Assert.False(answer.Headers.Contains("Set-Cookie"));
            }
        }
    }

    /// <summary>How many final answers there are; nginx itself says 100 to whoever expects it.</summary>
    private static int Answers(string text) => text.Replace("HTTP/1.1 100 ", "", StringComparison.Ordinal).Split("HTTP/1.1 ").Length - 1;

    /// <summary>
    /// Requests whose end is in doubt, each with another one hidden behind it. Some are proper requests to nginx, which
    /// takes an empty chunk off and any version 1 for its own, and passes on what it understood, one after the other.
    /// </summary>
    private static IEnumerable<(string Name, string Request, bool IsTwo)> Smuggled(string path, string method = "GET", string more = "") =>
        Doubtful(path, method, more).Select(one => (one.Name, one.Request, one.Name is "chunks" or "a chunk with an extension" or "a chunk size that ends with a bare line feed" or "an unknown version"));

    private static IEnumerable<(string Name, string Request)> Doubtful(string path, string method, string more)
    {
        const string hidden = "GET /v1/probe/AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: x\r\n\r\n";
        string With(string headers, string body) => $"{method} {path} HTTP/1.1\r\nHost: x\r\n{more}{headers}\r\n{body}";
        string Chunked(string chunks) => With("Transfer-Encoding: chunked\r\n", chunks);
        yield return ("length and chunks", With("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden));
        yield return ("chunks and length", With("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", $"{hidden.Length:x}\r\n{hidden}\r\n0\r\n\r\n"));
        yield return ("two lengths", With($"Content-Length: 0\r\nContent-Length: {hidden.Length}\r\n", hidden));
        yield return ("one length twice", With($"Content-Length: {hidden.Length}\r\nContent-Length: {hidden.Length}\r\n", hidden));
        yield return ("a list of lengths", With($"Content-Length: {hidden.Length}, {hidden.Length}\r\n", hidden));
        yield return ("a length with a sign", With($"Content-Length: +{hidden.Length}\r\n", hidden));
        yield return ("a length below zero", With("Content-Length: -1\r\n", hidden));
        yield return ("a hexadecimal length", With("Content-Length: 0x10\r\n", hidden));
        yield return ("a length of too many digits", With("Content-Length: 99999999999999999999\r\n", hidden));
        yield return ("a length", With($"Content-Length: {hidden.Length}\r\n", hidden));
        yield return ("a length and an expectation", With($"Content-Length: {hidden.Length}\r\nExpect: 100-continue\r\n", hidden));
        yield return ("an unknown coding", With("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + hidden));
        yield return ("chunks that are not last", With("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + hidden));
        yield return ("two codings", With("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden));
        yield return ("a space before the colon", With("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + hidden));
        yield return ("a folded line", With("X: a\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden));
        yield return ("a line without a colon", With("Transfer-Encoding\r\n", hidden));
        yield return ("a name with a zero", With("Content\0-Length: 5\r\n", hidden));
        yield return ("a value with a bare return", With("X: a\rContent-Length: 5\r\n", hidden));
        yield return ("chunks", Chunked("0\r\n\r\n" + hidden));
        yield return ("a chunk with an extension", Chunked("0;a=b\r\n\r\n" + hidden));
        yield return ("an extension that ends with a bare line feed", Chunked($"1;\nx\r\n{hidden.Length:x}\r\n{hidden}\r\n0\r\n\r\n"));
        yield return ("an extension that ends with a bare return", Chunked($"1;\rx\r\n0\r\n\r\n{hidden}"));
        yield return ("a chunk size that ends with a bare line feed", Chunked("0\n\n" + hidden));
        yield return ("a chunk of too many digits", Chunked("FFFFFFFFFFFFFFFFF\r\n" + hidden));
        yield return ("a chunk size with a prefix", Chunked("0x0\r\n\r\n" + hidden));
        yield return ("two hosts", $"{method} {path} HTTP/1.1\r\nHost: x\r\nHost: y\r\n{more}\r\n");
        yield return ("no host", $"{method} {path} HTTP/1.1\r\n{more}\r\n{hidden}");
        yield return ("version 1.0 with chunks", $"{method} {path} HTTP/1.0\r\nHost: x\r\n{more}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");
        yield return ("an unknown version", $"{method} {path} HTTP/1.7\r\nHost: x\r\n{more}\r\n");
    }

    /// <summary>One or a few changes after which the path names the same thing to a careless reader.</summary>
    private static string Mutate(Dice dice, string path)
    {
        for (var changes = 1 + dice.Next(3); changes > 0 && path.Length > 2; changes--)
        {
            var at = 1 + dice.Next(path.Length - 1);
            path = dice.Next(16) switch
            {
                0 => path + Pick(dice, [".css", ".js", ".jpg", ".ico", "/x.css", "/.css", ";.css", "%2f.css", "%00.css", "?x.css", "%3f.css", "%23.css"]),
                1 => path + Pick(dice, ["/", "//", "/.", "/..", "/./", "%2f", "%2F", "%5c", "\\", ";", ";a=b", "%3b", "?", "?a=b", "%00", "%20", "%0a", "%0d%0a", "%09", "."]),
                2 => path.Insert(at, Pick(dice, ["%00", "%2f", "%2e", "%2e%2e", "%5c", "%ff", "%u002f", ";x", "\\", "..", "%c0%af", "%e2%80%8b"])),
                3 => path.Insert(path.IndexOf('/', Math.Min(at, path.LastIndexOf('/'))), Pick(dice, ["/", "/.", "/x/..", "/%2e", "/%2e%2e", "/;", ";x=y", "/..", "%2f", "\\"])),
                4 or 5 or 6 => $"{path[..at]}%{((int)path[at]).ToString(dice.Next(2) == 0 ? "x2" : "X2", CultureInfo.InvariantCulture)}{path[(at + 1)..]}",
                7 => $"{path[..at]}%25{(int)path[at]:x2}{path[(at + 1)..]}",
                8 => $"{path[..at]}{(char.IsUpper(path[at]) ? char.ToLowerInvariant(path[at]) : char.ToUpperInvariant(path[at]))}{path[(at + 1)..]}",
                9 => path.Replace("/v1/", Pick(dice, ["/V1/", "/v1//", "//v1/", "/./v1/", "/v1/./", "/x/../v1/", "/v1;/", "/%761/", "/v%31/", "/v1%2f"]), StringComparison.Ordinal),
                10 => path.Replace("/s/", Pick(dice, ["/S/", "/e/", "/s//", "/%73/", "/s%2f", "/s;/", "/s/../s/", "/w/", "/probe/"]), StringComparison.Ordinal),
                11 => path[..Math.Max(1, path.LastIndexOf('.'))] + Pick(dice, [".M3U8", ".M4S", ".mp4", ".m4s", ".m3u8", ".mp4.m3u8", ".m3u", "", ".", "%2em3u8", ".m3u8;.m4s"]),
                12 => path.Remove(at, 1),
                13 => path.Insert(at, path[at].ToString()),
                14 => Pick(dice, ["http://x", "http://x:80", "//x", "https://x/..", "*", "/..", "/.//"]) + path,
                _ => path + path[path.LastIndexOf('/')..],
            };
        }

        return path.Contains(' ', StringComparison.Ordinal) ? path.Replace(" ", "%20", StringComparison.Ordinal) : path;
    }

    /// <summary>One after the other on a bare socket, so that nothing puts a path right on its way.</summary>
    private static async Task<List<(string Path, int Status)>> Ask(Uri gateway, List<string> paths)
    {
        var answers = new List<(string, int)>(paths.Count);
        var bytes = new byte[8192];
        Socket? socket = null;
        foreach (var path in paths)
        {
            if (socket is null)
            {
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(gateway.Host, gateway.Port);
            }

            await socket.SendAsync(Encoding.Latin1.GetBytes($"GET {path} HTTP/1.1\r\nHost: {gateway.Authority}\r\n\r\n"));
            var (length, end, body) = (0, -1, 0);
            while (end < 0 || length < end + 4 + body)
            {
                var read = await socket.ReceiveAsync(bytes.AsMemory(length));
                length += read;
                if (read == 0 || length == bytes.Length)
                {
                    break;
                }

                end = bytes.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
                body = end < 0 ? 0 : ContentLength(Encoding.ASCII.GetString(bytes, 0, end));
            }

            var head = Encoding.ASCII.GetString(bytes, 0, Math.Max(0, length));
            answers.Add((path, head.Length > 12 ? int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0));
            if (head.Length == 0 || head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase) || length == bytes.Length)
            {
                socket.Dispose();
                socket = null;
            }
        }

        socket?.Dispose();
        return answers;
    }

    private static string Pick(Dice dice, ReadOnlySpan<string> from) => from[dice.Next(from.Length)];

    private static int ContentLength(string head)
    {
        var at = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head[(at + 16)..].Split('\r')[0], CultureInfo.InvariantCulture);
    }
}
