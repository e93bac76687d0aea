using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using HomeBridge.Tests.World;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace HomeBridge.Tests.Contracts;

/// <summary>
/// Replays every pair of <c>contracts/fulfillment</c>, in the order of their numbers, against one fresh link of home
/// maple. A new pair is a new test. The sandbox is this class's own: locks and lights stand as they do at its start.
/// </summary>
[TestCaseOrderer("HomeBridge.Tests.Contracts.ByNumber", "HomeBridge.Tests")]
public sealed partial class FulfillmentExamplesTests(ExamplesHome home) : IClassFixture<ExamplesHome>
{
    private const string Any = "${any}";
    private const string AgentUserId = "${agentUserId}";

    public static TheoryData<string> Examples() =>
        [.. Directory.GetFiles(Folder(), "*.request.json").Select(path => Path.GetFileName(path)[..^".request.json".Length]).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task The_example_is_answered_as_written(string example)
    {
        var maple = await home.Maple();
        var request = await WithIds(Read(example, "request"), maple);
        using var expected = JsonDocument.Parse(await WithIds(Read(example, "response"), maple));

        using var answer = await maple.Post(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var actual = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        if (Difference(expected.RootElement, actual.RootElement, "$") is { } difference)
        {
            Assert.Fail($"{example}: {difference}\nAnswered: {actual.RootElement.GetRawText()}");
        }
    }

    [Fact]
    public void Every_request_has_a_response_and_the_other_way_round()
    {
        var files = Directory.GetFiles(Folder(), "*.json").Select(path => Path.GetFileName(path)).ToList();

        var alone = files.Where(file => !files.Contains(
            file.EndsWith(".request.json", StringComparison.Ordinal) ? file.Replace(".request.", ".response.", StringComparison.Ordinal) : file.Replace(".response.", ".request.", StringComparison.Ordinal)));

        Assert.Empty(alone);
        Assert.NotEmpty(files);
    }

    private static string Read(string example, string which) => File.ReadAllText(Path.Combine(Folder(), $"{example}.{which}.json"));

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../contracts/fulfillment");

    /// <summary>Ids are random in each bridge; the examples name devices instead.</summary>
    private static async Task<string> WithIds(string text, LinkedHome maple)
    {
        foreach (var name in DeviceName().Matches(text).Select(match => match.Groups["name"].Value).Distinct())
        {
            text = text.Replace($"${{device:{name}}}", await maple.Device(name), StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Where the two first differ; null when they don't. The order of members doesn't matter, that of items does.</summary>
    private string? Difference(JsonElement expected, JsonElement actual, string path)
    {
        if (expected.ValueKind is JsonValueKind.String && expected.GetString() is Any or AgentUserId)
        {
            return actual.ValueKind is JsonValueKind.String && actual.GetString() is { Length: > 0 } value
                && (expected.GetString() == Any || home.IsTheAgentUser(value))
                ? null
                : $"{path}: expected {expected.GetString()}, got {actual.GetRawText()}";
        }

        if (expected.ValueKind != actual.ValueKind)
        {
            return $"{path}: expected {expected.GetRawText()}, got {actual.GetRawText()}";
        }

        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                var (wanted, given) = (Names(expected), Names(actual));
                return wanted.SequenceEqual(given, StringComparer.Ordinal)
                    ? wanted.Select(name => Difference(expected.GetProperty(name), actual.GetProperty(name), $"{path}.{name}")).FirstOrDefault(one => one is not null)
                    : $"{path}: expected the members {string.Join(", ", wanted)}, got {string.Join(", ", given)}";
            case JsonValueKind.Array:
                return expected.GetArrayLength() == actual.GetArrayLength()
                    ? expected.EnumerateArray().Zip(actual.EnumerateArray(), (one, other) => (one, other))
                        .Select((pair, index) => Difference(pair.one, pair.other, $"{path}[{index}]")).FirstOrDefault(one => one is not null)
                    : $"{path}: expected {expected.GetArrayLength()} items, got {actual.GetArrayLength()}";
            default:
                return JsonElement.DeepEquals(expected, actual) ? null : $"{path}: expected {expected.GetRawText()}, got {actual.GetRawText()}";
        }
    }

    private static string[] Names(JsonElement value) =>
        [.. value.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\$\{device:(?<name>[^}]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DeviceName();
}

/// <summary>One sandbox with home maple linked once, every device ticked.</summary>
public sealed class ExamplesHome : IAsyncLifetime
{
    private readonly SandboxFixture _sandbox = new();
    private LinkedHome? _maple;
    private string? _agentUser;

    public Task InitializeAsync() => _sandbox.InitializeAsync();

    public Task DisposeAsync() => _sandbox.DisposeAsync();

    public async Task<LinkedHome> Maple() => _maple ??= await _sandbox.Link("maple");

    /// <summary>Whatever it is, it is the same each time.</summary>
    public bool IsTheAgentUser(string value) => value == (_agentUser ??= value);
}

/// <summary>The examples in the order of their numbers: DISCONNECT is the last.</summary>
public sealed class ByNumber : ITestCaseOrderer
{
    public IEnumerable<TTestCase> OrderTestCases<TTestCase>(IEnumerable<TTestCase> testCases)
        where TTestCase : ITestCase => testCases.OrderBy(test => test.DisplayName, StringComparer.Ordinal);
}
