using System.Net;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Attack;

/// <summary>A link that ends in the very moment in which one of its streams is opened.</summary>
[Collection(SandboxCollection.Name)]
public sealed class RevocationRaceTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task A_stream_that_was_being_opened_while_its_link_ended_is_dead_a_second_later()
    {
        var alive = 0;
        for (var attempt = 0; attempt < 30; attempt++)
        {
            var home = await sandbox.Link("maple");
            var viewer = await home.Watch(await home.Device("Front door camera"));
            var entering = viewer.Enter();
            await Task.Delay(attempt % 10);
            await home.Disconnect();
            if (await entering != HttpStatusCode.OK)
            {
                continue;
            }

            await Task.Delay(TimeSpan.FromSeconds(1));
            if (await viewer.Poll() == HttpStatusCode.OK && (await viewer.Fetch(viewer.Units[^1])).Status == HttpStatusCode.OK)
            {
                alive++;
            }
        }

        Assert.Equal(0, alive);
    }
}
