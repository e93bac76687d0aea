using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Sandbox;

/// <summary>Home hill against the catalogue: what its devices are, tell and do.</summary>
public sealed class HillHomeTests
{
    /// <summary>Refusals that any device may have, beside those of the trait.</summary>
    private static readonly string[] Anybodys = ["functionNotSupported", "notSupported", "deviceBusy", "alreadyOpen", "alreadyClosed"];

    [Fact]
    public async Task The_home_has_every_type_and_every_trait()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var devices = await Devices(cloud);

        Assert.Equal(200, devices.Count);
        Assert.Equal(Names(CatalogueReader.Root.GetProperty("types")), devices.Select(device => device.GetProperty("type").GetString()!).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(Names(CatalogueReader.Root.GetProperty("traits")), devices.SelectMany(Traits).Distinct().Order(StringComparer.Ordinal));
        var names = devices.Select(device => device.GetProperty("name").GetString()!).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name => Assert.Matches("^[A-Z][a-z ]{3,40}$", name));
        Assert.All(devices, device => Assert.Equal(Traits(device).Count(), Traits(device).Distinct().Count()));
    }

    [Fact]
    public async Task Every_device_is_described_as_the_catalogue_wants_it_and_every_attribute_is_used()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var devices = await Devices(cloud);

        Assert.Empty(devices.SelectMany(device => CatalogueReader.DescriptionFaults(device).Select(fault => $"{device.GetProperty("name")} {fault}")));
        var used = devices.SelectMany(device => device.GetProperty("attributes").EnumerateObject().Select(attribute => attribute.Name)).ToHashSet();
        var known = CatalogueReader.Root.GetProperty("traits").EnumerateObject().SelectMany(trait => Names(trait.Value.GetProperty("attributes")));
        Assert.Subset(used, known.ToHashSet());
    }

    [Fact]
    public async Task Every_device_tells_the_states_that_its_traits_have()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var devices = await Devices(cloud);

        Assert.Empty(await Faults(cloud, devices));
    }

    [Fact]
    public async Task Every_command_works_somewhere_and_leaves_every_device_in_a_state_that_fits()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var devices = await Devices(cloud);
        var worked = new HashSet<string>();
        var wrong = new List<string>();

        foreach (var device in devices)
        {
            foreach (var (trait, command) in CommandsOf(device))
            {
                // Long enough for a reboot or an update to be over.
                cloud.Time.Advance(TimeSpan.FromSeconds(10));
                foreach (var parameters in CommandSamples.For(command, device.GetProperty("attributes")))
                {
                    var answer = await Try(cloud, device, command, parameters);
                    var (outcome, error) = ((string)answer["outcome"]!, (string?)answer["error"]);
                    if (outcome is "success" or "pending")
                        worked.Add(command);
                    else if (outcome != "error" || !CatalogueReader.ErrorsOf(trait).Concat(Anybodys).Contains(error))
                        wrong.Add($"{device.GetProperty("name")} {command} {parameters.ToJsonString()}: {answer.ToJsonString()}");
                }

                wrong.AddRange((await Faults(cloud, [device])).Select(fault => $"after {command} {fault}"));
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        var all = CatalogueReader.Root.GetProperty("traits").EnumerateObject().SelectMany(trait => Names(trait.Value.GetProperty("commands")));
        Assert.Equal(["GetCameraStream"], all.Where(command => !worked.Contains(command)));
    }

    [Theory]
    [InlineData("Garage door", "OpenClose", """{"openPercent":100,"followUpToken":"t"}""", "openPercent", "100")]
    [InlineData("Wine cellar lock", "LockUnlock", """{"lock":false,"followUpToken":"t"}""", "isLocked", "false")]
    [InlineData("House router", "TestNetworkSpeed", """{"testDownloadSpeed":true,"testUploadSpeed":false,"followUpToken":"t"}""", "networkSpeedTestInProgress", "false")]
    [InlineData("Winter garden shutter", "RotateAbsolute", """{"rotationPercent":80}""", "rotationPercent", "80")]
    public async Task What_is_slow_is_pending_and_ends_by_itself(string name, string command, string parameters, string state, string end)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var device = (await Devices(cloud)).First(one => one.GetProperty("name").GetString() == name).GetProperty("id").GetString()!;

        var begun = await cloud.ExecuteAsync(device, command, JsonNode.Parse(parameters)!, RunningCloud.Pin, home: "hill");
        var again = await cloud.ExecuteAsync(device, command, JsonNode.Parse(parameters)!, RunningCloud.Pin, home: "hill");

        Assert.Equal("pending", (string?)begun["outcome"]);
        Assert.True((string?)again["error"] is "deviceBusy" or "networkSpeedTestInProgress", again.ToJsonString());
        var started = Stopwatch.GetTimestamp();
        while ((await cloud.StateAsync(device, "hill"))["states"]![state]!.ToJsonString() != end)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "It never came to its end.");
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task Time_alone_ends_timers_light_effects_and_the_way_out()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var ids = (await Devices(cloud)).ToDictionary(device => device.GetProperty("name").GetString()!, device => device.GetProperty("id").GetString()!);
        var (oven, chandelier, alarm) = (ids["Kitchen oven"], ids["Ballroom chandelier"], ids["House alarm"]);

        await cloud.ExecuteAsync(oven, "TimerStart", new { timerTimeSec = 300 }, home: "hill");
        await cloud.ExecuteAsync(chandelier, "Sleep", new { duration = 300 }, home: "hill");
        var away = await cloud.ExecuteAsync(alarm, "ArmDisarm", new { arm = true, armLevel = "away" }, home: "hill");
        cloud.Time.Advance(TimeSpan.FromSeconds(100));
        var (timer, effect, armed) = (await States(oven), await States(chandelier), await States(alarm));
        cloud.Time.Advance(TimeSpan.FromSeconds(200));
        var (noTimer, noEffect) = (await States(oven), await States(chandelier));

        Assert.InRange((int)timer["timerRemainingSec"]!, 190, 200);
        Assert.Equal("sleep", (string?)effect["activeLightEffect"]);
        Assert.Equal(30, (int)away["states"]!["exitAllowance"]!);
        Assert.False(armed.ContainsKey("exitAllowance"));
        Assert.Equal(-1, (int)noTimer["timerRemainingSec"]!);
        Assert.False(noEffect.ContainsKey("activeLightEffect"));

        async Task<JsonObject> States(string device) => (await cloud.StateAsync(device, "hill"))["states"]!.AsObject();
    }

    [Fact]
    public async Task A_challenge_is_asked_where_the_home_would_be_less_safe_and_nowhere_else()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var ids = (await Devices(cloud)).ToDictionary(device => device.GetProperty("name").GetString()!, device => device.GetProperty("id").GetString()!);

        Assert.Equal("pinNeeded", await Challenge("Cellar camera", "OnOff", new { on = false }));
        Assert.Null(await Challenge("Cellar camera", "OnOff", new { on = true }));
        Assert.Equal("pinNeeded", await Challenge("Attic window", "OpenCloseRelative", new { openRelativePercent = 5 }));
        Assert.Null(await Challenge("Attic window", "OpenClose", new { openPercent = 0 }));
        Assert.Equal("pinNeeded", await Challenge("House alarm", "ArmDisarm", new { arm = false }));
        Assert.Equal("pinNeeded", await Challenge("House router", "GetGuestNetworkPassword", new { }));
        Assert.Equal("ackNeeded", await Challenge("Lobby fireplace", "OnOff", new { on = true }));
        Assert.Null(await Challenge("Terrace awning", "OpenClose", new { openPercent = 100 }));
        var no = await cloud.ExecuteAsync(ids["Lobby fireplace"], "OnOff", new { on = true }, home: "hill", ack: false);
        Assert.Equal("userCancelled", (string?)no["error"]);
        var password = await cloud.ExecuteAsync(ids["House router"], "GetGuestNetworkPassword", new { }, RunningCloud.Pin, home: "hill");
        Assert.NotEmpty((string?)password["states"]!["guestNetworkPassword"] ?? "");

        async Task<string?> Challenge(string name, string command, object parameters) =>
            (string?)(await cloud.ExecuteAsync(ids[name], command, parameters, home: "hill"))["challenge"];
    }

    [Fact]
    public async Task A_camera_that_is_off_opens_no_stream()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var camera = (await Devices(cloud)).First(one => one.GetProperty("name").GetString() == "Orchard camera").GetProperty("id").GetString()!;

        await cloud.ExecuteAsync(camera, "OnOff", new { on = false }, RunningCloud.Pin, home: "hill");
        var off = await cloud.Bridge.PostAsJsonAsync($"/v1/devices/{camera}/streams", new { accountId = "hill", sessionId = "s" });
        await cloud.ExecuteAsync(camera, "OnOff", new { on = true }, home: "hill");
        var on = await cloud.Bridge.PostAsJsonAsync($"/v1/devices/{camera}/streams", new { accountId = "hill", sessionId = "s" });

        Assert.Equal(System.Net.HttpStatusCode.Conflict, off.StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.Created, on.StatusCode);
    }

    [Fact]
    public async Task Every_error_and_exception_code_can_be_caused_and_ends()
    {
        await using var cloud = await RunningCloud.StartAsync();
        var lamp = (await Devices(cloud)).First(device => device.GetProperty("name").GetString() == "Study lamp").GetProperty("id").GetString()!;

        foreach (var code in CatalogueReader.Root.GetProperty("errorCodes").EnumerateArray().Select(code => code.GetString()!))
        {
            await Knob(cloud, lamp, new { error = code });
            Assert.Equal(code, (string?)(await cloud.StateAsync(lamp, "hill"))["error"]);
            Assert.Equal(code, (string?)(await cloud.ExecuteAsync(lamp, "OnOff", new { on = true }, home: "hill"))["error"]);
        }

        await Knob(cloud, lamp, new { error = (string?)null });
        foreach (var code in CatalogueReader.Root.GetProperty("exceptionCodes").EnumerateArray().Select(code => code.GetString()!))
        {
            await Knob(cloud, lamp, new { exception = code });
            Assert.Equal(code, (string?)(await cloud.StateAsync(lamp, "hill"))["exception"]);
            Assert.Equal(code, (string?)(await cloud.ExecuteAsync(lamp, "OnOff", new { on = true }, home: "hill"))["exception"]);
        }

        await Knob(cloud, lamp, new { exception = (string?)null });
        var last = await cloud.StateAsync(lamp, "hill");
        Assert.Equal(["online", "states"], last.Select(member => member.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Study lamp", """{"error":"onFire"}""", "'error'")]
    [InlineData("Study lamp", """{"exception":"alreadyOn"}""", "'exception'")]
    [InlineData("Study lamp", """{"brightness":101}""", "'brightness' is a whole number from 0 to 100.")]
    [InlineData("Study lamp", """{"brightness":"bright"}""", "'brightness'")]
    [InlineData("Study lamp", """{"color":{"temperatureK":3000,"spectrumRgb":1}}""", "exactly one")]
    [InlineData("Study lamp", """{"color":{"temperatureK":3000,"temperatureK":1}}""", "twice")]
    [InlineData("Study lamp", """{"color":null}""", "can't be absent")]
    [InlineData("Hall motion sensor", """{"occupancy":"MAYBE"}""", "OCCUPIED")]
    [InlineData("Lobby vacuum", """{"isRunning":true,"isPaused":true}""", "paused")]
    [InlineData("Terrace speaker", """{"currentVolume":21}""", "20")]
    [InlineData("Pantry freezer", """{"temperatureAmbientCelsius":40}""", "temperatureRange")]
    [InlineData("Laundry washer", """{"currentModeSettings":{"load":"small"}}""", "each mode")]
    public async Task A_state_that_does_not_fit_is_refused_with_a_sentence(string name, string body, string sentence)
    {
        await using var cloud = await RunningCloud.StartAsync();
        var device = (await Devices(cloud)).First(one => one.GetProperty("name").GetString() == name).GetProperty("id").GetString()!;
        var before = (await cloud.StateAsync(device, "hill")).ToJsonString();

        using var content = new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        var answer = await cloud.Anyone.PostAsync($"/sandbox/devices/{device}", content);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(before, (await cloud.StateAsync(device, "hill")).ToJsonString());
    }

    private static async Task<JsonObject> Try(RunningCloud cloud, JsonElement device, string command, JsonNode parameters)
    {
        var id = device.GetProperty("id").GetString()!;
        var answer = await cloud.ExecuteAsync(id, command, parameters, home: "hill");
        return (string?)answer["challenge"] switch
        {
            "pinNeeded" => await cloud.ExecuteAsync(id, command, parameters, RunningCloud.Pin, home: "hill"),
            "ackNeeded" => await cloud.ExecuteAsync(id, command, parameters, home: "hill", ack: true),
            _ => answer,
        };
    }

    private static IEnumerable<(string Trait, string Command)> CommandsOf(JsonElement device) =>
        Traits(device).SelectMany(trait => Names(CatalogueReader.Trait(trait).GetProperty("commands"), sorted: false).Select(command => (trait, command)))
            .Where(pair => pair.command != "GetCameraStream");

    private static async Task<List<string>> Faults(RunningCloud cloud, IReadOnlyCollection<JsonElement> devices)
    {
        var answer = await cloud.Bridge.PostAsJsonAsync("/v1/accounts/hill/states", new { deviceIds = devices.Select(device => device.GetProperty("id").GetString()) });
        var states = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("devices");
        return
        [
            .. devices.SelectMany(device => CatalogueReader
                .StateFaults(device, states.GetProperty(device.GetProperty("id").GetString()!).GetProperty("states"))
                .Select(fault => $"{device.GetProperty("name")} {fault}")),
        ];
    }

    private static async Task<List<JsonElement>> Devices(RunningCloud cloud) =>
        [.. (await cloud.Bridge.GetFromJsonAsync<JsonElement>("/v1/accounts/hill/devices")).GetProperty("devices").EnumerateArray()];

    private static async Task Knob(RunningCloud cloud, string device, object members)
    {
        var answer = await cloud.Anyone.PostAsJsonAsync($"/sandbox/devices/{device}", members);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static IEnumerable<string> Traits(JsonElement device) => device.GetProperty("traits").EnumerateArray().Select(trait => trait.GetString()!);

    private static IEnumerable<string> Names(JsonElement map, bool sorted = true)
    {
        var names = map.EnumerateObject().Select(member => member.Name);
        return sorted ? names.Order(StringComparer.Ordinal) : names;
    }
}
