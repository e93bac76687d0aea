using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using HomeBridge.StreamGateway;
using HomeBridge.Tests.StreamGateway;

namespace HomeBridge.Tests.WebRtc;

/// <summary>Signalling as a page sees it: origins, preflights, and the one body that a gateway takes.</summary>
public sealed class SignallingHttpTests
{
    private const string Page = "https://display.example";

    [Fact]
    public async Task A_preflight_is_answered_without_a_token_and_errors_name_the_page_too()
    {
        await using var bridge = await StubBridge.Start(options => options with { SignallingOrigins = [Page] });
        using var http = new HttpClient();
        foreach (var (asking, named) in (IEnumerable<(string, string)>)[("https://www.gstatic.com", "https://www.gstatic.com"), (Page, Page), ("https://attacker.example", "https://www.gstatic.com")])
        {
            using var preflight = await Send(http, bridge, HttpMethod.Options, asking, null);
            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal(named, One(preflight, "Access-Control-Allow-Origin"));
            Assert.Equal("POST, OPTIONS", One(preflight, "Access-Control-Allow-Methods"));
            Assert.Equal("Content-Type, Authorization, Authentication", One(preflight, "Access-Control-Allow-Headers"));
            Assert.Equal("Origin", One(preflight, "Vary"));

            using var forged = await Send(http, bridge, HttpMethod.Post, asking, Json("{\"action\":\"end\",\"deviceId\":\"x\"}"));
            Assert.Equal((HttpStatusCode.NotFound, named), (forged.StatusCode, One(forged, "Access-Control-Allow-Origin")));
            Assert.Equal("no-store, private", One(forged, "Cache-Control"));
        }
    }

    [Fact]
    public async Task A_body_is_JSON_of_96_KiB_at_most_and_need_not_say_its_length()
    {
        const string token = "token";
        const string end = "{\"action\":\"end\",\"deviceId\":\"dev_1\"}";
        await using var bridge = await StubBridge.Start();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var url = bridge.NewSignalling(token);
        string Padded(int length) => end + new string(' ', length - end.Length);
        using var answered = await http.PostAsync(url, Json(Padded(96 * 1024)));
        using var chunked = await http.PostAsync(url, new StreamContent(new Unmeasured(Padded(96 * 1024))) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } });
        using var byFramework = await http.PostAsJsonAsync(url, new { action = "end", deviceId = "dev_1" });
        using var tooLong = await Send(http, bridge, HttpMethod.Post, Page, Json(Padded((96 * 1024) + 1)));
        using var text = await http.PostAsync(url, new StringContent(end, Encoding.UTF8, "text/plain"));
        using var nothing = await http.PostAsync(url, null);
        using var get = await Send(http, bridge, HttpMethod.Get, Page, null);

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.MethodNotAllowed],
            new[] { answered, chunked, byFramework, tooLong, text, nothing, get }.Select(answer => answer.StatusCode));
        Assert.Null(byFramework.RequestMessage!.Content!.Headers.ContentLength);
        Assert.Equal("https://www.gstatic.com", One(tooLong, "Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("not an address", null)]
    [InlineData("2001:db8::1", null)]
    [InlineData("127.0.0.1", "80-90")]
    [InlineData("127.0.0.1", "40000")]
    public void A_relay_that_can_not_be_is_said_at_the_start(string address, string? ports) =>
        Assert.StartsWith("Gateway:Relay", Assert.Throws<FormatException>(() => GatewayApplication.Build(
            new GatewayOptions { Name = "g", ListenUrl = "http://127.0.0.1:0", BridgeUrl = "http://127.0.0.1:9", Key = "k", SnapshotKey = World.SnapshotSigning.Signer.PublicKeyPem, RelayAddress = address, RelayPorts = ports },
            TimeProvider.System)).Message, StringComparison.Ordinal);

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static Task<HttpResponseMessage> Send(HttpClient http, StubBridge bridge, HttpMethod method, string origin, HttpContent? body)
    {
        var request = new HttpRequestMessage(method, new Uri(bridge.Gateway, "/v1/w/" + new string('A', 168))) { Content = body };
        request.Headers.Add("Origin", origin);

        // A body that is refused is not read.
        request.Headers.ExpectContinue = body is not null;
        return http.SendAsync(request);
    }

    private static string One(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.GetValues(name));

    /// <summary>A body that does not say how long it is.</summary>
    private sealed class Unmeasured(string text) : MemoryStream(Encoding.ASCII.GetBytes(text))
    {
        public override bool CanSeek => false;
    }
}
