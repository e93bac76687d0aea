using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HomeBridge.Tests.House;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Attack;

/// <summary>
/// Right requests made wrong, 200,000 of them in each run and 2 million with <c>tests/run.sh --long</c>: no 5xx, no
/// exception in the log, and nothing happens in anybody else's home. A sandbox of its own, so that the log is all its.
/// </summary>
public sealed class FuzzTests(SandboxFixture sandbox, ITestOutputHelper output) : IClassFixture<SandboxFixture>
{
    private const int AtOnce = 16;

    private static int Requests => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 2_000_000 : 200_000;

    [Fact]
    public async Task Mutated_requests_are_answered_and_change_nothing_elsewhere()
    {
        var (maple, harbor) = (await sandbox.Link("maple"), await sandbox.Link("harbor"));
        var strangers = (await harbor.Sync()).GetProperty("devices").EnumerateArray().Select(device => device.GetProperty("id").GetString()!).ToArray();
        var before = (await harbor.Query(strangers)).GetRawText();
        var seed = Environment.TickCount;
        var mutator = new RequestMutator(seed, await Corpus(maple), [.. strangers, .. (await sandbox.MakerDevices()).Take(40).Select(device => device.VendorDeviceId)]);
        var statuses = new ConcurrentDictionary<HttpStatusCode, int>();
        var started = Stopwatch.GetTimestamp();

        var gate = new Lock();
        await Parallel.ForAsync(0, Requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, cancel) =>
        {
            byte[] body;
            lock (gate)
            {
                body = mutator.Next();
            }

            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Bridge, "/fulfillment/google"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", maple.AccessToken);
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await sandbox.Http.SendAsync(request, cancel);
            statuses.AddOrUpdate(answer.StatusCode, 1, (status, count) => count + 1);
            if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.BadRequest))
            {
                Assert.Fail($"Seed {seed}: {(int)answer.StatusCode} for {Encoding.UTF8.GetString(body)}");
            }

            if (answer.StatusCode is HttpStatusCode.OK)
            {
                using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancel));
                var whole = json.RootElement.TryGetProperty("requestId", out var id) && id.ValueKind is JsonValueKind.String && json.RootElement.TryGetProperty("payload", out _);
                Assert.True(whole, $"Seed {seed}: {json.RootElement.GetRawText()}");
            }
        });

        output.WriteLine($"Seed {seed}, {Requests} requests in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s: "
            + string.Join(", ", statuses.OrderBy(pair => pair.Key).Select(pair => $"{(int)pair.Key} {pair.Value}")));
        Assert.True(statuses[HttpStatusCode.OK] > Requests / 4, "Most mutations no longer reach the intents: the corpus or the token is broken.");
        Assert.Equal(before, (await harbor.Query(strangers)).GetRawText());

        // With its colon: an exception that somebody let through, not the reason in a line that somebody wrote.
        Assert.DoesNotContain("Exception:", sandbox.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", sandbox.Process.Output, StringComparison.Ordinal);
    }

    /// <summary>The examples of the contract, for this home's devices; not the one that ends the link.</summary>
    private static async Task<List<string>> Corpus(LinkedHome maple)
    {
        var corpus = new List<string>();
        var names = (await maple.Sync()).GetProperty("devices").EnumerateArray()
            .ToDictionary(device => device.GetProperty("name").GetProperty("name").GetString()!, device => device.GetProperty("id").GetString()!, StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "contracts/fulfillment"), "*.request.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var text = await File.ReadAllTextAsync(file);
            foreach (var (name, id) in names)
            {
                text = text.Replace($"${{device:{name}}}", id, StringComparison.Ordinal);
            }

            if (!text.Contains("DISCONNECT", StringComparison.Ordinal))
            {
                corpus.Add(JsonDocument.Parse(text).RootElement.GetRawText());
            }
        }

        return corpus;
    }
}
