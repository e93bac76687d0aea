using HomeBridge.Tests.World;

namespace HomeBridge.Tests;

[Collection(SandboxCollection.Name)]
public sealed class FirstLookTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task Look()
    {
        LinkedHome home;
        try { home = await sandbox.Link("maple"); } catch (Exception e1) { Assert.Fail(e1.Message + sandbox.Process.Output); return; }
        var sync = await home.Sync();
        var light = await home.Device("Kitchen light");
        var on = await home.Execute(light, "OnOff", new { on = true });
        var query = await home.Query(light);
        var maker = (await sandbox.MakerDevices()).First(device => device.Home == "maple" && device.CameraNumber == 1);
        var viewer = await home.Watch(await home.Device(maker.Name));
        var e = await viewer.Enter();
        var p = await viewer.Poll();
        var init = await viewer.Fetch(viewer.Init);
        var unit = await viewer.Fetch(viewer.Units[0]);
        Assert.Fail($"{sync}\n{on}\n{query}\n{e} {p}\n{viewer.PlaylistText}\n{init.Status} {init.Bytes.Length} {unit.Status} {unit.Bytes.Length} {Viewer.Names(unit.Bytes, maker.VendorDeviceId)}\n{sandbox.Process.Output}");
    }
}
