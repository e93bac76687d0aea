using System.Text.Json;
using HomeBridge.Traits;

namespace HomeBridge.Tests.Contracts;

/// <summary>
/// Replays every pair of <c>contracts/fulfillment/traits</c> against one fresh link of home hill, trait by trait, each in
/// the order of its numbers. A new pair is a new test, a trait or command of the catalogue without one is a failure.
/// </summary>
[TestCaseOrderer("HomeBridge.Tests.Contracts.ByNumber", "HomeBridge.Tests")]
public sealed class TraitExamplesTests(ExamplesHome home) : IClassFixture<ExamplesHome>
{
    private const string Folder = "traits";

    /// <summary>Far longer than any device of the house takes for what it goes on doing.</summary>
    private static readonly TimeSpan SlowestDevice = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Examples() => [.. ExamplePairs.In(Folder, SearchOption.AllDirectories)];

    public static TheoryData<string> Traits() => [.. TraitCatalogue.Current.Announced];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task The_example_is_answered_as_written(string example) => await ExamplePairs.Replay(
        example, await home.Linked("hill"), home.Placeholders, Intent(example) == "action.devices.QUERY" ? SlowestDevice : TimeSpan.Zero);

    [Fact]
    public void Every_request_has_a_response_and_the_other_way_round() =>
        Assert.Empty(ExamplePairs.Alone(Folder, SearchOption.AllDirectories));

    [Fact]
    public void Every_folder_is_a_trait_that_is_announced() => Assert.Equal(
        TraitCatalogue.Current.Announced,
        Directory.GetDirectories(ExamplePairs.PathOf(Folder)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Traits))]
    public void The_trait_has_a_pair_of_its_states_of_each_command_and_of_an_error(string name)
    {
        var trait = TraitCatalogue.Current.Find(name)!;
        var pairs = ExamplePairs.In($"{Folder}/{name}", SearchOption.TopDirectoryOnly);
        var read = pairs.Where(pair => Intent(pair) == "action.devices.QUERY")
            .SelectMany(pair => ExamplePairs.ResponseOf(pair).GetProperty("payload").GetProperty("devices").EnumerateObject()).Select(device => device.Value)
            .Where(device => device.GetProperty("status").GetString() is "SUCCESS" or "EXCEPTIONS").ToList();
        var answers = pairs.Where(pair => Intent(pair) == "action.devices.EXECUTE")
            .Select(pair => (Command: Command(pair), Status: ExamplePairs.ResponseOf(pair).GetProperty("payload").GetProperty("commands")[0].GetProperty("status").GetString())).ToList();

        Assert.NotEmpty(read);
        Assert.True(trait.States.Length == 0 || trait.StateNames.Any(state => read.Any(device => device.TryGetProperty(state, out _))), "No pair tells its states.");
        Assert.DoesNotContain(trait.Commands.Select(command => command.Name), command => !answers.Any(answer => answer.Command == command && answer.Status is ("SUCCESS" or "PENDING")));
        Assert.True(trait.Commands.Length == 0 || answers.Any(answer => answer.Status == "ERROR"), "No pair of an error.");
    }

    private static string? Intent(string example) => Input(example).GetProperty("intent").GetString();

    private static string Command(string example) =>
        Input(example).GetProperty("payload").GetProperty("commands")[0].GetProperty("execution")[0].GetProperty("command").GetString()!["action.devices.commands.".Length..];

    private static JsonElement Input(string example) => ExamplePairs.RequestOf(example).GetProperty("inputs")[0];
}
