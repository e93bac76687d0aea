using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using HomeBridge.Tests.World;
using HomeBridge.Vitals;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Vitals;

[Collection(SandboxCollection.Name)]
public sealed class MetricsTests(SandboxFixture sandbox, ITestOutputHelper output)
{
    [Fact]
    public async Task The_private_listener_tells_its_metrics_and_the_public_one_does_not()
    {
        var home = await sandbox.Link("maple");
        await home.Sync();

        using var answer = await sandbox.Http.GetAsync(new Uri(sandbox.Ops, "/metrics"));
        var text = await answer.Content.ReadAsStringAsync();
        using var outside = await sandbox.Http.GetAsync(new Uri(sandbox.Bridge, "/metrics"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
        var read = Exposition.Read(text);
        output.WriteLine($"{read.Types.Count} metrics, {read.Samples.Count} samples, {text.Length} characters");
        Assert.Equal("counter", read.Types["homebridge_device_answers_total"]);
        Assert.Equal("histogram", read.Types["homebridge_device_answer_duration_seconds"]);
        Assert.Equal(0.995, read.Samples["homebridge_quality_ratio_demanded"]);
        Assert.Contains(read.Series, series => series.Name == "http_server_request_duration_seconds_count"
            && series.Labels.GetValueOrDefault("http_route") == "/fulfillment/google" && series.Labels["http_response_status_code"] == "200");

        // No id of anybody is a label, and nothing grows with homes or devices.
        var account = await home.Device("Kitchen light");
        Assert.DoesNotContain(account, text, StringComparison.Ordinal);
        Assert.DoesNotContain("lnk_", text, StringComparison.Ordinal);
        Assert.DoesNotContain("maple", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ops_api_tells_the_figures_with_what_is_demanded()
    {
        var (status, body) = await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/vitals");
        using var anonymous = await sandbox.Http.GetAsync(new Uri(sandbox.Ops, "/ops/v1/vitals"));

        Assert.Equal(200, status);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal(1000, body.GetProperty("demanded").GetProperty("p90_ms_max").GetInt32());
        Assert.Equal(0.995, body.GetProperty("demanded").GetProperty("success_rate_min").GetDouble());
        Assert.Equal(["15m", "24h"], body.GetProperty("windows").EnumerateArray().Select(window => window.GetProperty("window").GetString()));
        Assert.All(body.GetProperty("windows").EnumerateArray(), window => Assert.Equal(JsonValueKind.Array, window.GetProperty("types").ValueKind));
    }

    [Fact]
    public void What_was_counted_is_what_is_written()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var measurements = new Measurements(factory);
        var figures = new QualityFigures(new SetClock(), factory);
        figures.Answered("QUERY", "LIGHT", true, TimeSpan.FromMilliseconds(40));
        figures.Answered("QUERY", "LIGHT", false, TimeSpan.FromMilliseconds(700));
        figures.Answered("EXECUTE", "odd \"type\"\\\nwith everything", true, TimeSpan.FromSeconds(9));
        figures.PlatformCall("requestSync", false);
        figures.Compared("LIGHT", true);

        var read = Exposition.Read(measurements.Text());
        var again = Exposition.Read(measurements.Text());

        Assert.Equal(1, read.Samples["""homebridge_device_answers_total{intent="QUERY",device_type="LIGHT",outcome="success"}"""]);
        Assert.Equal(1, read.Samples["""homebridge_device_answers_total{intent="QUERY",device_type="LIGHT",outcome="failure"}"""]);
        Assert.Equal(1, read.Samples["""homebridge_device_answers_total{intent="EXECUTE",device_type="odd \"type\"\\\nwith everything",outcome="success"}"""]);
        Assert.Equal(1, read.Samples["""homebridge_device_answer_duration_seconds_bucket{intent="QUERY",device_type="LIGHT",le="0.05"}"""]);
        Assert.Equal(2, read.Samples["""homebridge_device_answer_duration_seconds_bucket{intent="QUERY",device_type="LIGHT",le="0.75"}"""]);
        Assert.Equal(0.74, read.Samples["""homebridge_device_answer_duration_seconds_sum{intent="QUERY",device_type="LIGHT"}"""], 6);
        Assert.Equal(1, read.Samples["""homebridge_platform_calls_total{method="requestSync",outcome="failure"}"""]);
        Assert.Equal(1, read.Samples["""homebridge_states_compared_total{device_type="LIGHT",outcome="accurate"}"""]);
        Assert.Equal(0.5, read.Samples["""homebridge_quality_success_ratio{intent="QUERY",device_type="LIGHT",window="15m"}"""]);
        Assert.Equal(0, read.Samples["""homebridge_quality_good{device_type="LIGHT",window="24h"}"""]);
        Assert.Equal(0, read.Samples["""homebridge_quality_platform_calls_ratio{window="24h"}"""]);

        // What the process does goes on meanwhile.
        Assert.Equal(OfOurs(read), OfOurs(again));
    }

    private static IEnumerable<KeyValuePair<string, double>> OfOurs(Exposition read) =>
        read.Samples.Where(sample => sample.Key.StartsWith("homebridge_", StringComparison.Ordinal)).OrderBy(sample => sample.Key, StringComparer.Ordinal);

    [Fact]
    public void Label_sets_without_end_are_dropped_and_counted()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var measurements = new Measurements(factory);
        using var stranger = new Meter(VitalsFeature.MeterName);
        stranger.CreateCounter<long>("homebridge.of.another.bridge").Add(1);
        var counter = factory.Create(VitalsFeature.MeterName).CreateCounter<int>("homebridge.endless");
        var level = factory.Create(VitalsFeature.MeterName).CreateUpDownCounter<long>("homebridge.level");
        for (var number = 0; number < Measurements.SeriesMax + 50; number++)
        {
            counter.Add(2, new KeyValuePair<string, object?>("number", number));
            level.Add(number % 2 == 0 ? 1 : -1);
        }

        counter.Add(3, new KeyValuePair<string, object?>("number", 7));
        var read = Exposition.Read(measurements.Text());

        Assert.Equal(Measurements.SeriesMax, read.Series.Count(series => series.Name == "homebridge_endless_total"));
        Assert.Equal(5, read.Samples["""homebridge_endless_total{number="7"}"""]);
        Assert.Equal(0, read.Samples["homebridge_level"]);
        Assert.Equal(50, read.Samples["homebridge_metrics_dropped_total"]);
        Assert.DoesNotContain("homebridge_of_another_bridge_total", read.Types.Keys);
    }
}
