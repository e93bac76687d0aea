using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Attack;

/// <summary>A hurried operator misspells a scope: the order is legal, and the answer says that it stops nothing.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ScopeTypoTests(SandboxFixture sandbox)
{
    [Theory]
    [InlineData("vendor", "Acme", true)]
    [InlineData("platform", "gogle", true)]
    [InlineData("trait", "camerastream", true)]
    [InlineData("vendor", "acme", false)]
    [InlineData("platform", "second", false)]
    public async Task A_scope_that_names_nothing_that_exists_comes_with_a_warning(string member, string value, bool warned)
    {
        var order = new { scope = new Dictionary<string, string> { [member] = value }, effects = new[] { "cut_streams" } };

        var (_, preview) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", order);
        var raised = await sandbox.Suspend(order);
        await sandbox.Lift(raised);

        Assert.Equal(warned, preview.TryGetProperty("warnings", out _));
        Assert.Equal(warned, raised.TryGetProperty("warnings", out _));
    }

    [Fact]
    public async Task A_preset_with_another_trait_is_refused()
    {
        var (status, _) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions", new { preset = "camera-leak", scope = new { trait = "OnOff" } });

        Assert.Equal(400, status);
    }
}
