using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Tests.World;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.Devices;

/// <summary>A resident's own token goes with calls for the account, where the maker asked for it, and nowhere else.</summary>
public sealed class ResidentTokenTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_goes_with_calls_for_its_account_only(bool wanted)
    {
        var ports = SandboxProcess.FreePorts(4);
        await using var maker = await StandInMaker.Start(ports[0]);
        var keys = BridgeOnMaker.Keys(maker.Url, ports, "/nowhere");
        keys["DeviceCloud:SendResidentToken"] = wanted ? "true" : "false";
        var options = DeviceCloudOptions.Read(new ConfigurationReader(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), isSandbox: true));
        using var cloud = new HttpDeviceCloud(options, new Tokens(), NullLogger<HttpDeviceCloud>.Instance);
        var patience = TimeSpan.FromSeconds(5);

        await cloud.ListDevices("home1", patience, default);
        await cloud.QueryStates("home2", [], patience, default);
        await cloud.ListDevices("without", patience, default);
        await cloud.Owner("home1-0000000000000000", patience, default);

        Assert.Equal(
            wanted ? [("home1", "token of home1"), ("home2", "token of home2"), ("without", ""), ("cameras", "")] : [("home1", ""), ("home2", ""), ("without", ""), ("cameras", "")],
            maker.ResidentTokens);
    }

    private sealed class Tokens : IResidentTokens
    {
        public ValueTask<string?> AccessToken(string account, CancellationToken cancel) => new(account == "without" ? null : $"token of {account}");
    }
}
