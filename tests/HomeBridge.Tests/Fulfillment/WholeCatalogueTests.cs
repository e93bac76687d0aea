using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>Home hill through the bridge: no device of the catalogue is left out or unreadable.</summary>
[Collection(SandboxCollection.Name)]
public sealed class WholeCatalogueTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task Every_device_of_every_type_is_announced_and_answers_a_query()
    {
        var home = await sandbox.Link("hill");

        var devices = (await home.Sync()).GetProperty("devices").EnumerateArray().ToList();
        var ids = devices.Select(device => device.GetProperty("id").GetString()!).ToArray();
        var states = await home.Query(ids);

        Assert.Equal(200, devices.Count);
        Assert.Equal(81, devices.Select(device => device.GetProperty("type").GetString()).Distinct().Count());
        // The alarm reports on other devices: that is told as EXCEPTIONS, and its states are there.
        var unread = devices.Where(device => states.GetProperty(device.GetProperty("id").GetString()!).GetProperty("status").GetString() is not ("SUCCESS" or "EXCEPTIONS"))
            .Select(device => $"{device.GetProperty("name").GetProperty("name")}: {states.GetProperty(device.GetProperty("id").GetString()!).GetRawText()}");
        Assert.Empty(unread);
    }
}
