using System.Net;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Residents;

/// <summary>A page that was left open does nothing to whoever signs in after.</summary>
[Collection(SandboxCollection.Name)]
public sealed class FormsOfOneResidentTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task A_form_that_was_shown_to_one_resident_is_refused_for_another_in_the_same_browser()
    {
        await sandbox.Recover();
        using var resident = await ResidentBrowser.SignIn(sandbox, "maple");
        var open = await resident.Get("/account/cameras");
        var asked = await resident.Forge(open, "/account/other-account");
        var home = await resident.Browser.Submit(asked, "Sign in", fields =>
        {
            fields.RemoveAll(field => field.Key is "username" or "password");
            fields.Add(new("username", "harbor"));
            fields.Add(new("password", "sandbox"));
        });
        Assert.Contains("harbor", home.Text, StringComparison.OrdinalIgnoreCase);

        var refused = await resident.Forge(open, "/account/cameras", ("camera", ""), ("pause", "until_resumed"));

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("Nothing was changed", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Paused until", (await resident.Get("/account/cameras")).Text, StringComparison.Ordinal);

        // Their own page works.
        Assert.Equal(HttpStatusCode.OK, (await resident.Forge(await resident.Get("/account/cameras"), "/account/cameras", ("resume", "all"))).Status);
    }
}
