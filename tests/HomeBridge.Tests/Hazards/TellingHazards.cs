using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Hazards;

/// <summary>H1 and H19 on the whole house: what the bridge's answers allow, and what all of it writes down.</summary>
[Collection(SandboxCollection.Name)]
public sealed partial class TellingHazards(SandboxFixture sandbox)
{
    // Red without CacheControl in FulfillmentEndpoint.cs, TokenAnswer.cs, Hosting/Pages/Page.cs or BrokenRequests.cs.
    [Fact]
    public async Task H01_The_bridges_answers_about_homes_and_tokens_forbid_storing_too()
    {
        var home = await sandbox.Link("maple");
        var camera = await home.Device("Front door camera");
        var execute = $$$"""{"requestId":"{{{Guid.NewGuid()}}}","inputs":[{"intent":"action.devices.EXECUTE","payload":{"commands":[{"devices":[{"id":"{{{camera}}}"}],"execution":[{"command":"action.devices.commands.GetCameraStream","params":{"StreamToChromecast":false,"SupportedStreamProtocols":["hls"]}}]}]}}]}""";
        using var granted = await home.Post(execute);
        Assert.Contains("cameraStreamAccessUrl", await granted.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var notJson = await home.Post("{");
        using var wrongType = await home.Post(execute, "text/plain");
        using var nobody = await sandbox.Http.PostAsync(new Uri(sandbox.Bridge, "/fulfillment/google"), new StringContent(execute, System.Text.Encoding.UTF8, "application/json"));
        using var token = await sandbox.Http.PostAsync(new Uri(sandbox.Bridge, "/oauth/token"), new FormUrlEncodedContent([new("grant_type", "refresh_token")]));
        using var page = await sandbox.Http.GetAsync(new Uri(sandbox.Bridge, "/oauth/authorize?client_id=x"));
        foreach (var answer in (HttpResponseMessage[])[granted, notJson, wrongType, nobody, token, page])
        {
            Assert.True(answer.Headers.CacheControl is { NoStore: true, Public: false, SharedMaxAge: null, MustRevalidate: false }, $"{answer.RequestMessage!.RequestUri!.AbsolutePath} {(int)answer.StatusCode}: {answer.Headers.CacheControl}");
            Assert.Null(answer.Headers.ETag);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    // Red with the path or the token in any log call of the gateway, e.g. in ServeUnit's "A unit was refused".
    [Fact]
    public async Task H19_No_log_line_of_a_gateway_in_any_trouble_names_what_opens_a_stream_or_where_it_comes_from()
    {
        await using var house = await HazardHouse.Start();
        var camera = RawMaker.Camera(7);
        var viewer = await house.Watch(camera);
        var secrets = Secrets(viewer).Concat([camera.VendorDeviceId, house.Maker.Url, "token-" + camera.VendorDeviceId]).ToList();
        await viewer.Fetch(viewer.Units[0]);
        await new Viewer(house.Http, new Uri(viewer.Entry.AbsoluteUri.Replace("/live", "/dead", StringComparison.Ordinal))).Enter();
        await new Viewer(house.Http, new Uri(viewer.Entry.AbsoluteUri.Replace(viewer.Entry.Segments[3], "A" + viewer.Entry.Segments[3][1..], StringComparison.Ordinal))).Enter();
        await viewer.Fetch(new Uri(viewer.Units[0] + "x"));
        foreach (var trouble in (Func<RawExchange, Task>[])
            [
                exchange => { exchange.Close(); return Task.CompletedTask; },
                exchange => exchange.Send(exchange.Proper(status: "500 Broken")),
                exchange => exchange.Send("nonsense\r\n\r\n"u8.ToArray()),
                exchange => exchange.Send(exchange.Proper(camera: RawMaker.Camera(8).VendorDeviceId)),
            ])
        {
            house.Maker.Answer = trouble;
            await viewer.Fetch(viewer.Units[^1]);
        }

        await house.Until(() => Task.FromResult(house.Log.Any(line => line.Contains("A unit was refused", StringComparison.Ordinal))));
        Assert.All(secrets, secret => Assert.DoesNotContain(house.Log, line => line.Contains(secret, StringComparison.Ordinal)));
    }

    // Red with the media address or the maker's id in a log call of GrantStream, RedeemGrant or DeviceCloudConnection.
    [Fact]
    public async Task H19_Log_metrics_audit_and_console_of_everything_so_far_name_no_ticket_and_no_media_url()
    {
        var home = await sandbox.Link("maple");
        var viewer = await home.Watch(await home.Device("Front door camera"));
        Assert.Equal(HttpStatusCode.OK, await viewer.Enter());
        for (var attempt = 0; await viewer.Poll() != HttpStatusCode.OK; attempt++)
        {
            // A camera that nobody watched yet takes a moment.
            Assert.InRange(attempt, 0, 10);
            await Task.Delay(500);
        }

        await viewer.Fetch(viewer.Units[^1]);
        var cameras = (await sandbox.MakerDevices()).Where(device => device.CameraNumber is not null).Select(device => device.VendorDeviceId).ToList();
        var texts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["log"] = sandbox.Process.Output[sandbox.Process.Output.IndexOf("\nready", StringComparison.Ordinal)..],
        };
        foreach (var path in (string[])["/metrics", "/ops/v1/audit", "/ops/v1/replicas", "/ops/v1/effective", "/ops/v1/suspensions", "/ops/v1/doctor", "/ops/v1/vitals", "/"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Ops, path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sandbox-operator");
            using var answer = await sandbox.Http.SendAsync(request);
            texts[path] = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode < 400, $"{path}: {(int)answer.StatusCode}");
        }

        Assert.Contains("\"self_probe\"", texts["/ops/v1/replicas"], StringComparison.Ordinal);
        foreach (var (where, text) in texts)
        {
            Assert.All(Secrets(viewer), secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
            Assert.False(StreamUrl().IsMatch(text), $"{where} has a stream's URL: {StreamUrl().Match(text).Value}");
            Assert.DoesNotContain(sandbox.Cloud.Authority + "/media", text, StringComparison.Ordinal);
        }

        // A log is read by people who have no business with whose camera it is.
        Assert.All(cameras, camera => Assert.DoesNotContain(camera, texts["log"] + texts["/metrics"], StringComparison.Ordinal));
    }

    /// <summary>What opens anything of a viewer's stream.</summary>
    private static IEnumerable<string> Secrets(Viewer viewer) =>
    [
        viewer.Entry.Segments[3].TrimEnd('/'), viewer.PlaylistUrl!.Segments[3].TrimEnd('/'),
        .. ((Uri[])[viewer.PlaylistUrl, viewer.Init, .. viewer.Units]).Select(url => Path.GetFileNameWithoutExtension(url.Segments[4])),
    ];

    [GeneratedRegex(@"/v1/(?:e/[A-Za-z0-9_-]{20}|s/[0-9a-f]{32})", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StreamUrl();
}
