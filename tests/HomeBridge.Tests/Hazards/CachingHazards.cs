using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Hazards;

/// <summary>H1 to H5: what caches do, and what keys do that are not whole.</summary>
public sealed class CachingHazards(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly DeviceRef Camera = RawMaker.Camera(1);

    private HazardHouse _house = null!;

    public async Task InitializeAsync() => _house = await HazardHouse.Start();

    public async Task DisposeAsync() => await _house.DisposeAsync();

    // Red without the foreach over Always in MediaHeaders.UseMediaHeaders, or with it moved behind any early answer.
    [Fact]
    public async Task H01_Every_answer_forbids_storing_whatever_its_status()
    {
        var viewer = await _house.Watch(Camera);
        var (entry, playlist, init, unit) = (viewer.Entry, viewer.PlaylistUrl!, viewer.Init, viewer.Units[^1]);
        var seen = new HashSet<int>();
        async Task Look(HttpMethod method, Uri url, HttpContent? body = null)
        {
            using var request = new HttpRequestMessage(method, url) { Content = body };
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer token");
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
            using var answer = await _house.Http.SendAsync(request);
            seen.Add((int)answer.StatusCode);
            Assert.Equal("no-store, private", answer.Headers.NonValidated["Cache-Control"].ToString());
            foreach (var name in (string[])["ETag", "Last-Modified", "Expires", "Vary", "Age", "Set-Cookie"])
            {
                Assert.False(answer.Headers.NonValidated.Contains(name) || answer.Content.Headers.NonValidated.Contains(name), $"{(int)answer.StatusCode} {url.AbsolutePath} has {name}.");
            }
        }

        Uri[] all = [entry, playlist, init, unit, new(entry, "/v1/e/x/live.m3u8"), new(playlist, "x.m4s"), new(entry, "/"), new(entry, "/v1/probe/AAAAAAAAAAAAAAAAAAAAAA"), new(entry, "/health/live"), new(entry, "/health/ready")];
        foreach (var url in all)
        {
            await Look(HttpMethod.Get, url);
            await Look(HttpMethod.Options, url);
            await Look(HttpMethod.Post, url);
            await Look(HttpMethod.Get, url, new StringContent("body"));
        }

        _house.Maker.Answer = exchange => exchange.Send(exchange.Proper(status: "500 Broken"));
        await Look(HttpMethod.Get, init);
        _house.Suspensions = new SuspensionSnapshot(2, [new SuspensionInForce("sus_1", new SuspensionScope(), SuspensionEffects.CutStreams)]);
        await _house.Until(() => Task.FromResult(!_house.Ended.IsEmpty));
        await Look(HttpMethod.Get, playlist);

        Assert.Superset(new HashSet<int> { 200, 204, 400, 403, 404, 405, 503 }, seen);
    }

    // Red when ServePlaylist or ServeUnit answers from anything that it kept: e.g. return Window.Text when Refresh is false.
    [Fact]
    public async Task H02_A_maker_in_trouble_shows_nothing_and_never_the_last_good_thing()
    {
        var viewer = await _house.Watch(Camera);
        var (unit, init) = (viewer.Units[^1], viewer.Init);
        Assert.True(RawMaker.AreOf(Camera, (await viewer.Fetch(unit)).Bytes));
        const string stale = "Cache-Control: max-age=60, stale-while-revalidate=600, stale-if-error=600\r\n";
        Func<RawExchange, Task>[] troubles =
        [
            exchange => exchange.Send(exchange.Proper(stale, "500 Broken")),
            exchange => exchange.Send(exchange.Proper(stale, "304 Not Modified")),
            exchange => exchange.Send(exchange.Proper(stale, "504 Too Late")),
            exchange => { exchange.Close(); return Task.CompletedTask; },
            async exchange => { await exchange.Send(exchange.Proper(stale).AsMemory(0, 60)); exchange.Close(); },
            exchange => Task.Delay(TimeSpan.FromSeconds(3), exchange.Stop),
        ];
        foreach (var trouble in troubles)
        {
            _house.Maker.Answer = trouble;
            await Task.Delay(450);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await viewer.Poll());
            foreach (var url in (Uri[])[unit, init])
            {
                var (status, bytes) = await viewer.Fetch(url);
                Assert.NotEqual(HttpStatusCode.OK, status);
                Assert.Empty(bytes);
            }

            viewer = await WatchAgain();
            (unit, init) = (viewer.Units[^1], viewer.Init);
        }

        async Task<Viewer> WatchAgain()
        {
            _house.Maker.Answer = exchange => exchange.Send(exchange.Proper());
            return await _house.Watch(Camera);
        }
    }

    // Red without CacheControl or Request() in HttpMediaOrigin (the requests), or with CacheMark() answering null (the answers).
    [Fact]
    public async Task H03_Requests_forbid_caches_and_an_answer_out_of_one_is_refused()
    {
        foreach (var mark in (string[])["Age: 7", "Age: x", "X-Cache: HIT", "X-Cache: Hit from cloudfront", "Cache-Status: edge; hit", "Via: 1.1 edge (Traffic [cHs f ])", "Warning: 110 - \"stale\"", "CF-Cache-Status: HIT"])
        {
            _house.Maker.Answer = exchange => exchange.Send(exchange.Proper());
            var viewer = await _house.Watch(Camera);
            _house.Maker.Answer = exchange => exchange.Send(exchange.Proper(mark + "\r\n"));
            await Task.Delay(450);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await viewer.Poll());
            var ended = _house.Ended.Count;
            var (status, bytes) = await viewer.Fetch(new Uri(viewer.PlaylistUrl!, await Listed(viewer)));
            Assert.True(status == HttpStatusCode.NotFound && bytes.Length == 0, $"{mark}: {status}");
            await _house.Until(() => Task.FromResult(_house.Ended.Count > ended));
            Assert.Contains(_house.Ended, one => one is { Why: "Evidence", Detail: "FromCache" });
        }

        var heads = _house.Maker.Heads.ToArray();
        Assert.All(heads, head => Assert.Contains("Cache-Control: no-store, no-cache\r\n", head, StringComparison.OrdinalIgnoreCase));
        var nonces = heads.Select(head => head.Split("Media-Nonce: ")[1].Split('\r')[0]).ToList();
        Assert.All(nonces, nonce => Assert.Equal(24, nonce.Length));
        Assert.Distinct(nonces);

        // The poll that failed left no text in the viewer, so the unit comes from a new look at a healthy maker.
        async Task<string> Listed(Viewer viewer)
        {
            var marked = _house.Maker.Answer;
            _house.Maker.Answer = exchange => exchange.Send(exchange.Proper());
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            _house.Maker.Answer = marked;
            return viewer.Units[^1].Segments[^1];
        }
    }

    // Red as soon as anything in the gateway answers two requests with one fetch: units asked of the maker would be fewer.
    [Fact]
    public async Task H04_A_thousand_requests_at_once_are_a_thousand_fetches_and_none_is_crossed()
    {
        const int sessions = 1000;
        const int cameras = 500;
        var started = Stopwatch.GetTimestamp();
        _house.Maker.Answer = async exchange =>
        {
            await Task.Delay(exchange.Nonce.Length == 0 ? 0 : exchange.Nonce[0] % 40, exchange.Stop);
            await exchange.Send(exchange.Proper());
        };
        using var atOnce = new SemaphoreSlim(200);
        var (delivered, foreign, broken) = (0, 0, 0);
        var fetched = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(async number =>
        {
            var camera = RawMaker.Camera(number % cameras);
            await atOnce.WaitAsync();
            try
            {
                var viewer = new Viewer(_house.Http, _house.NewEntry(camera));
                if (await viewer.Enter() != HttpStatusCode.OK || await viewer.Poll() != HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref broken);
                    return;
                }

                foreach (var url in (Uri[])[viewer.Init, viewer.Units[^1]])
                {
                    var (status, bytes) = await viewer.Fetch(url);
                    if (status == HttpStatusCode.OK)
                    {
                        Interlocked.Increment(ref delivered);
                        Interlocked.Add(ref foreign, RawMaker.AreOf(camera, bytes) ? 0 : 1);
                    }
                }
            }
            finally
            {
                atOnce.Release();
            }
        }));
        var units = _house.Maker.Heads.Count(head => !head.Contains(".m3u8", StringComparison.Ordinal));

        output.WriteLine($"{delivered} units to {sessions} sessions of {cameras} cameras, {units} fetches, {broken} sessions without an answer in time, {foreign} foreign, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.Equal(0, foreign);
        Assert.InRange(delivered, sessions, 2 * sessions);
        Assert.InRange(units, delivered, 2 * sessions);
    }

    // Red when UnitTokenKey's context writes its parts without their lengths, e.g. as one interpolated string.
    [Fact]
    public void H05_A_key_is_the_whole_tuple_and_no_two_tuples_are_one_key()
    {
        string[] parts = ["a", "b", "c", "a:b", "b:c", "a|b", "b|c", "a,b", "a/b", "b/c", "a.b", "a b", "ab", "bc", "abc", "A", "a%3Ab", "a%3ab", "é", "e\u0301", "", "a\u0001", "\u0001b", "a\nb", "0", "00"];
        var secret = new byte[UnitTokenKey.KeyLength];
        var texts = new Dictionary<string, (string, string, string)>(StringComparer.Ordinal);
        var compared = 0;
        foreach (var session in parts)
        {
            foreach (var vendor in parts)
            {
                foreach (var device in parts)
                {
                    var key = new UnitTokenKey(secret, session, new DeviceRef(vendor, device));
                    var text = new UnitToken(UnitTokenPurpose.Segment, 7, 9).Seal(key);
                    Assert.True(texts.TryAdd(text, (session, vendor, device)), $"({session}, {vendor}, {device}) and {texts.GetValueOrDefault(text)} are one key.");
                    Assert.True(UnitToken.TryOpen(text, key, out _));
                    compared++;
                }
            }
        }

        Assert.Equal(parts.Length * parts.Length * parts.Length, compared);

        // The keys of a camera: maker and device apart, in the characters that ids have.
        string[] ids = ["a", "b", "c", "a:b", "b:c", "a-b", "a.b", "ab", "bc", "A"];
        var derived = ids.SelectMany(vendor => ids.Select(device =>
            Convert.ToHexString(HomeBridge.Streaming.Evidence.DeviceEvidenceKeys.Derive(secret, new DeviceRef(vendor, device)).Ingest))).ToList();
        Assert.Distinct(derived);
        Assert.Equal(ids.Length * ids.Length, Encoding.ASCII.GetByteCount(string.Concat(derived)) / 64);
    }
}
