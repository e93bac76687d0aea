using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Fulfillment;
using HomeBridge.Fulfillment.Challenges;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.Isolation;
using HomeBridge.Tests.World;
using HomeBridge.Traits;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.Attack;

/// <summary>A maker's cloud that says what no cloud should.</summary>
public sealed class CarelessCloudTests
{
    [Theory]
    [InlineData("..")]
    [InlineData("a light")]
    [InlineData("light\\nFATAL everything is suspended")]
    [InlineData("light\\u202e")]
    [InlineData(null)]
    public void A_device_with_an_id_that_fits_no_address_stays_out(string? id)
    {
        id ??= new string('x', 65);

        var (device, problem) = DeviceCloudReading.ReadDevice(JsonInput.ParseMap($$"""{"id":"{{id}}","type":"LIGHT","name":"Light","traits":["OnOff"]}"""));

        Assert.Null(device);
        Assert.Contains("its id is not", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_in_scopes_and_lists_is_one_line_of_a_length_that_fits()
    {
        var (device, _) = DeviceCloudReading.ReadDevice(JsonInput.ParseMap(
            $$"""{"id":"light-0000000000001","type":"LIGHT","name":"Light","model":"M\u202e1\u001b[2J","firmware":"{{new string('9', 5_000)}}","traits":["OnOff"]}"""));
        var (_, many) = DeviceCloudReading.ReadDevice(JsonInput.ParseMap(
            $$"""{"id":"light-0000000000001","type":"LIGHT","name":"Light","traits":[{{string.Join(',', Enumerable.Repeat("\"OnOff\"", 5_000))}}]}"""));

        Assert.Equal("M1[2J", device!.Model);
        Assert.InRange(device.Firmware!.Length, 1, 200);
        Assert.NotNull(many);
    }

    [Fact]
    public async Task An_account_or_device_of_dots_is_asked_at_no_other_address_of_the_makers()
    {
        var ports = SandboxProcess.FreePorts(4);
        await using var maker = await StandInMaker.Start(ports[0]);
        var options = DeviceCloudOptions.Read(new ConfigurationReader(
            new ConfigurationBuilder().AddInMemoryCollection(BridgeOnMaker.Keys(maker.Url, ports, "/nowhere")).Build(), isSandbox: true));
        using var cloud = new HttpDeviceCloud(options, new NoTokens(), NullLogger<HttpDeviceCloud>.Instance);

        foreach (var dots in (string[])[".", ".."])
        {
            await Assert.ThrowsAsync<DeviceCloudUnavailableException>(async () => await cloud.ListDevices(dots, TimeSpan.FromSeconds(5), default));
            await Assert.ThrowsAsync<DeviceCloudUnavailableException>(async () => await cloud.Owner(dots, TimeSpan.FromSeconds(5), default));
        }

        Assert.Empty(maker.Calls);
    }

    [Fact]
    public async Task A_device_that_its_maker_calls_what_another_is_to_platforms_is_not_taken_for_that_one()
    {
        await using var bridge = MonitoredBridge.Start();
        var register = bridge.Of<DeviceRegister>();
        DeviceId Listed(string id) => register.Identify("acme", [new DeviceDescription { VendorDeviceId = id, Type = "LIGHT", Name = "Light", Traits = ["OnOff"] }])[0].Id;
        var victims = Enumerable.Range(1, 20).Select(number => Listed($"light-000000000000{number}")).ToList();
        foreach (var victim in victims)
        {
            Listed(victim.Value);
        }

        Assert.All(victims, victim => Assert.Equal(victim, register.Find(victim.Value)!.Id));
    }

    [Fact]
    public async Task A_makers_own_word_for_a_wrong_pin_is_counted()
    {
        await using var bridge = MonitoredBridge.Start();
        bridge.Maker.Executes = _ => new CommandOutcome.Refused("codeRejectedByPanel");
        var link = new AccountLink(new AccountLinkId("lnk_1"), "google", "google-home", "acme", "home1", "user");
        var door = new Device(new DeviceId("dev_door"), new DeviceRef("acme", "lock-0000000000001"), "LOCK", ["LockUnlock"], null, null, Device.NoAttributes);
        var unlock = TraitCatalogue.Current.Command("LockUnlock")!;
        async Task<CommandOutcome> Guess() => await bridge.Of<ConfirmedCommand>().Send(
            link, door, unlock, new Execution("LockUnlock", new JsonMap { ["lock"] = false }, new ChallengeAnswer(null, "1234")), Guid.NewGuid().ToString("N"), CancellationToken.None);

        for (var guess = 0; guess < 5; guess++)
        {
            Assert.Equal(new CommandOutcome.Refused(PlatformCodes.HardError), await Guess());
        }

        bridge.Maker.Executes = _ => new CommandOutcome.Succeeded(Online: true, []);
        Assert.Equal(new CommandOutcome.Refused(PlatformCodes.TooManyFailedAttempts), await Guess());
    }

    private sealed class NoTokens : IResidentTokens
    {
        public ValueTask<string?> AccessToken(string account, CancellationToken cancel) => new((string?)null);
    }
}
