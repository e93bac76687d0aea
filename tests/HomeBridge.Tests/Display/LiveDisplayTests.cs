using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox.HomeGraph;
using HomeBridge.Tests.House;
using HomeBridge.Tests.Sandbox.HomeGraph;
using HomeBridge.Tests.World;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Display;

/// <summary>The page follows the platform's graph: states, devices, notices; and answers whatever a command is asked.</summary>
[Collection(SandboxCollection.Name)]
public sealed class LiveDisplayTests(SandboxFixture sandbox, ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Longer than the page's pause between two QUERYs, when it asks.</summary>
    private static readonly TimeSpan LongerThanPolling = TimeSpan.FromSeconds(6);

    /// <summary>As wide as the page's date and clock get in English.</summary>
    private static readonly DateTime LongestDate = new(2026, 9, 23, 22, 44, 0, DateTimeKind.Utc);

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private RunningPlatform _platform = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.Start(_playwright);
        _platform = await RunningPlatform.Start();
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _platform.DisposeAsync();
    }

    [Fact]
    public async Task What_is_reported_is_on_the_page_and_nothing_is_polled()
    {
        _platform.Bridge.Add("lamp", "Lamp", "LIGHT", ["OnOff", "Brightness"], new() { ["on"] = false, ["brightness"] = 10 });
        _platform.Bridge.Add("blind", "Blind", "BLINDS", ["OpenClose"], new() { ["openPercent"] = 0 });
        var page = await Open();
        await Assertions.Expect(State(page, "Lamp")).ToHaveTextAsync("Off");
        await Assertions.Expect(State(page, "Blind")).ToHaveTextAsync("Closed");
        var queried = _platform.Bridge.Queried.Count;

        var reported = Stopwatch.GetTimestamp();
        await _platform.Report(new { lamp = new { on = true, brightness = 33, online = true }, blind = new { openPercent = 40 } });
        await Assertions.Expect(State(page, "Lamp")).ToHaveTextAsync("On · 33 %");
        output.WriteLine($"A report was on the page {Stopwatch.GetElapsedTime(reported).TotalMilliseconds:0} ms after it was sent.");
        await Assertions.Expect(State(page, "Blind")).ToHaveTextAsync("Open 40 %");
        await _platform.Report(new { lamp = new { online = false } });
        await Assertions.Expect(State(page, "Lamp")).ToContainTextAsync("Offline");
        await _platform.Report(new { lamp = new { online = true } });
        await Assertions.Expect(State(page, "Lamp")).ToHaveTextAsync("On · 33 %");

        await Task.Delay(LongerThanPolling);
        Assert.Equal(queried, _platform.Bridge.Queried.Count);
    }

    [Fact]
    public async Task Devices_appear_vanish_and_change_their_names_on_the_page()
    {
        _platform.Bridge.Add("lamp", "Lamp", "LIGHT", ["OnOff"], new() { ["on"] = false });
        _platform.Bridge.Add("plug", "Plug", "OUTLET", ["OnOff"], new() { ["on"] = true });
        var page = await Open();
        await Assertions.Expect(State(page, "Plug")).ToHaveTextAsync("On");
        _platform.Bridge.Remove("plug");
        _platform.Bridge.Rename("lamp", "Reading lamp");
        _platform.Bridge.Add("fan", "Fan", "FAN", ["OnOff", "FanSpeed"], new() { ["on"] = true, ["currentFanSpeedPercent"] = 60 }, new() { ["supportsFanSpeedPercent"] = true });
        await _platform.Call("devices:requestSync", new { agentUserId = "user-1" });
        await Assertions.Expect(State(page, "Reading lamp")).ToHaveTextAsync("Off");
        await Assertions.Expect(State(page, "Fan")).ToHaveTextAsync("On · Fan 60 %");
        await Assertions.Expect(page.Locator("[data-device-name='Plug']")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByTestId("toast").Filter(new() { HasText = "No longer in this home" })).ToContainTextAsync("Plug");
    }

    [Fact]
    public async Task A_page_whose_stream_broke_shows_what_it_missed()
    {
        _platform.Bridge.Add("lamp", "Lamp", "LIGHT", ["OnOff"], new() { ["on"] = false });
        await using var context = await _browser.NewContextAsync();
        var page = await Open(context);
        await Assertions.Expect(State(page, "Lamp")).ToHaveTextAsync("Off");
        await context.SetOfflineAsync(true);
        await _platform.Report(new { lamp = new { on = true } });
        await context.SetOfflineAsync(false);
        await Assertions.Expect(State(page, "Lamp")).ToHaveTextAsync("On", new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task A_press_of_the_doorbell_is_told_once_politely_and_without_motion_for_those_who_want_none()
    {
        _platform.Bridge.Add("bell", "Front door", "DOORBELL", ["ObjectDetection", "CameraStream"], notifies: true);
        _platform.Bridge.Add("smoke", "Kitchen smoke detector", "SMOKE_DETECTOR", ["SensorState"], new()
        {
            ["currentSensorStateData"] = new JsonArray(new JsonObject { ["name"] = "SmokeLevel", ["currentSensorState"] = "no smoke detected" }),
        }, notifies: true);
        await using var context = await _browser.NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = 1280, Height = 800 } });
        var page = await Open(context);
        await Assertions.Expect(State(page, "Kitchen smoke detector")).ToContainTextAsync("No smoke detected");
        await _platform.Notify("e1", new { bell = new { ObjectDetection = new { priority = 0, detectionTimestamp = 1795338000000, objects = new { named = new[] { "Ada" }, unfamiliar = 1 } } } });
        var toast = page.Locator("#toasts").GetByTestId("toast");
        await Assertions.Expect(toast).ToContainTextAsync("Ada and a stranger");
        await Assertions.Expect(toast.GetByRole(AriaRole.Button, new() { Name = "Watch" })).ToBeVisibleAsync();
        Assert.Equal("polite", await page.Locator("#toasts").GetAttributeAsync("aria-live"));
        Assert.Equal("none", await toast.EvaluateAsync<string>("toast => getComputedStyle(toast).animationName"));
        await _platform.Notify("e2", new { smoke = new { SensorState = new { priority = 0, name = "SmokeLevel", currentSensorState = "smoke detected" } } });
        await Assertions.Expect(page.Locator("#alerts").GetByTestId("toast")).ToContainTextAsync("Smoke detected");
        await Shoot(page, "display-toasts");
        await toast.GetByRole(AriaRole.Button, new() { Name = "Dismiss: Front door" }).ClickAsync();
        await Assertions.Expect(toast).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Whatever_a_command_is_asked_the_page_asks_its_user()
    {
        static JsonObject Challenge(string type) => new()
        {
            ["status"] = "ERROR",
            ["errorCode"] = "challengeNeeded",
            ["challengeNeeded"] = new JsonObject { ["type"] = type },
        };
        static JsonObject Done(string state, JsonNode value) => new() { ["status"] = "SUCCESS", ["states"] = new JsonObject { ["online"] = true, [state] = value } };
        _platform.Bridge.Add("garage", "Garage door", "GARAGE", ["OpenClose"], new() { ["openPercent"] = 0 }, new() { ["discreteOnlyOpenClose"] = true });
        _platform.Bridge.Add("kettle", "Kettle", "KETTLE", ["OnOff"], new() { ["on"] = false });
        var wrong = 0;
        _platform.Bridge.Execute = (device, execution) => (device, (string?)execution["challenge"]?["pin"], (bool?)execution["challenge"]?["ack"]) switch
        {
            ("garage", "4711", _) => Done("openPercent", 100),
            ("garage", null, _) => Challenge("pinNeeded"),
            ("garage", _, _) => ++wrong < 2 ? Challenge("challengeFailedPinNeeded") : new() { ["status"] = "ERROR", ["errorCode"] = "tooManyFailedAttempts" },
            (_, _, true) => Done("on", true),
            _ => Challenge("ackNeeded"),
        };
        var page = await Open();
        var garage = page.Locator("[data-device-name='Garage door']");
        var dialog = page.GetByTestId("pin-dialog");
        await garage.GetByRole(AriaRole.Button, new() { Name = "Open: Garage door" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("Open Garage door");
        await dialog.GetByTestId("pin").FillAsync("0000");
        await dialog.GetByTestId("pin-submit").ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("That PIN is not right");
        await dialog.GetByTestId("pin").FillAsync("0001");
        await dialog.GetByTestId("pin-submit").ClickAsync();
        await Assertions.Expect(dialog).ToBeHiddenAsync();
        await Assertions.Expect(garage.GetByTestId("note")).ToContainTextAsync("Too many wrong PINs");
        await garage.GetByRole(AriaRole.Button, new() { Name = "Open: Garage door" }).ClickAsync();
        await dialog.GetByTestId("pin").FillAsync("4711");
        await dialog.GetByTestId("pin-submit").ClickAsync();
        await Assertions.Expect(State(page, "Garage door")).ToHaveTextAsync("Open");

        var kettle = page.Locator("[data-device-name='Kettle']");
        await kettle.GetByTestId("toggle").ClickAsync();
        await Assertions.Expect(page.GetByTestId("ack-dialog")).ToContainTextAsync("Turn on Kettle?");
        await page.GetByTestId("ack-no").ClickAsync();
        await Assertions.Expect(State(page, "Kettle")).ToHaveTextAsync("Off");
        await kettle.GetByTestId("toggle").ClickAsync();
        await page.GetByTestId("ack-yes").ClickAsync();
        await Assertions.Expect(State(page, "Kettle")).ToHaveTextAsync("On");
    }

    /// <summary>Width and colours don't depend on each other: each width once and each colour once, and all four in the long run.</summary>
    public static TheoryData<int, ColorScheme> Screens => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true"
        ? new() { { 1280, ColorScheme.Dark }, { 1280, ColorScheme.Light }, { 360, ColorScheme.Dark }, { 360, ColorScheme.Light } }
        : new() { { 1280, ColorScheme.Dark }, { 360, ColorScheme.Light } };

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task Every_type_of_the_catalogue_is_readable_on_every_screen(int width, ColorScheme colours)
    {
        var types = Catalogue()["types"]!.AsObject();
        foreach (var (type, known) in types)
        {
            var traits = known!["requires"]!.AsArray().Concat(known["recommends"]?.AsArray() ?? []).Select(trait => (string)trait!).ToArray();
            _platform.Bridge.Add(type, "Number " + (_platform.Bridge.Devices.Count + 1), type, traits, SomeStates(traits), SomeAttributes(traits), $"Room {_platform.Bridge.Devices.Count / 8:00}");
        }

        await using var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 800 }, ColorScheme = colours });
        await context.Clock.SetFixedTimeAsync(LongestDate);
        var page = await Open(context);
        await Assertions.Expect(page.Locator(".tile[data-status=known]")).ToHaveCountAsync(types.Count);
        foreach (var (type, known) in types)
        {
            await Assertions.Expect(page.Locator($".tile[data-type={type}]")).ToContainTextAsync((string)known!["label"]!);
        }

        var widest = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        Assert.True(widest <= width, $"The page is {widest} wide.");
        await Shoot(page, $"display-all-{width}-{colours}");
        await page.GetByTestId("find").FillAsync("washer");
        await Assertions.Expect(page.Locator(".tile:not([hidden])")).ToHaveCountAsync(2);
        await page.GetByTestId("find").FillAsync("");
        await page.Locator(".chip[data-room='Room 03']").ClickAsync();
        await Assertions.Expect(page.Locator(".tile:not([hidden])")).ToHaveCountAsync(8);
        await Shoot(page, $"display-room-{width}-{colours}");
    }

    [Theory]
    [InlineData(1280, ColorScheme.Dark)]
    [InlineData(360, ColorScheme.Light)]
    public async Task The_house_on_the_hill_fits_and_follows_the_makers_app(int width, ColorScheme colours)
    {
        await using var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 800 }, ColorScheme = colours });
        var page = await LinkInSandbox(context, "hill");
        var devices = (await sandbox.MakerDevices()).Where(device => device.Home == "hill").ToList();
        await Assertions.Expect(page.Locator(".tile")).ToHaveCountAsync(devices.Count);
        await Assertions.Expect(page.Locator(".tile[data-status=asking]")).ToHaveCountAsync(0);
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width);
        await Shoot(page, $"display-hill-{width}-{colours}");

        var light = devices.First(device => device.Type == "LIGHT");
        var changed = Stopwatch.GetTimestamp();
        foreach (var (on, says) in ((bool, string)[])[(true, "On"), (false, "Off")])
        {
            changed = Stopwatch.GetTimestamp();
            using var knob = await sandbox.Http.PostAsJsonAsync(new Uri(sandbox.Cloud, "/sandbox/devices/" + light.VendorDeviceId), new { on });
            knob.EnsureSuccessStatusCode();
            await Assertions.Expect(State(page, light.Name)).ToContainTextAsync(says, new() { Timeout = 20_000 });
        }

        output.WriteLine($"A change at the maker's app was on the page after {Stopwatch.GetElapsedTime(changed).TotalMilliseconds:0} ms.");
    }

    /// <summary>The sandbox's own service account, as the bridge in it has it, with the key from the data folder.</summary>
    [Fact]
    public async Task The_sandboxs_service_account_reports_to_the_sandboxs_display()
    {
        await using var context = await _browser.NewContextAsync();
        var page = await LinkInSandbox(context, "harbor");
        var key = await File.ReadAllTextAsync(Path.Combine(sandbox.Process.DataFolder, "home-graph-key.pem"));
        var tokenUrl = new Uri(sandbox.Display, HomeGraphOptions.TokenPath);
        var assertion = RunningPlatform.Sign(
            key, ServiceAccount.Email, tokenUrl.AbsoluteUri, "https://www.googleapis.com/auth/homegraph", TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(30));
        using var exchanged = await sandbox.Http.PostAsync(tokenUrl, new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ["assertion"] = assertion,
        }));
        var token = (await exchanged.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();

        var graph = JsonNode.Parse(await sandbox.Http.GetStringAsync(new Uri(sandbox.Display, "/homegraph/graph")))!;
        var (user, device) = graph["agentUsers"]!.AsArray()
            .SelectMany(one => one!["devices"]!.AsArray().Select(device => ((string)one["agentUserId"]!, device!)))
            .Single(found => (string?)found.Item2["name"] == "Jetty light");
        using var report = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox.Display, "/homegraph/v1/devices:reportStateAndNotification"))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            Content = JsonContent.Create(new
            {
                requestId = "r",
                agentUserId = user,
                payload = new { devices = new { states = new Dictionary<string, object> { [(string)device["id"]!] = new { online = true, on = true, brightness = 71 } } } },
            }),
        };
        var shown = Assertions.Expect(State(page, "Jetty light")).ToContainTextAsync("71 %");
        using var answer = await sandbox.Http.SendAsync(report);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await shown;
    }

    private static JsonNode Catalogue() => JsonNode.Parse(Repository.Read("contracts/trait-catalogue.json"))!;

    private static JsonObject SomeAttributes(string[] traits) => new JsonObject(traits.SelectMany(trait => trait switch
    {
        "StartStop" => (KeyValuePair<string, JsonNode?>[])[new("pausable", true)],
        "Volume" => [new("volumeMaxLevel", 20), new("volumeCanMuteAndUnmute", true)],
        "FanSpeed" => [new("supportsFanSpeedPercent", true)],
        _ => [],
    }));

    /// <summary>For each trait what a device of that kind may well say.</summary>
    private static JsonObject SomeStates(string[] traits)
    {
        var states = new JsonObject();
        foreach (var trait in traits)
        {
            var said = trait switch
            {
                "OnOff" => """{"on":true}""",
                "OpenClose" => """{"openPercent":40}""",
                "LockUnlock" => """{"isLocked":true,"isJammed":false}""",
                "FanSpeed" => """{"currentFanSpeedPercent":60}""",
                "TemperatureSetting" => """{"thermostatMode":"heat","thermostatTemperatureSetpoint":21,"thermostatTemperatureAmbient":19.5}""",
                "TemperatureControl" => """{"temperatureSetpointCelsius":60,"temperatureAmbientCelsius":22.5}""",
                "HumiditySetting" => """{"humiditySetpointPercent":45,"humidityAmbientPercent":52}""",
                "StartStop" => """{"isRunning":true,"isPaused":false}""",
                "RunCycle" => """{"currentRunCycle":[{"currentCycle":"rinse","lang":"en"}],"currentTotalRemainingTime":1260,"currentCycleRemainingTime":300}""",
                "ArmDisarm" => """{"isArmed":true,"currentArmLevel":"night"}""",
                "Brightness" => """{"brightness":65}""",
                "ColorSetting" => """{"color":{"temperatureK":2700}}""",
                "Volume" => """{"currentVolume":6,"isMuted":false}""",
                "MediaState" => """{"activityState":"ACTIVE","playbackState":"PLAYING"}""",
                "AppSelector" => """{"currentApplication":"radio"}""",
                "InputSelector" => """{"currentInput":"hdmi_1"}""",
                "Dock" => """{"isDocked":false}""",
                "EnergyStorage" => """{"descriptiveCapacityRemaining":"HIGH","capacityRemaining":[{"rawValue":80,"unit":"PERCENTAGE"}],"isCharging":true}""",
                "SensorState" => """{"currentSensorStateData":[{"name":"AirQuality","currentSensorState":"healthy","rawValue":42}]}""",
                "NetworkControl" => """{"networkEnabled":true,"numConnectedDevices":14,"guestNetworkEnabled":true}""",
                "Cook" => """{"currentCookingMode":"BAKE","currentFoodPreset":"NONE"}""",
                "Timer" => """{"timerRemainingSec":420,"timerPaused":false}""",
                "Modes" => """{"currentModeSettings":{"load":"large"}}""",
                "Toggles" => """{"currentToggleSettings":{"quiet":true}}""",
                "Rotation" => """{"rotationPercent":30}""",
                "Fill" => """{"isFilled":true,"currentFillPercent":80}""",
                "Dispense" => """{"dispenseItems":[{"itemName":"water","amountRemaining":{"amount":2,"unit":"LITERS"},"isCurrentlyDispensing":false}]}""",
                "SoftwareUpdate" => """{"lastSoftwareUpdateUnixTimestampSec":1795000000}""",
                "StatusReport" => """{"currentStatusReport":[]}""",
                _ => "{}",
            };
            foreach (var (name, value) in JsonNode.Parse(said)!.AsObject())
            {
                states[name] = value!.DeepClone();
            }
        }

        return states;
    }

    private static ILocator State(IPage page, string name) => page.Locator($"[data-device-name='{name}']").GetByTestId("state");

    private async Task<IPage> Open(IBrowserContext? context = null)
    {
        var page = await (context ?? await _browser.NewContextAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } })).NewPageAsync();
        await page.GotoAsync(_platform.Url);
        await page.GetByTestId("link-home").ClickAsync();
        await page.GetByTestId("home").WaitForAsync();
        return page;
    }

    private async Task<IPage> LinkInSandbox(IBrowserContext context, string account)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(sandbox.Display.AbsoluteUri);
        await page.GetByTestId("link-home").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await page.Locator("input[name=username]").FillAsync(account);
        await page.Locator("input[name=password]").FillAsync("sandbox");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Agree and link" }).WaitForAsync();
        await page.EvaluateAsync("document.querySelectorAll('input[type=checkbox]').forEach((box) => { box.checked = true; })");
        await page.GetByRole(AriaRole.Button, new() { Name = "Agree and link" }).ClickAsync();
        await page.Locator(".tile[data-status=known]").First.WaitForAsync();
        return page;
    }

    private static Task Shoot(IPage page, string name) => Pictures.Take(page, name);
}
