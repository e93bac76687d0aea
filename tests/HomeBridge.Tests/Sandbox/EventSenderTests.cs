using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using HomeBridge.Sandbox.MakerEvents;
using HomeBridge.Streaming.Events;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HomeBridge.Tests.Sandbox;

/// <summary>How the maker sends its events, seen from where they arrive.</summary>
public sealed class EventSenderTests
{
    [Fact]
    public async Task Events_are_sent_again_in_order_and_signed_anew_while_the_bridge_is_away()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (refused, taken, nonces) = (0, new ConcurrentQueue<long>(), new ConcurrentQueue<string>());
        await using var bridge = WebApplication.CreateSlimBuilder().Build();
        bridge.Urls.Add("http://127.0.0.1:0");
        var target = new Uri("http://127.0.0.1/");
        bridge.MapPost("/device-cloud/events", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var verdict = new EventVerifier([new EventKey("k", key.ExportSubjectPublicKeyInfo())], TimeProvider.System).Verify(
                new SignedCall(
                    target.AbsoluteUri, request.ContentType, request.Headers["Content-Digest"], request.Headers["Signature-Input"],
                    request.Headers["Signature"], body.ToArray()),
                out var signature);
            Assert.Equal(EventVerdict.Genuine, verdict);
            nonces.Enqueue(signature!.Nonce);
            if (Interlocked.Increment(ref refused) <= 3)
            {
                return Results.StatusCode(503);
            }

            var told = JsonDocument.Parse(body.ToArray()).RootElement.GetProperty("events").EnumerateArray().ToList();
            told.ForEach(one => taken.Enqueue(one.GetProperty("sequence").GetInt64()));
            return Results.Json(new { results = told.Select(one => new { eventId = one.GetProperty("eventId").GetString(), result = "applied" }) });
        });
        await bridge.StartAsync();
        target = new Uri(bridge.Urls.First() + "/device-cloud/events");
        await using var cloud = await RunningCloud.StartAsync(events: new EventTarget(target, "k", key.ExportECPrivateKeyPem()));
        var light = await cloud.IdOfAsync("LIGHT");

        for (var step = 0; step < 20; step++)
        {
            (await cloud.Anyone.PostAsJsonAsync($"/sandbox/devices/{light}", new { brightness = step })).EnsureSuccessStatusCode();
        }

        for (var wait = 0; taken.Count < 20 && wait < 500; wait++)
        {
            await Task.Delay(20);
        }

        Assert.Equal(20, taken.Count);
        Assert.Equal(taken.Order().Distinct(), taken);
        Assert.Equal(nonces.Count, nonces.Distinct().Count());
        Assert.True(nonces.Count > 3);
    }
}
