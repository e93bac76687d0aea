using System.Text.RegularExpressions;

namespace HomeBridge.Tests.House;

/// <summary>Who may know whom. Folders are rooms, and this table is their walls.</summary>
public sealed partial class BoundaryTests
{
    /// <summary>From the ground up: a room may know those before it. Nothing knows the console.</summary>
    private static readonly string[] Rooms =
        ["Hosting", "Traits", "Vitals", "LinkDoctor", "Audit", "Ledger", "Revocations", "Suspensions", "Devices", "EvidencePolicy", "Notices", "AccountLinking", "CameraStreams", "Isolation", "Gateways", "HomeGraph", "Fulfillment", "DeviceCloudEvents", "Residents", "Canaries", "Resumption", "Drills", "Alarms", "OpsConsole"];

    [Fact]
    public void Every_room_knows_only_the_rooms_below_it()
    {
        foreach (var room in Rooms)
        {
            var allowed = Rooms.TakeWhile(other => other != room).Append(room).ToHashSet(StringComparer.Ordinal);
            foreach (var file in Repository.Sources($"src/HomeBridge/{room}"))
            {
                foreach (Match match in RoomName().Matches(File.ReadAllText(file)))
                {
                    var known = match.Groups["room"].Value;
                    Assert.True(!Rooms.Contains(known) || allowed.Contains(known), $"{file} knows {known}, which is above {room}.");
                }
            }
        }
    }

    [Fact]
    public void Every_folder_of_the_bridge_is_a_room()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src/HomeBridge")).Select(Path.GetFileName).Where(name => name is not ("bin" or "obj"));

        Assert.Equal(Rooms.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_gateway_knows_neither_the_bridge_nor_a_database()
    {
        var references = typeof(HomeBridge.StreamGateway.GatewayApplication).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();

        Assert.DoesNotContain("HomeBridge", references);
        Assert.DoesNotContain(references, name => name.Contains("Sqlite", StringComparison.Ordinal) || name.Contains("Dapper", StringComparison.Ordinal) || name.Contains("Caching", StringComparison.Ordinal));
        Assert.DoesNotContain(Repository.Sources("src/HomeBridge.StreamGateway"), file => File.ReadAllText(file).Contains("TicketSigner", StringComparison.Ordinal));
    }

    [Fact]
    public void The_bridge_does_not_know_the_sandbox()
    {
        foreach (var project in (string[])["src/HomeBridge", "src/HomeBridge.StreamGateway", "src/HomeBridge.Streaming"])
        {
            Assert.DoesNotContain(Repository.Sources(project), file => File.ReadAllText(file).Contains("HomeBridge.Sandbox", StringComparison.Ordinal));
        }
    }

    /// <summary>It leaks by design. What is not the sandbox doesn't know it, and the sandbox gives it no address of its own.</summary>
    [Fact]
    public void The_naive_gateway_is_the_sandboxs_alone()
    {
        foreach (var project in (string[])["src/HomeBridge", "src/HomeBridge.StreamGateway", "src/HomeBridge.Streaming"])
        {
            Assert.DoesNotContain(Repository.Sources(project), file => File.ReadAllText(file).Contains("NaiveGateway", StringComparison.Ordinal));
        }

        var users = Repository.Sources("src/HomeBridge.Sandbox")
            .Where(file => File.ReadAllText(file).Contains("using HomeBridge.Sandbox.NaiveGateway", StringComparison.Ordinal));
        Assert.All(users, file => Assert.Equal("Theatre", Path.GetFileName(Path.GetDirectoryName(file))));
    }

    [Fact]
    public void Media_bytes_are_written_in_one_place()
    {
        var sources = Repository.Sources("src/HomeBridge.StreamGateway").Select(file => (Name: Path.GetFileName(file), Text: File.ReadAllText(file))).ToList();

        Assert.Equal(["HttpViewer.cs"], sources.Where(file => file.Text.Contains("Response.Body", StringComparison.OrdinalIgnoreCase)).Select(file => file.Name));
        Assert.Equal(["SessionEgress.cs"], sources.Where(file => file.Text.Contains("viewer.Write(", StringComparison.Ordinal)).Select(file => file.Name));
    }

    [GeneratedRegex(@"HomeBridge\.(?<room>[A-Z][A-Za-z]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RoomName();
}
