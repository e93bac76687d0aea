namespace HomeBridge.Tests.Isolation;

/// <summary>A camera's init unit between its sessions: the same, or explained, or a reason.</summary>
public sealed class CameraPrintTests : IAsyncLifetime
{
    private readonly MonitoredBridge _bridge = MonitoredBridge.Start();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _bridge.DisposeAsync();

    [Fact]
    public async Task The_same_init_unit_in_every_session_is_nothing()
    {
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        await _bridge.Prove(_bridge.Watch(2), 1, "bb", "11");

        Assert.Empty(_bridge.InForce);
    }

    [Theory]
    [InlineData("bb", "11", "InitChanged")]
    [InlineData("bb", "22", "ParameterSetsChanged")]
    public async Task Another_one_with_the_same_firmware_quarantines_the_camera(string init, string sets, string verdict)
    {
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        await _bridge.Prove(_bridge.Watch(1), 1, init, sets);

        Assert.Equal(["1"], _bridge.InForce);
        Assert.Equal(verdict, _bridge.Monitor.Report().Findings.Single().Verdict);
    }

    /// <summary>The bridge last heard of the camera before its update: it asks before it accuses.</summary>
    [Fact]
    public async Task A_new_firmware_explains_it()
    {
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        var grant = _bridge.Watch(1);
        _bridge.Maker.Firmware = "2.0";
        await _bridge.Prove(grant, 1, "bb", "22");
        Assert.Empty(_bridge.InForce);

        await _bridge.Prove(grant, 1, "aa", "11");
        Assert.Equal(["1"], _bridge.InForce);
    }

    /// <summary>An update that left the init unit alone is over when the next session has shown it.</summary>
    [Fact]
    public async Task A_firmware_that_changed_nothing_explains_nothing_later()
    {
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        _bridge.Maker.Firmware = "2.0";
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        Assert.Empty(_bridge.InForce);

        await _bridge.Prove(_bridge.Watch(1), 1, "bb", "22");
        Assert.Equal(["1"], _bridge.InForce);
    }

    [Fact]
    public async Task What_a_new_firmware_explains_is_written_down()
    {
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        var grant = _bridge.Watch(1);
        _bridge.Maker.Firmware = "2.0";
        var finding = MonitoredBridge.Finding(grant, "InitChanged");
        await _bridge.Hear(finding);
        await _bridge.Hear(finding);

        Assert.Empty(_bridge.InForce);
        Assert.Contains("explained", _bridge.Monitor.Report().Findings.Single().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_maker_that_does_not_answer_explains_nothing()
    {
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        _bridge.Maker.IsDown = true;
        await _bridge.Prove(_bridge.Watch(1), 1, "bb", "22");

        Assert.Equal(["1"], _bridge.InForce);
    }

    [Fact]
    public async Task After_a_lift_what_the_camera_looks_like_now_is_right()
    {
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        await _bridge.Prove(_bridge.Watch(1), 1, "bb", "22");
        _bridge.Clock.Advance(TimeSpan.FromHours(5));
        _bridge.LiftAll();
        _bridge.Clock.Advance(TimeSpan.FromSeconds(1));

        await _bridge.Prove(_bridge.Watch(1), 1, "bb", "22");
        Assert.Empty(_bridge.InForce);
        await _bridge.Prove(_bridge.Watch(1), 1, "aa", "11");
        Assert.Equal(["1"], _bridge.InForce);
    }
}
