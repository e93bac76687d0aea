using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.StreamGateway.Http;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Tests.Devices;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Hazards;

/// <summary>
/// H8 to H15: what goes wrong on the way to a maker. The maker is a bare socket, and the gateway's own client asks it, with
/// the real verifier behind: what counts is whether a byte that isn't the asked camera's comes through.
/// </summary>
public sealed class ConnectionHazards(ITestOutputHelper output) : IAsyncDisposable
{
    private static readonly (DeviceRef Mine, DeviceRef Other) Cameras = (RawMaker.Camera(1), RawMaker.Camera(2));

    private readonly RawMaker _maker = new();
    private readonly EvidenceVerifier _verifier = new(TimeProvider.System);

    public ValueTask DisposeAsync() => _maker.DisposeAsync();

    // Red with PooledConnectionLifetime of some length in HttpMediaOrigin: a connection then carries a second request.
    [Fact]
    public async Task H08_Answers_that_are_out_of_step_are_nobodys_and_their_connection_is_not_used_again()
    {
        var hungUp = 0;
        using var mine = Origin(Cameras.Mine);
        Func<RawExchange, byte[]>[] steps =
        [
            exchange => [.. exchange.Proper(), .. exchange.Proper(camera: Cameras.Other.VendorDeviceId)],
            exchange => [.. exchange.Proper(), .. "HTTP/1.1 "u8],
            exchange => [.. exchange.Proper(), 0],
            exchange => [.. exchange.Proper(camera: Cameras.Other.VendorDeviceId), .. exchange.Proper()],
            exchange => [.. "HTTP/1.1 100 Continue\r\n\r\n"u8, .. exchange.Proper()],
            exchange => [.. "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"u8, .. exchange.Proper(camera: Cameras.Other.VendorDeviceId)],
            exchange => [.. "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8, .. exchange.Proper()],
            exchange => [.. "\r\n"u8, .. exchange.Proper()],
        ];
        foreach (var step in steps)
        {
            _maker.Answer = async exchange =>
            {
                await exchange.Send(step(exchange));
                Interlocked.Add(ref hungUp, await exchange.IsHungUp() ? 1 : 0);
            };
            await Verify(mine, Cameras.Mine);

            // The same session asks next, and gets its own.
            _maker.Answer = exchange => exchange.Send(exchange.Proper());
            Assert.NotNull(await Verify(mine, Cameras.Mine));
            await ExpectClean();
        }

        // An answer that is there before anything was asked: of this camera, and to another nonce.
        _maker.Accepted = stream =>
        {
            var body = _maker.Body(Cameras.Mine.VendorDeviceId);
            var head = $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{RawMaker.Evidence(Cameras.Mine.VendorDeviceId, $"{RawMaker.NewestUnit}.m4s", body, "early")}\r\n";
            return stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]).AsTask();
        };
        Assert.Null(await Ask(Cameras.Mine));
        _maker.Accepted = _ => Task.CompletedTask;
        await ExpectClean();

        for (var patience = 0; Volatile.Read(ref hungUp) < steps.Length && patience < 100; patience++)
        {
            await Task.Delay(50);
        }

        Assert.Equal(steps.Length, hungUp);
        Assert.All(_maker.RequestsOfConnection.Values, requests => Assert.Equal(1, requests));
    }

    // Red with PooledConnectionLifetime and ResponseDrainTimeout of some length in HttpMediaOrigin and one client for two cameras.
    [Fact]
    public async Task H09_Cancelled_at_any_byte_an_exchange_leaves_nothing_for_the_next_ten_requests()
    {
        _maker.UnitLength = 60;
        var started = Stopwatch.GetTimestamp();
        using var mine = Origin(Cameras.Mine);
        using var other = Origin(Cameras.Other);
        var (cut, rest) = (0, 0);
        var cancelled = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        Task Proper(RawExchange exchange) => exchange.Send(exchange.Proper());
        for (var length = 1; cut < length; cut++)
        {
            (cancelled, reached) = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously));
            _maker.Answer = async exchange =>
            {
                _maker.Answer = Proper;
                var whole = exchange.Proper();
                length = whole.Length;
                await exchange.Send(whole.AsMemory(0, cut));
                reached.SetResult();
                await cancelled.Task;
                await exchange.Send(whole.AsMemory(cut));
                Interlocked.Increment(ref rest);
            };
            using var gone = new CancellationTokenSource();
            var asked = mine.Unit(Expected(Cameras.Mine, "0123456789"), gone.Token);
            await reached.Task;
            await gone.CancelAsync();
            Assert.Null(await asked);
            cancelled.SetResult();
            for (var next = 0; next < 10; next++)
            {
                var (camera, origin) = next % 2 == 0 ? (Cameras.Other, other) : (Cameras.Mine, mine);
                var unit = await Verify(origin, camera);
                Assert.True(unit is not null && RawMaker.AreOf(camera, unit.Bytes.Span), $"After a cut at byte {cut}, request {next} got {(unit is null ? "nothing" : "foreign bytes")}.");
            }
        }

        output.WriteLine($"{cut} offsets, {cut * 10} requests after them, 0 foreign bytes, {_maker.RequestsOfConnection.Count} connections, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.True(cut > 500);
        Assert.All(_maker.RequestsOfConnection.Values, requests => Assert.Equal(1, requests));
    }

    // Red without ConnectCallback in HttpMediaOrigin: the platform's client by itself sends a request up to four times.
    [Fact]
    public async Task H10_A_fetch_that_fails_in_any_phase_is_not_tried_again_behind_the_viewers_back()
    {
        await using var house = await HazardHouse.Start();
        Func<RawExchange, Task>[] phases =
        [
            exchange => { exchange.Close(); return Task.CompletedTask; },
            async exchange => { await exchange.Send("HTTP/1.1 20"u8.ToArray()); exchange.Close(); },
            async exchange => { await exchange.Send(exchange.Proper().AsMemory(0, 200)); exchange.Close(); },
            async exchange => { var all = exchange.Proper(); await exchange.Send(all.AsMemory(0, all.Length - 1)); exchange.Close(); },
            exchange => exchange.Send(exchange.Proper(status: "503 Try Again", more: "Retry-After: 0\r\n")),
            exchange => exchange.Send(exchange.Proper(status: "408 Request Timeout", more: "Connection: close\r\n")),
        ];
        foreach (var phase in phases)
        {
            house.Maker.Answer = exchange => exchange.Send(exchange.Proper());
            var viewer = await house.Watch(Cameras.Mine);
            house.Maker.Heads.Clear();
            house.Maker.Answer = phase;
            var (status, bytes) = await viewer.Fetch(viewer.Units[^1]);
            Assert.NotEqual(HttpStatusCode.OK, status);
            Assert.Empty(bytes);
            var first = Assert.Single(house.Maker.Heads);

            // The viewer may ask again; that is another request with another nonce.
            house.Maker.Answer = exchange => exchange.Send(exchange.Proper());
            Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[^1])).Status);
            Assert.NotEqual(Nonce(first), Nonce(house.Maker.Heads.Last()));
        }
    }

    // Red when HttpMediaOrigin.Unit takes 206 for 200.
    [Fact]
    public async Task H11_A_part_is_no_unit_and_parts_are_never_put_together()
    {
        var whole = _maker.Body(Cameras.Mine.VendorDeviceId).Length;
        foreach (var (status, more) in ((string, string)[])
            [
                ("206 Partial Content", $"Content-Range: bytes 0-{whole - 1}/{whole}\r\n"),
                ("206 Partial Content", $"Content-Range: bytes 0-{whole - 1}/{whole * 2}\r\n"),
                ("206 Partial Content", "Content-Type: multipart/byteranges; boundary=x\r\n"),
                ("206 Partial Content", ""),
                ("416 Range Not Satisfiable", $"Content-Range: bytes */{whole}\r\n"),
            ])
        {
            _maker.Answer = exchange => exchange.Send(exchange.Proper(more, status));
            Assert.Null(await Ask(Cameras.Mine));
        }

        Assert.All(_maker.Heads, head => Assert.DoesNotContain("Range:", head, StringComparison.OrdinalIgnoreCase));

        // A viewer who asks for a range gets the whole unit.
        await using var house = await HazardHouse.Start();
        var viewer = await house.Watch(Cameras.Mine);
        using var request = new HttpRequestMessage(HttpMethod.Get, viewer.Units[^1]);
        request.Headers.TryAddWithoutValidation("Range", "bytes=10-19");
        request.Headers.TryAddWithoutValidation("If-Range", "\"x\"");
        using var answer = await house.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(house.Maker.Body(Cameras.Mine.VendorDeviceId), await answer.Content.ReadAsByteArrayAsync());
        Assert.DoesNotContain(house.Maker.Heads, head => head.Contains("Range:", StringComparison.OrdinalIgnoreCase));
    }

    // Red with ReadAtLeast in place of ReadExactly in HttpMediaOrigin.Unit and the length left out of EvidenceVerifier.
    [Fact]
    public async Task H12_Truncated_at_any_byte_nothing_of_a_unit_is_released()
    {
        var whole = _maker.Body(Cameras.Mine.VendorDeviceId).Length;
        for (var cut = 1; cut <= whole; cut++)
        {
            _maker.Answer = async exchange =>
            {
                await exchange.Send(exchange.Proper().AsMemory(0..^cut));
                exchange.Close();
            };
            Assert.Null(await Ask(Cameras.Mine));
        }

        // Honest about being short, silent about the length, and longer than what was signed.
        foreach (var change in (Func<string, byte[], byte[]>[])
            [
                (start, body) => [.. Encoding.ASCII.GetBytes(start.Replace($"Content-Length: {body.Length}", $"Content-Length: {body.Length - 9}", StringComparison.Ordinal)), .. body[..^9]],
                (start, body) => [.. Encoding.ASCII.GetBytes(start.Replace($"Content-Length: {body.Length}", "Connection: close", StringComparison.Ordinal)), .. body],
                (start, body) => [.. Encoding.ASCII.GetBytes(start.Replace($"Content-Length: {body.Length}", "Transfer-Encoding: chunked", StringComparison.Ordinal)), .. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8],
                (start, body) => [.. Encoding.ASCII.GetBytes(start.Replace($"Content-Length: {body.Length}", $"Content-Length: {body.Length + 5}", StringComparison.Ordinal)), .. body, .. "extra"u8],
            ])
        {
            _maker.Answer = async exchange =>
            {
                var all = exchange.Proper();
                var end = all.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
                await exchange.Send(change(Encoding.ASCII.GetString(all, 0, end), all[end..]));
                exchange.Close();
            };
            Assert.Null(await Ask(Cameras.Mine));
        }

        await ExpectClean();
    }

    // Red without the ContentEncoding checks in HttpMediaOrigin, or with AutomaticDecompression there.
    [Fact]
    public async Task H13_Nothing_is_compressed_on_either_side()
    {
        foreach (var encoding in (string[])["gzip", "br", "identity", "gzip, gzip"])
        {
            _maker.Answer = exchange => exchange.Send(exchange.Proper($"Content-Encoding: {encoding}\r\n"));
            Assert.Null(await Ask(Cameras.Mine));
            using var mine = Origin(Cameras.Mine);
            Assert.Null(await mine.Playlist(CancellationToken.None));
        }

        Assert.All(_maker.Heads, head => Assert.DoesNotContain("Accept-Encoding", head, StringComparison.OrdinalIgnoreCase));

        await using var house = await HazardHouse.Start();
        var viewer = await house.Watch(Cameras.Mine);
        foreach (var url in (Uri[])[viewer.Entry, viewer.PlaylistUrl!, viewer.Init, viewer.Units[^1]])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br, deflate");
            request.Headers.TryAddWithoutValidation("TE", "gzip");
            using var answer = await house.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Empty(answer.Content.Headers.ContentEncoding);
            Assert.NotEqual(true, answer.Headers.TransferEncodingChunked);
            Assert.Equal((await answer.Content.ReadAsByteArrayAsync()).Length, answer.Content.Headers.ContentLength);
        }
    }

    // Red with AllowAutoRedirect in HttpMediaOrigin.
    [Theory]
    [InlineData("301 Moved Permanently")]
    [InlineData("302 Found")]
    [InlineData("303 See Other")]
    [InlineData("307 Temporary Redirect")]
    [InlineData("308 Permanent Redirect")]
    [InlineData("300 Multiple Choices")]
    public async Task H14_A_redirect_is_not_followed_and_not_passed_on(string status)
    {
        await using var elsewhere = new RawMaker();
        await using var house = await HazardHouse.Start();
        var viewer = await house.Watch(Cameras.Mine);
        house.Maker.Answer = exchange => exchange.Send(exchange.Proper($"Location: {elsewhere.Url}/{exchange.Camera}/{exchange.File}\r\nRefresh: 0; url={elsewhere.Url}\r\n", status));
        foreach (var url in (Uri[])[viewer.Init, viewer.Units[^1]])
        {
            using var answer = await house.Http.GetAsync(url);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Null(answer.Headers.Location);
            Assert.False(answer.Headers.Contains("Refresh"));
        }

        await Task.Delay(450);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await viewer.Poll());
        Assert.Empty(elsewhere.RequestsOfConnection);
    }

    // Red without MediaOrigins.Contains in DeviceCloud.OpenStream.
    [Fact]
    public async Task H15_Media_come_from_hosts_that_were_agreed_and_from_no_other()
    {
        foreach (var (origins, status) in ((Dictionary<string, string?>?, int)[])
            [(null, 200), (new(StringComparer.Ordinal) { ["DeviceCloud:MediaOrigins:0"] = "https://media.acme.example" }, 503)])
        {
            await using var bridge = await BridgeOnMaker.Start(more: origins);
            var home = await bridge.Link("home1");
            var opened = (await bridge.OpenCamera(home)).Payload.GetProperty("commands")[0].GetProperty("states").GetProperty("cameraStreamAccessUrl").GetString()!;
            Assert.Equal(status, await bridge.Enter(opened));
        }
    }

    // Red with a Host header of somebody else's, or with one connection for two hosts.
    [Fact]
    public async Task H15_A_request_names_the_host_it_goes_to_and_421_is_an_answer_like_any_failure()
    {
        await using var second = new RawMaker();
        second.Answer = exchange => exchange.Send(exchange.Proper(status: "421 Misdirected Request"));
        using var mine = Origin(Cameras.Mine);
        using var elsewhere = new HttpMediaOrigin(second.MediaUrl(Cameras.Mine), "token", MediaContainer.Fmp4);

        Assert.NotNull(await Verify(mine, Cameras.Mine));
        Assert.Null(await Verify(elsewhere, Cameras.Mine));

        Assert.Contains($"\r\nHost: {new Uri(_maker.Url).Authority}\r\n", Assert.Single(_maker.Heads), StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: {new Uri(second.Url).Authority}\r\n", Assert.Single(second.Heads), StringComparison.Ordinal);
    }

    // Red with one HttpClient for all sessions, or with connections that live on (PooledConnectionLifetime in HttpMediaOrigin).
    [Fact]
    public async Task Upstream_connections_carry_one_request_each_and_belong_to_one_session()
    {
        await using var house = await HazardHouse.Start();
        for (var number = 1; number <= 3; number++)
        {
            for (var session = 0; session < 2; session++)
            {
                var viewer = await house.Watch(RawMaker.Camera(number));
                foreach (var url in (Uri[])[viewer.Init, .. viewer.Units])
                {
                    Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(url)).Status);
                }
            }
        }

        Assert.Equal(house.Maker.Heads.Count, house.Maker.RequestsOfConnection.Count);
        Assert.All(house.Maker.RequestsOfConnection.Values, requests => Assert.Equal(1, requests));
        Assert.InRange(house.Maker.Heads.Count, 30, 60);
    }

    private static string Nonce(string head) => head.Split("Media-Nonce: ")[1].Split('\r')[0];

    private HttpMediaOrigin Origin(DeviceRef camera) => new(_maker.MediaUrl(camera), "token", MediaContainer.Fmp4);

    private static UnitExpectation Expected(DeviceRef camera, string nonce) =>
        new(camera, RawMaker.Keys(camera), UnitKind.Segment, RawMaker.NewestUnit, nonce);

    /// <summary>A session's first fetch; null when nothing is released.</summary>
    private async Task<VerifiedUnit?> Ask(DeviceRef camera)
    {
        using var origin = Origin(camera);
        return await Verify(origin, camera);
    }

    private async Task<VerifiedUnit?> Verify(HttpMediaOrigin origin, DeviceRef camera)
    {
        var expected = Expected(camera, Convert.ToHexString(RandomNumberGenerator.GetBytes(12)));
        if (await origin.Unit(expected, CancellationToken.None) is not { } unit)
        {
            return null;
        }

        _verifier.Verify(expected, unit, out var verified);
        Assert.True(verified is null || RawMaker.AreOf(camera, verified.Bytes.Span), "Foreign bytes were proven.");
        return verified;
    }

    private async Task ExpectClean()
    {
        _maker.Answer = exchange => exchange.Send(exchange.Proper());
        foreach (var camera in (DeviceRef[])[Cameras.Mine, Cameras.Other])
        {
            Assert.NotNull(await Ask(camera));
        }
    }
}
