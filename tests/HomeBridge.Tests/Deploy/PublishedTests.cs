using System.Net;
using System.Xml.Linq;
using HomeBridge.Tests.House;

namespace HomeBridge.Tests.Deploy;

/// <summary>What a container would be: the published folder, run as somebody who owns nothing, on a file system that nobody can write to.</summary>
public sealed class PublishedTests : IDisposable
{
    /// <summary>The user of the chiseled base images.</summary>
    private const int ContainerUser = 1654;

    /// <summary>What the tests were built as: that is there to be published, whole.</summary>
    private static readonly string Configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_published_bridge_runs_as_another_user_on_a_read_only_file_system()
    {
        var app = await Publish("HomeBridge");
        var data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        var secret = Path.Combine(data, "api.key");
        await File.WriteAllTextAsync(secret, "key\n");

        await using var bridge = await BridgeProcess.Start(
            data,
            new() { ["DeviceCloud:ApiKey"] = null, ["DeviceCloud:ApiKeyFile"] = secret },
            command => Contained(data, command),
            Path.Combine(app, "HomeBridge.dll"));
        var token = await bridge.Link("acct1");
        using var answer = await BridgeProcess.Sync(bridge.Http, bridge.Bridge, token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // It is who it should be, and was made to write nowhere else.
        var owner = await Tool.Run("stat", ["-c", "%u", Path.Combine(data, "homebridge.db")]);
        Assert.Equal($"{ContainerUser}\n", owner.Output);
        Assert.Contains("Read-only file system", (await Tool.Run("unshare", Contained(data, ["touch", Path.Combine(app, "x")]).Skip(1))).Output, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", (await Tool.Run("unshare", Contained(data, ["touch", "/tmp/homebridge-x"]).Skip(1))).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", bridge.Output, StringComparison.Ordinal);
        await bridge.Terminate();
        await bridge.Exited();
    }

    [Fact]
    public async Task The_published_gateway_starts_from_files_of_secrets_and_says_which_one_it_can_not_read()
    {
        var app = await Publish("HomeBridge.StreamGateway");
        var missing = await Tool.Run("unshare", Contained(_folder,
        [
            "dotnet", Path.Combine(app, "HomeBridge.StreamGateway.dll"), "--Gateway:KeyFile=/run/secrets/none",
        ]).Skip(1));
        Assert.Equal(2, missing.Code);
        Assert.Contains("Gateway:KeyFile: '/run/secrets/none' can't be read", missing.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_is_of_a_base_without_a_shell_and_of_a_user_without_rights()
    {
        var props = XDocument.Load(Path.Combine(Repository.Root, "deploy/container/container.props"));
        Assert.EndsWith("-chiseled", props.Descendants("ContainerBaseImage").Single().Value, StringComparison.Ordinal);
        Assert.Equal($"{ContainerUser}", props.Descendants("ContainerUser").Single().Value);
        foreach (var (project, ports) in ((string, string[])[])[("HomeBridge/HomeBridge", ["8080", "8081"]), ("HomeBridge.StreamGateway/HomeBridge.StreamGateway", ["8082"])])
        {
            var read = XDocument.Load(Path.Combine(Repository.Root, "src", project + ".csproj"));
            Assert.Contains(read.Descendants("Import"), import => import.Attribute("Project")!.Value == "../../deploy/container/container.props");
            Assert.Equal(ports, read.Descendants("ContainerPort").Select(port => port.Attribute("Include")!.Value));
            Assert.Single(read.Descendants("ContainerRepository"));
        }
    }

    private async Task<string> Publish(string project)
    {
        var app = Path.Combine(_folder, "app");
        var published = await Tool.Run("dotnet", ["publish", Path.Combine(Repository.Root, "src", project), "-c", Configuration, "--no-build", "-o", app, "-v", "quiet"]);
        Assert.True(published.Code == 0, published.Output);
        await Tool.Run("chmod", ["-R", "a+rX", _folder]);
        return app;
    }

    /// <summary>In name spaces of its own: every file system read-only but for one folder, and no user but the container's.</summary>
    private static IReadOnlyList<string> Contained(string writable, IReadOnlyList<string> command)
    {
        var made = $"chown {ContainerUser}:{ContainerUser} '{writable}' && mount --bind '{writable}' '{writable}' && mount -o remount,ro,bind / && "
            + $"exec setpriv --reuid={ContainerUser} --regid={ContainerUser} --clear-groups --no-new-privs --bounding-set=-all -- \"$@\"";
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", made, "sh", .. command];
    }
}
