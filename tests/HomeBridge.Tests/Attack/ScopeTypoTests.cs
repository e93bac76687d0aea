using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Attack;

/// <summary>A hurried operator misspells a scope. Not promised by the design yet: a wish, for who decides.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ScopeTypoTests(SandboxFixture sandbox)
{
    [Theory]
    [InlineData("vendor", "Acme")]
    [InlineData("platform", "gogle")]
    [InlineData("trait", "camerastream")]
    public async Task A_scope_that_names_nothing_that_exists_is_not_confirmed_as_if_it_stopped_something(string member, string value)
    {
        var order = new { scope = new Dictionary<string, string> { [member] = value }, effects = new[] { "cut_streams" } };

        var (status, _) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/suspensions?dry_run=true", order);

        Assert.Equal(400, status);
    }
}
