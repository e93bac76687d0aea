using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace HomeBridge.Tests.World;

/// <summary>One sandbox for all tests that don't break it. Tests of one collection run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class SandboxCollection : ICollectionFixture<SandboxFixture>
{
    public const string Name = "sandbox";
}

/// <summary>A running sandbox and what tests do with it as its users.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    private readonly string[] _options;

    public SandboxFixture()
        : this([])
    {
    }

    internal SandboxFixture(params string[] options) => _options = options;

    public SandboxProcess Process { get; private set; } = null!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    public Uri Bridge => Process.Bridge;

    public Uri Ops => Process.Ops;

    public Uri Gateway => Process.Gateway;

    public Uri Cloud => Process.Cloud;

    public Uri Display => Process.Display;

    public async Task InitializeAsync() => Process = await SandboxProcess.Start(more: _options.Contains("--drill-interval") ? _options : ["--drill-interval", "86400", .. _options]);

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await Process.DisposeAsync();
    }

    /// <summary>Links a home through the real pages; by default with every device ticked.</summary>
    public Task<LinkedHome> Link(string account, string client = "google-home", Func<string, bool>? choose = null) =>
        LinkedHome.Link(Process, Http, account, client, choose ?? (_ => true));

    /// <summary>An ops API call as one of the two sandbox operators.</summary>
    public async Task<(int Status, JsonElement Body)> OpsCall(HttpMethod method, string path, object? body = null, string operatorToken = "sandbox-operator")
    {
        using var request = new HttpRequestMessage(method, new Uri(Ops, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", operatorToken);
        if (body is not null)
        {
            request.Content = body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body);
        }

        using var answer = await Http.SendAsync(request);
        var read = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, read.Length == 0 ? default : JsonDocument.Parse(read).RootElement);
    }

    /// <summary>Raises a suspension, waits for confirmation, and answers with what the API said.</summary>
    public async Task<JsonElement> Suspend(object order)
    {
        var (status, body) = await OpsCall(HttpMethod.Post, "/ops/v1/suspensions?wait=5s", order);
        Assert.Equal(201, status);
        return body;
    }

    /// <summary>Lifts by the second operator.</summary>
    public async Task Lift(JsonElement suspension)
    {
        var (status, _) = await OpsCall(
            HttpMethod.Post, $"/ops/v1/suspensions/{suspension.GetProperty("id").GetString()}/lift", new { reason = "test is over", force = true }, "sandbox-operator-2");
        Assert.Equal(200, status);
    }

    /// <summary>The maker's devices, by home and name.</summary>
    public async Task<IReadOnlyList<MakerDevice>> MakerDevices() =>
        (await Http.GetFromJsonAsync<List<MakerDevice>>(new Uri(Cloud, "/sandbox/devices"), JsonSerializerOptions.Web))!;

    public async Task Fault(string kind, double rate = 1, string? device = null)
    {
        using var answer = await Http.PostAsJsonAsync(
            new Uri(Cloud, "/sandbox/faults"),
            device is null ? new Dictionary<string, object> { ["kind"] = kind, ["rate"] = rate } : new Dictionary<string, object> { ["kind"] = kind, ["rate"] = rate, ["device"] = device });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>
    /// The maker is well again, what is in force is lifted, be it the bridge's own or left behind by a test that broke off, and
    /// so that what the bridge only counted is settled too, all cameras are suspended for a moment.
    /// </summary>
    public async Task Recover()
    {
        await NoFaults();

        // Findings are told in the background; those of the last answers are heard by then.
        await Task.Delay(250);
        foreach (var suspension in (await InForce()).Where(one => one.GetProperty("author").GetString() != "sandbox-operator-2"))
        {
            await Lift(suspension);
        }

        await Lift(await Suspend(new { preset = "camera-leak", reason = "a test is over" }));
    }

    /// <summary>Lifts every suspension that the bridge raised by itself, as a person would who has looked at it.</summary>
    public async Task LiftAutomatic()
    {
        foreach (var suspension in await AutomaticSuspensions())
        {
            await Lift(suspension);
        }
    }

    /// <summary>What the bridge suspended by itself and is in force.</summary>
    public async Task<IReadOnlyList<JsonElement>> AutomaticSuspensions() =>
        [.. (await InForce()).Where(one => one.GetProperty("origin").GetString() == "automatic")];

    private async Task<IReadOnlyList<JsonElement>> InForce()
    {
        var (_, listed) = await OpsCall(HttpMethod.Get, "/ops/v1/suspensions");
        return [.. listed.GetProperty("suspensions").EnumerateArray().Where(one => one.GetProperty("state").GetString() != "lifted")];
    }

    public async Task NoFaults()
    {
        using var answer = await Http.DeleteAsync(new Uri(Cloud, "/sandbox/faults"));
        answer.EnsureSuccessStatusCode();
    }
}

/// <summary>A device as the sandbox's knobs list it.</summary>
public sealed record MakerDevice(string VendorDeviceId, string Home, string Type, string Name, int? CameraNumber);
