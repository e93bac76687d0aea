using System.Diagnostics;
using System.Net;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.CameraStreams;

[Collection(SandboxCollection.Name)]
public sealed class StreamTests(SandboxFixture sandbox) : IAsyncLifetime
{
    private const string Camera = "Front door camera";

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => sandbox.Recover();

    [Fact]
    public async Task A_camera_plays_and_every_unit_names_the_granted_camera()
    {
        var (home, maker) = (await sandbox.Link("maple"), await Maker("maple"));
        var viewer = await Watching(home);

        Assert.True(viewer.Units.Count >= 2, "A playlist starts with at least two units.");
        foreach (var url in viewer.Units)
        {
            var (status, bytes) = await viewer.Fetch(url);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True(Viewer.Names(bytes, maker.VendorDeviceId));
        }
    }

    [Fact]
    public async Task What_the_gateway_serves_is_h264_that_decodes_without_an_error()
    {
        var viewer = await Watching(await sandbox.Link("maple"));
        var file = Path.GetTempFileName();
        try
        {
            await using (var stream = File.Create(file))
            {
                foreach (var url in (Uri[])[viewer.Init, .. viewer.Units])
                {
                    var (_, bytes) = await viewer.Fetch(url);
                    await stream.WriteAsync(bytes);
                }
            }

            var probe = await Run("ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=codec_name,width,height,nb_read_frames", "-of", "csv=p=0", file);
            Assert.Equal("", probe.Errors);
            Assert.Equal($"h264,640,360,{viewer.Units.Count * 20}", probe.Output.Trim());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task No_url_and_no_playlist_says_whose_camera_it_is()
    {
        var (home, maker) = (await sandbox.Link("maple"), await Maker("maple"));
        var viewer = await Watching(home);
        var sync = await home.Sync();
        string[] secrets = [maker.VendorDeviceId, await home.Device(Camera), sync.GetProperty("agentUserId").GetString()!, "maple", "acme", Camera, home.AccessToken];

        foreach (var text in (string[])[viewer.Entry.AbsoluteUri, viewer.PlaylistUrl!.AbsoluteUri, viewer.PlaylistText!])
        {
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task The_playlist_moves_on_and_its_listed_urls_do_not_change()
    {
        var viewer = await Watching(await sandbox.Link("maple"));
        var before = viewer.Units;

        await Task.Delay(2_500);
        await viewer.Poll();

        Assert.NotEqual(before[^1], viewer.Units[^1]);
        Assert.Contains(before[^1], viewer.Units);
        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[^1])).Status);
    }

    [Fact]
    public async Task An_entry_ticket_answers_four_times_and_leads_to_one_session()
    {
        var viewer = await (await sandbox.Link("maple")).Watch(await (await sandbox.Link("maple")).Device(Camera));
        var playlists = new HashSet<Uri>();
        for (var fetch = 0; fetch < 4; fetch++)
        {
            Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
            playlists.Add(viewer.PlaylistUrl!);
        }

        Assert.Equal(HttpStatusCode.NotFound, await viewer.Enter());
        Assert.Single(playlists);
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
    }

    [Fact]
    public async Task Twenty_fetches_of_one_ticket_at_once_are_four_and_one_session()
    {
        var home = await sandbox.Link("maple");
        var entry = (await home.Watch(await home.Device(Camera))).Entry;
        var viewers = Enumerable.Range(0, 20).Select(_ => new Viewer(sandbox.Http, entry)).ToArray();

        var answers = await Task.WhenAll(viewers.Select(viewer => viewer.Enter()));

        Assert.Equal(4, answers.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(16, answers.Count(status => status == HttpStatusCode.NotFound));
        Assert.Single(viewers.Select(viewer => viewer.PlaylistUrl).OfType<Uri>().Distinct());
    }

    [Fact]
    public async Task A_unit_is_delivered_four_times_at_most()
    {
        var viewer = await Watching(await sandbox.Link("maple"));
        var unit = viewer.Units[^1];

        var answers = new List<HttpStatusCode>();
        for (var fetch = 0; fetch < 6; fetch++)
        {
            answers.Add((await viewer.Fetch(unit)).Status);
        }

        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.OK, 4), HttpStatusCode.NotFound, HttpStatusCode.NotFound], answers);
    }

    [Fact]
    public async Task Forged_cut_and_turned_tickets_get_the_one_404()
    {
        var home = await sandbox.Link("maple");
        var entry = (await home.Watch(await home.Device(Camera))).Entry;
        var ticket = entry.Segments[3].TrimEnd('/');
        var bodies = new HashSet<string>(StringComparer.Ordinal);
        string[] forged =
        [
            "x", new string('A', ticket.Length), ticket[..^1], ticket + "A", ticket.ToUpperInvariant(), ticket + "=", "..%2f", new string('a', 1500),
            .. Enumerable.Range(0, ticket.Length).Select(at => ticket[..at] + (ticket[at] == 'A' ? 'B' : 'A') + ticket[(at + 1)..]),
        ];

        foreach (var wrong in forged)
        {
            using var answer = await sandbox.Http.GetAsync(new Uri(sandbox.Gateway, $"/v1/e/{wrong}/live.m3u8"));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            bodies.Add(answer.ToString().Split("Date:")[0] + await answer.Content.ReadAsStringAsync());
        }

        Assert.Single(bodies);
        Assert.Equal(HttpStatusCode.OK, await new Viewer(sandbox.Http, entry).Enter());
    }

    [Fact]
    public async Task Two_homes_with_each_others_urls_see_nothing_of_each_other()
    {
        var (maple, harbor) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var theirCamera = (await sandbox.MakerDevices()).First(device => device is { Home: "harbor", CameraNumber: not null }).Name;
        var (mine, theirs) = (await Watching(maple), await Watching(harbor, theirCamera));
        string Token(Uri url) => url.Segments[^1];
        string Session(Uri url) => url.Segments[^2].TrimEnd('/');

        foreach (var url in (Uri[])[theirs.PlaylistUrl!, theirs.Init, .. theirs.Units])
        {
            using var crossed = await sandbox.Http.GetAsync(new Uri(sandbox.Gateway, $"/v1/s/{Session(mine.PlaylistUrl!)}/{Token(url)}"));
            Assert.Equal(HttpStatusCode.NotFound, crossed.StatusCode);
        }

        // And a token of one kind opens no other kind.
        var playlist = Path.GetFileNameWithoutExtension(Token(mine.PlaylistUrl!));
        var init = Path.GetFileNameWithoutExtension(Token(mine.Init));
        var unit = Path.GetFileNameWithoutExtension(Token(mine.Units[0]));
        foreach (var name in (string[])[playlist + ".mp4", playlist + ".m4s", init + ".m3u8", init + ".m4s", unit + ".m3u8", unit + ".mp4", unit, unit + ".ts", unit + ".m4s.m4s"])
        {
            using var turned = await sandbox.Http.GetAsync(new Uri(sandbox.Gateway, $"/v1/s/{Session(mine.PlaylistUrl!)}/{name}"));
            Assert.Equal(HttpStatusCode.NotFound, turned.StatusCode);
        }
    }

    [Fact]
    public async Task The_accounts_token_opens_nothing_at_the_gateway()
    {
        var home = await sandbox.Link("maple");
        foreach (var path in (string[])[$"/v1/e/{home.AccessToken}/live.m3u8", $"/v1/s/{home.AccessToken}/{home.AccessToken}.m3u8"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Gateway, path));
            request.Headers.Authorization = new("Bearer", home.AccessToken);
            using var answer = await sandbox.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Whatever_the_answer_it_may_not_be_stored()
    {
        var viewer = await Watching(await sandbox.Link("maple"));
        Uri[] urls =
        [
            viewer.PlaylistUrl!, viewer.Init, viewer.Units[0], new(sandbox.Gateway, "/"), new(sandbox.Gateway, "/v1/e/x/live.m3u8"), new(sandbox.Gateway, "/v1/s/a/b.m4s"),
            new(viewer.Units[0] + "?x=1"), new(viewer.Units[0] + "/x.css"), new(sandbox.Gateway, "/v1/e/%2e%2e/live.m3u8"),
        ];
        foreach (var url in urls)
        {
            using var answer = await sandbox.Http.GetAsync(url);
            Assert.Equal("no-store, private", string.Join(", ", answer.Headers.GetValues("Cache-Control").Single().Split(", ").Order(StringComparer.Ordinal)));
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Null(answer.Headers.ETag);
            Assert.Null(answer.Content.Headers.LastModified);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        }

        foreach (var url in urls[6..])
        {
            using var answer = await sandbox.Http.GetAsync(url);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Media_is_fetched_by_get_and_by_nothing_else(string method)
    {
        var viewer = await Watching(await sandbox.Link("maple"));
        foreach (var url in (Uri[])[viewer.Entry, viewer.PlaylistUrl!, viewer.Units[0]])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), url);
            using var answer = await sandbox.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        }
    }

    /// <summary>Every way in which the sandbox's maker can serve wrong pictures: not one byte of a stranger's gets out.</summary>
    [Theory]
    [InlineData("cache-mixup")]
    [InlineData("mixup-signed-by-edge")]
    [InlineData("relabelled")]
    [InlineData("duplicate-key")]
    [InlineData("torn")]
    [InlineData("reply-desync")]
    [InlineData("replay")]
    [InlineData("replay-fresh")]
    [InlineData("late-capture")]
    [InlineData("stale")]
    [InlineData("no-evidence")]
    [InlineData("forged-evidence")]
    [InlineData("doubled-evidence")]
    [InlineData("truncated")]
    [InlineData("encoded")]
    [InlineData("redirect")]
    [InlineData("error")]
    [InlineData("reset")]
    [InlineData("id-collision")]
    [InlineData("hostile-playlist")]
    public async Task A_maker_that_mixes_up_pictures_reaches_nobody(string fault)
    {
        var (home, maker) = (await sandbox.Link("maple"), await Maker("maple"));
        var strangers = (await sandbox.MakerDevices()).Where(device => device.CameraNumber is not null && device.VendorDeviceId != maker.VendorDeviceId).ToList();
        var viewer = await Watching(home);
        var served = new List<byte[]>();
        var good = await viewer.Fetch(viewer.Units[0]);
        Assert.Equal(HttpStatusCode.OK, good.Status);

        await sandbox.Fault(fault);
        await Task.Delay(500);
        var status = await viewer.Poll();
        if (status == HttpStatusCode.OK)
        {
            foreach (var url in (Uri[])[.. viewer.Units, viewer.Init])
            {
                served.Add((await viewer.Fetch(url)).Bytes);
            }
        }

        Assert.All(served, bytes => Assert.DoesNotContain(strangers, stranger => Viewer.Names(bytes, stranger.VendorDeviceId)));
        Assert.All(served, bytes => Assert.Empty(bytes));
        Assert.NotEqual("hostile-playlist" == fault ? HttpStatusCode.OK : 0, status);
    }

    [Fact]
    public async Task A_stream_that_the_maker_opened_on_another_camera_shows_nothing()
    {
        var home = await sandbox.Link("maple");
        await sandbox.Fault("mapping-mixup");
        var viewer = await home.Watch(await home.Device(Camera));
        if (await viewer.Enter() == HttpStatusCode.OK && await viewer.Poll() == HttpStatusCode.OK)
        {
            foreach (var url in (Uri[])[viewer.Init, .. viewer.Units])
            {
                Assert.Empty((await viewer.Fetch(url)).Bytes);
            }
        }
    }

    [Fact]
    public async Task Wrong_evidence_ends_the_session_and_leaves_a_record()
    {
        var home = await sandbox.Link("maple");
        var viewer = await Watching(home);
        var units = viewer.Units;
        await sandbox.Fault("cache-mixup");
        Assert.Empty((await viewer.Fetch(units[0])).Bytes);
        await sandbox.NoFaults();

        Assert.Equal(HttpStatusCode.NotFound, (await viewer.Fetch(units[1])).Status);
        Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        await Task.Delay(300);
        var (_, audit) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit?limit=50");
        Assert.Contains(audit.GetProperty("rows").EnumerateArray(), row => row.GetProperty("action").GetString() == "evidence.refused"
            && row.GetProperty("detail").GetString()!.StartsWith("OtherDevice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_passing_failure_is_unavailable_and_the_stream_goes_on_afterwards()
    {
        var viewer = await Watching(await sandbox.Link("maple"));
        await sandbox.Fault("error");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await viewer.Fetch(viewer.Units[^1])).Status);
        await sandbox.NoFaults();

        Assert.Equal(HttpStatusCode.OK, (await viewer.Fetch(viewer.Units[^1])).Status);
    }

    [Fact]
    public async Task A_camera_that_goes_to_another_owner_is_not_opened_any_more()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device(Camera);
        await sandbox.Fault("owner-changed");

        var opened = await home.OpenCamera(camera);

        Assert.Equal("deviceNotFound", opened.GetProperty("errorCode").GetString());
    }

    [Fact]
    public async Task A_display_that_can_not_play_hls_is_told_so()
    {
        var home = await sandbox.Link("maple");
        var answer = await home.Execute(
            await home.Device(Camera), "GetCameraStream", new { StreamToChromecast = true, SupportedStreamProtocols = new[] { "dash", "webrtc" } });

        Assert.Equal("streamUnplayable", answer.GetProperty("errorCode").GetString());
    }

    private static async Task<Viewer> Watching(LinkedHome home, string camera = Camera)
    {
        var viewer = await home.Watch(await home.Device(camera));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        Assert.Equal(HttpStatusCode.OK, await viewer.Poll());
        return viewer;
    }

    private async Task<MakerDevice> Maker(string home) => (await sandbox.MakerDevices()).Single(device => device.Home == home && device.Name == Camera);

    private static async Task<(string Output, string Errors)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (await output, errors);
    }
}
