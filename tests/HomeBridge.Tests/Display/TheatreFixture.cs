using System.Net.Http.Json;
using System.Text.Json;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Display;

/// <summary>A sandbox of its own for plays: they break its maker, and the bridge may suspend things by itself.</summary>
public sealed class TheatreFixture : IAsyncLifetime
{
    public SandboxFixture Sandbox { get; } = new();

    public Task InitializeAsync() => Sandbox.InitializeAsync();

    public Task DisposeAsync() => Sandbox.DisposeAsync();

    /// <summary>What the page asks.</summary>
    public async Task<JsonElement> Ask(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Sandbox.Display, "/api/theatre" + path))
        {
            Headers = { { "X-Display", "1" } },
            Content = method == HttpMethod.Post ? JsonContent.Create(body ?? new { }) : null,
        };
        using var answer = await Sandbox.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Task<JsonElement> Open(string incident) => Ask(HttpMethod.Post, "/open", new { incident });

    public Task<JsonElement> Break() => Ask(HttpMethod.Post, "/break");

    public Task Clear() => Ask(HttpMethod.Post, "/clear");

    public async Task<JsonElement> Report() => (await Ask(HttpMethod.Get, "/play")).GetProperty("play");
}
