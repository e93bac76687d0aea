using System.Net;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Feed;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Hazards;

/// <summary>H21: what stands before the gateway. A real nginx, and the gateway's own look through it.</summary>
public sealed class ProxyHazards
{
    private static readonly DeviceRef Camera = RawMaker.Camera(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    private const string Cached = "location ~ \\.m4s$ { {pass} " + Nginx.Caching + " }";

    // Red when SelfProbe.Fetch refuses what is only passed on.
    [Fact]
    public async Task H21_Through_an_nginx_that_only_passes_on_streams_play()
    {
        await using var world = await World.Start("");
        await world.House.Until(async () => (await world.House.Ready()).Status == 200);

        var viewer = await world.Watch();
        foreach (var url in (Uri[])[viewer.Init, .. viewer.Units])
        {
            Assert.Equal(world.Nginx.Url.Port, url.Port);
            var (status, bytes) = await viewer.Fetch(url);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True(RawMaker.AreOf(Camera, bytes));
        }

        Assert.Contains(world.House.Probes, found => found.State is SelfProbeState.Passed);
    }

    // Red without probe.IsOpen in UseSelfProbe; each row without its check in SelfProbe.Fetch or WhatIsWrong.
    [Theory]
    [InlineData(Nginx.Caching, "", "gave one answer twice")]
    [InlineData("", Cached, "/v1/s/….m4s gave one answer twice")]
    [InlineData("", "location /v1/s/ { {pass} " + Nginx.Caching + " }", "/v1/s/….m3u8 gave one answer twice")]
    [InlineData(Nginx.Caching + " add_header X-Cache $upstream_cache_status;", "", "X-Cache: HIT")]
    [InlineData("proxy_hide_header Cache-Control; add_header Cache-Control 'public, max-age=60';", "", "arrives with Cache-Control: public, max-age=60")]
    [InlineData("expires 1m;", "", "Cache-Control")]
    [InlineData("proxy_hide_header Access-Control-Allow-Origin;", "", "Access-Control-Allow-Origin: (none)")]
    [InlineData("add_header ETag '\"x\"';", "", "arrives with ETag")]
    [InlineData("add_header Age 7;", "", "Age: 7")]
    [InlineData("gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *;", "", "arrives compressed")]
    [InlineData("sub_filter_types *; sub_filter '.' '-';", "", "or the answer was changed")]
    [InlineData("", "location /v1/ { return 200 'hello'; }", "by something else than this gateway")]
    [InlineData("", "location /v1/ { return 302 https://cdn.example$request_uri; }", "(302) by something else")]
    public async Task H21_An_nginx_that_keeps_or_changes_answers_is_refused_at_the_start(string rules, string more, string why)
    {
        await using var world = await World.Start(rules, more);
        await world.House.Until(async () => (await world.House.Ready()).Text.Contains(why, StringComparison.Ordinal));

        await world.ExpectClosed(why);
    }

    // Red without the loop in SelfProbe.ExecuteAsync: what is found at the start would be believed for ever.
    [Fact]
    public async Task H21_Caching_that_is_switched_on_while_streams_play_is_found_and_ends_them()
    {
        await using var world = await World.Start("");
        await world.House.Until(async () => (await world.House.Ready()).Status == 200);
        var viewer = await world.Watch();
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[^1])).Status);

        await world.Nginx.Reload("", Cached);
        await world.House.Until(async () => (await world.House.Ready()).Status == 503);

        await world.ExpectClosed("gave one answer twice");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await viewer.Poll());
        await world.House.Until(() => Task.FromResult(world.House.Ended.Any(one => one.Why == "PublicPath")));

        await world.Nginx.Reload("");
        await world.House.Until(async () => (await world.House.Ready()).Status == 200);
        Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        await world.Watch();
    }

    // Red when SelfProbe.Look leaves the state as it was for ever. One failure alone closes nothing that was open.
    [Fact]
    public async Task H21_A_public_url_that_cant_be_reached_is_refused_unless_the_probe_is_off()
    {
        await using var unreachable = await HazardHouse.Start(options => options with { PublicUrl = "http://127.0.0.1:9", SelfProbeEvery = Soon });
        await unreachable.Until(async () => (await unreachable.Ready()).Text.Contains("can't be reached", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await new Viewer(unreachable.Http, unreachable.NewEntry(Camera)).Enter());

        await using var off = await HazardHouse.Start(options => options with { PublicUrl = "http://127.0.0.1:9", SelfProbe = false });
        await off.Watch(Camera);
        await off.Until(() => Task.FromResult(off.Probes.Any(found => found is { State: SelfProbeState.Off, Why: { } why } && why.Contains("probe off", StringComparison.Ordinal))));
    }

    // Red when ProbePaths takes a key of its own though ProbeKey is there, or none of its own without it.
    [Theory]
    [InlineData("shared", "shared", true)]
    [InlineData("shared", null, false)]
    [InlineData(null, null, false)]
    public async Task H21_Gateways_behind_one_url_know_each_other_by_their_probe_key(string? mine, string? others, bool open)
    {
        await using var other = await HazardHouse.Start(options => options with { ProbeKey = others });
        await using var house = await HazardHouse.Start(options => options with
        {
            PublicUrl = other.Gateway.GetLeftPart(UriPartial.Authority),
            SelfProbeEvery = Soon,
            ProbeKey = mine,
        });

        await house.Until(() => Task.FromResult(house.Probes.Any(found => found.State == (open ? SelfProbeState.Passed : SelfProbeState.Refused))));
        Assert.Equal(open ? 200 : 503, (await house.Ready()).Status);
    }

    // Red with another length than RandomLength taken in ProbePaths.IsProbe, or with anything of the request in the answer.
    [Fact]
    public async Task H21_The_probe_tells_nothing_and_is_small()
    {
        await using var house = await HazardHouse.Start();
        using var answer = await house.Http.GetAsync(new Uri(house.Gateway, "/v1/probe/AAAAAAAAAAAAAAAAAAAAAA"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(67, answer.Content.Headers.ContentLength);
        Assert.DoesNotContain("AAAAAAAA", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (var wrong in (string[])["", "A", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA.", "AAAAAAAAAAAAAAAAAAAAA~", "AAAAAAAAAAAAAAAAAAAAAA/", "AAAAAAAAAAAAAAAAAAAAAA?x"])
        {
            using var refused = await house.Http.GetAsync(new Uri(house.Gateway, "/v1/probe/" + wrong));
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
    }

    private sealed class World(HazardHouse house, Nginx nginx) : IAsyncDisposable
    {
        public HazardHouse House => house;

        public Nginx Nginx => nginx;

        public static async Task<World> Start(string rules, string more = "")
        {
            Nginx nginx = null!;
            var house = await HazardHouse.Start(options =>
            {
                nginx = Nginx.Before(new Uri(options.ListenUrl));
                return options with { PublicUrl = nginx.PublicUrl, SelfProbeEvery = Soon };
            });
            await nginx.Run(rules, more);
            return new World(house, nginx);
        }

        public async Task<Viewer> Watch()
        {
            var viewer = new Viewer(house.Http, new Uri(nginx.Url, house.NewEntry(Camera).AbsolutePath));
            Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
            Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
            return viewer;
        }

        /// <summary>Nothing is streamed, by any way, and it is told why.</summary>
        public async Task ExpectClosed(string why)
        {
            var (status, text) = await house.Ready();
            Assert.Equal(503, status);
            Assert.Contains(why, text, StringComparison.Ordinal);

            // It closes first, and is told then.
            await house.Until(() => Task.FromResult(
                house.Probes.Any(found => found is { State: SelfProbeState.Refused } && found.Why!.Contains(why, StringComparison.Ordinal))
                && house.Log.Any(line => line.StartsWith("Critical:", StringComparison.Ordinal) && line.Contains(why, StringComparison.Ordinal))));
            foreach (var url in (Uri[])[house.NewEntry(Camera), new(house.Gateway, "/v1/s/x/y.m3u8"), new(house.Gateway, "/v1/s/x/y.m4s")])
            {
                using var answer = await house.Http.GetAsync(url);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.Equal("unavailable\n", await answer.Content.ReadAsStringAsync());
            }
        }

        public async ValueTask DisposeAsync()
        {
            await nginx.DisposeAsync();
            await house.DisposeAsync();
        }
    }
}
