using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Sandbox.HomeGraph;

namespace HomeBridge.Tests.Sandbox.HomeGraph;

/// <summary>Who may call the Home Graph: the one service account, with a token that is still good.</summary>
public sealed class HomeGraphTokenTests : IAsyncLifetime
{
    private RunningPlatform _platform = null!;

    public async Task InitializeAsync() => _platform = await RunningPlatform.Start();

    public async Task DisposeAsync() => await _platform.DisposeAsync();

    [Fact]
    public async Task An_assertion_of_the_service_account_becomes_a_short_lived_opaque_token()
    {
        using var answer = await _platform.Exchange(_platform.Assertion());
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("Bearer", body.GetProperty("token_type").GetString());
        Assert.InRange(body.GetProperty("expires_in").GetInt32(), 60, 3600);
        Assert.DoesNotContain("eyJ", body.GetProperty("access_token").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_other_assertion_is_refused()
    {
        string[] spoilt =
        [
            _platform.Assertion(issuer: "stranger@example.com"),
            _platform.Assertion(audience: "https://oauth2.googleapis.com/token"),
            _platform.Assertion(scope: "https://www.googleapis.com/auth/cloud-platform"),
            _platform.Assertion(age: TimeSpan.FromHours(2)),
            _platform.Assertion(age: TimeSpan.FromHours(-2)),
            _platform.Assertion(lifetime: TimeSpan.FromHours(3)),
            _platform.Assertion(keyPem: ServiceAccount.NewKeyPem()),
            string.Join('.', [.. _platform.Assertion().Split('.')[..2], ""]),
            "nonsense",
        ];
        foreach (var assertion in spoilt)
        {
            using var answer = await _platform.Exchange(assertion);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Equal("invalid_grant", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task Calls_without_a_good_token_are_unauthenticated()
    {
        _platform.Bridge.Add("d1", "Lamp", "LIGHT", ["OnOff"]);
        await _platform.Link();
        var good = await _platform.Token();
        Assert.Equal(200, (await _platform.Report(new { d1 = new { on = true } })).Status);
        foreach (var token in (string[])["ya29.guessed", good + "x"])
        {
            var (status, body) = await _platform.Call("devices:sync", new { agentUserId = "user-1" }, token: token);
            Assert.Equal(401, status);
            Assert.Equal("UNAUTHENTICATED", body.GetProperty("error").GetProperty("status").GetString());
            Assert.Equal(401, body.GetProperty("error").GetProperty("code").GetInt32());
        }

        _platform.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(401, (await _platform.Report(new { d1 = new { on = true } })).Status);
    }
}
