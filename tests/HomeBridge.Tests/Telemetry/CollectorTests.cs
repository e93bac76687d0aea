using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.Vitals;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Telemetry;

/// <summary>Real traffic, and what a collector got to know of it.</summary>
public sealed class CollectorTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private Collector _collector = null!;
    private SandboxProcess _sandbox = null!;

    public async Task InitializeAsync()
    {
        _collector = await Collector.Start();
        _sandbox = await SandboxProcess.Start(more: ["--collector", _collector.Url, "--drill-interval", "86400"]);
    }

    public async Task DisposeAsync()
    {
        await _sandbox.DisposeAsync();
        await _collector.DisposeAsync();
    }

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task One_trace_leads_from_execute_over_the_redemption_to_the_first_segment()
    {
        var home = await LinkedHome.Link(_sandbox, _http, "maple", "google-home", _ => true);
        var viewer = await Watching(home);
        await viewer.Fetch(viewer.Init);
        await viewer.Fetch(viewer.Units[0]);

        ToldSpan? Redeemed() => _collector.Spans.FirstOrDefault(span => span.Name == "stream.redeem" && _collector.Spans.Any(other => other.Trace == span.Trace && other.Name == "stream.unit"));
        IReadOnlyList<ToldSpan> Trace() => [.. _collector.Spans.Where(span => span.Trace == Redeemed()?.Trace)];
        await _collector.Until(() => Trace().Count(span => span.Name == "stream.release") == 2 && Trace().Any(span => span.Name == "fulfillment"));
        var spans = Trace();
        ToldSpan Only(string name) => Assert.Single(spans, span => span.Name == name);

        // The bridge: a root, the grant in it, and the owner asked at the maker within.
        var root = Only("fulfillment");
        Assert.Equal("", root.Parent);
        Assert.Equal("EXECUTE", root.Tags["homebridge.intent"]);
        Assert.Equal("answered", root.Tags["homebridge.outcome"]);
        Assert.Equal(root.Id, Only("stream.grant").Parent);
        Assert.Contains(spans, span => span.Name == "device_cloud.call" && span.Parent == Only("stream.grant").Id);

        // The gateway knows the trace from the grant alone; the bridge's side of the redemption does as well.
        Assert.Equal("homebridge-bridge", root.Service);
        Assert.Equal(("homebridge-gateway", Only("stream.grant").Id), (Only("stream.enter").Service, Only("stream.enter").Parent));
        Assert.Equal(("homebridge-bridge", Only("stream.grant").Id), (Only("stream.redeem").Service, Only("stream.redeem").Parent));
        Assert.True(Only("stream.enter").Start <= Only("stream.redeem").Start && Only("stream.redeem").End <= Only("stream.enter").End);

        // Init unit and first segment, each fetched, proven and released; no further one is traced.
        await viewer.Fetch(viewer.Units[1]);
        var units = spans.Where(span => span.Name == "stream.unit").ToList();
        Assert.Equal(["init", "segment"], units.Select(unit => unit.Tags["homebridge.unit"]).Order(StringComparer.Ordinal));
        foreach (var unit in units)
        {
            var parts = spans.Where(span => span.Parent == unit.Id).OrderBy(span => span.Start).ToList();
            Assert.Equal(["origin.fetch", "evidence.verify", "stream.release"], parts.Select(part => part.Name));
            Assert.Equal("Proven", parts[1].Tags["homebridge.outcome"]);
            Assert.Equal("released", parts[2].Tags["homebridge.outcome"]);
        }

        // A URL says nothing of it.
        Assert.DoesNotContain(root.Trace, viewer.Entry.AbsoluteUri + viewer.PlaylistUrl + viewer.Init + string.Concat(viewer.Units), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_token_ticket_id_or_name_is_told()
    {
        using var browser = new Browser();
        var back = await LinkedHome.Consent(browser, _sandbox, "maple", "google-home", _ => true);
        var code = back.Query("code")!;
        var home = await LinkedHome.Link(_sandbox, _http, "maple", "google-home", _ => true);
        var sync = (await home.Sync()).GetProperty("devices").EnumerateArray().ToList();
        var viewer = await Watching(home);
        await viewer.Fetch(viewer.Init);
        await viewer.Fetch(viewer.Units[0]);
        await home.Query([.. sync.Select(device => device.GetProperty("id").GetString()!)]);
        var lockId = sync.Single(device => device.GetProperty("type").GetString()!.EndsWith("LOCK", StringComparison.Ordinal)).GetProperty("id").GetString()!;
        await home.Execute(lockId, "LockUnlock", new { @lock = false }, new { pin = "000111222" });

        // Failures are told most of.
        await new Viewer(_http, new Uri(viewer.Entry.AbsoluteUri.Replace("/live", "/dead", StringComparison.Ordinal))).Enter();
        await viewer.Fetch(new Uri(viewer.Units[0] + "x"));
        await LinkedHome.Token(_sandbox, _http, "google-home", new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = "https://wrong.example" });
        using var secretInUrl = await _http.GetAsync(new Uri(_sandbox.Bridge, "/oauth/token?client_secret=sandbox-google-secret"));
        using (var spoofed = new HttpRequestMessage(HttpMethod.Get, viewer.Entry))
        {
            spoofed.Headers.Add("traceparent", "00-aaaabbbbccccddddeeeeffff00001111-aaaabbbbccccdddd-01");
            spoofed.Headers.Add("tracestate", "stranger=said-so");
            spoofed.Headers.Add("baggage", "who=stranger-bag");
            using var entered = await _http.SendAsync(spoofed);
        }

        using var faulty = await _http.PostAsync(new Uri(_sandbox.Cloud, "/sandbox/faults"), new StringContent("""{"kind":"cache-mixup","rate":1}""", Encoding.UTF8, "application/json"));
        await viewer.Fetch(viewer.Units[^1]);
        await home.Refresh();
        await home.Disconnect();

        await _collector.Until(() => _collector.Lines.Any(line => line.StartsWith("A unit was refused", StringComparison.Ordinal))
            && _collector.Metrics.Contains("homebridge.stream.ended") && _collector.Metrics.Contains("homebridge.oauth.grants.ended")
            && _collector.Spans.Count(span => span.Name == "stream.unit") >= 2);
        var metrics = await _http.GetStringAsync(new Uri(_sandbox.Ops, "/metrics"));
        var makers = (await _http.GetFromJsonAsync<List<MakerDevice>>(new Uri(_sandbox.Cloud, "/sandbox/devices"), JsonSerializerOptions.Web))!;
        await _sandbox.Stop();

        string[] secrets =
        [
            code, home.AccessToken, home.RefreshToken, browser.Cookies.GetCookies(_sandbox.Bridge)["homebridge.resident"]!.Value,
            viewer.Entry.Segments[3].TrimEnd('/'), viewer.PlaylistUrl!.Segments[3].TrimEnd('/'), Path.GetFileNameWithoutExtension(viewer.PlaylistUrl.Segments[4]),
            Path.GetFileNameWithoutExtension(viewer.Init.Segments[4]), Path.GetFileNameWithoutExtension(viewer.Units[0].Segments[4]),
            "000111222", "sandbox-google-secret", "wrong.example", "lnk_", "aaaabbbbccccdddd", "said-so", "stranger-bag", "traceparent",
            await File.ReadAllTextAsync(Path.Combine(_sandbox.DataFolder, "bridge.key")), await File.ReadAllTextAsync(Path.Combine(_sandbox.DataFolder, "evidence.key")),
            .. NamesOf(sync, makers),
        ];
        var told = _collector.Text;
        Assert.True(told.Length > 10_000);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, told, StringComparison.Ordinal));
        Assert.All(secrets.Where(secret => secret != "lnk_"), secret => Assert.DoesNotContain(secret, metrics, StringComparison.Ordinal));

        // And what was told is of closed lists.
        string[] tags = ["homebridge.platform", "homebridge.vendor", "homebridge.intent", "homebridge.outcome", "homebridge.protocol", "homebridge.unit", "homebridge.gateway"];
        Assert.All(_collector.Spans, span => Assert.All(span.Tags.Keys, tag => Assert.Contains(tag, tags)));
    }

    [Fact]
    public async Task A_collector_is_told_the_metrics_that_are_scraped()
    {
        var home = await LinkedHome.Link(_sandbox, _http, "maple", "google-home", _ => true);
        var viewer = await Watching(home);
        await viewer.Fetch(viewer.Init);
        await viewer.Fetch(viewer.Units[0]);

        string[] ours =
        [
            "homebridge.fulfillment.duration", "homebridge.fulfillment.device_results", "homebridge.stream.active", "homebridge.stream.start.duration", "homebridge.suspension.applied_version",
            "homebridge.suspension.staleness", "homebridge.suspension.leases.escaped", "homebridge.oauth.token.requests", "homebridge.audit.verify", "homebridge.vendor.breaker.state",
            "homebridge.canary.frames", "http.server.request.duration", "http.client.request.duration", "kestrel.active_connections", "dotnet.gc.collections",
        ];
        await _collector.Until(() => ours.All(_collector.Metrics.Contains));
        var scraped = Exposition.Read(await _http.GetStringAsync(new Uri(_sandbox.Ops, "/metrics")));
        Assert.All(ours, name => Assert.Contains(scraped.Types.Keys, scrape => scrape.StartsWith(name.Replace('.', '_'), StringComparison.Ordinal)));
        Assert.StartsWith("application/x-protobuf", _collector.Headers["Content-Type"], StringComparison.Ordinal);
    }

    /// <summary>A viewer who is served: on a machine that is busy a maker may be late, and a viewer comes again.</summary>
    private static async Task<Viewer> Watching(LinkedHome home)
    {
        var camera = await home.Device("Front door camera");
        for (var attempt = 0; ; attempt++)
        {
            if (await home.TryWatch(camera) is { } viewer && await viewer.Enter() == HttpStatusCode.OK && await viewer.Poll() == HttpStatusCode.OK)
            {
                return viewer;
            }

            Assert.True(attempt < 4, "The camera is not served.");
            await Task.Delay(250);
        }
    }

    /// <summary>Ids and names of homes and devices, ours and the maker's.</summary>
    private static IEnumerable<string> NamesOf(IEnumerable<JsonElement> sync, IEnumerable<MakerDevice> makers) =>
        sync.SelectMany(device => new[] { device.GetProperty("id").GetString()!, device.GetProperty("name").GetProperty("name").GetString()! })
            .Concat(makers.Select(device => device.VendorDeviceId))
            .Concat(["maple", "harbor"]);
}
