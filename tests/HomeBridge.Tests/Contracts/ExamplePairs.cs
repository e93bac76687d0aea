using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using HomeBridge.Tests.World;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace HomeBridge.Tests.Contracts;

/// <summary>
/// The pairs of one folder of <c>contracts/fulfillment</c>, and how one is replayed. With RENEW_EXAMPLES=1 an answer that
/// isn't as written is written anew; placeholders that still fit stay.
/// </summary>
internal static partial class ExamplePairs
{
    private const string Request = ".request.json";
    private const string Response = ".response.json";

    private static readonly bool Renew = Environment.GetEnvironmentVariable("RENEW_EXAMPLES") == "1";

    /// <summary>How often a question is asked again whose answer was not as written.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Paths of requests without what all end with, in the order of their numbers.</summary>
    public static IReadOnlyList<string> In(string folder, SearchOption depth) =>
        [.. Directory.GetFiles(PathOf(folder), "*" + Request, depth)
            .Select(path => Path.GetRelativePath(PathOf(string.Empty), path)[..^Request.Length]).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> Alone(string folder, SearchOption depth)
    {
        var files = Directory.GetFiles(PathOf(folder), "*.json", depth);
        Assert.NotEmpty(files);
        return [.. files.Where(file => !files.Contains(
            file.EndsWith(Request, StringComparison.Ordinal) ? file.Replace(Request, Response, StringComparison.Ordinal) : file.Replace(Response, Request, StringComparison.Ordinal)))];
    }

    public static JsonElement RequestOf(string example) => Parsed(File.ReadAllText(PathOf(example + Request)));

    public static JsonElement ResponseOf(string example) => Parsed(File.ReadAllText(PathOf(example + Response)));

    public static string PathOf(string example, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../contracts/fulfillment", example);

    /// <summary>
    /// Sends the request until it is answered as written, at least once and for as long as <paramref name="patience"/>:
    /// when a slow device is done has no moment.
    /// </summary>
    public static async Task Replay(string example, LinkedHome home, ExamplePlaceholders placeholders, TimeSpan patience)
    {
        var written = File.ReadAllText(PathOf(example + Request));
        var isNew = Renew && !File.Exists(PathOf(example + Response));
        var expected = isNew ? "{}" : File.ReadAllText(PathOf(example + Response));
        var ids = await Ids(written + expected, home);
        var until = TimeProvider.System.GetUtcNow() + (isNew ? TimeSpan.Zero : patience);
        while (true)
        {
            using var answer = await home.Post(WithIds(written, ids));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var answered = await answer.Content.ReadAsStringAsync();
            if (placeholders.Difference(Parsed(WithIds(expected, ids)), Parsed(answered)) is not { } difference)
            {
                return;
            }

            if (TimeProvider.System.GetUtcNow() < until)
            {
                await Task.Delay(Pause);
                continue;
            }

            if (!Renew)
            {
                Assert.Fail($"{example}: {difference}\nAnswered: {answered}");
            }

            foreach (var (name, id) in ids)
            {
                answered = answered.Replace(id, $"${{device:{name}}}", StringComparison.Ordinal);
            }

            File.WriteAllText(PathOf(example + Response), ReadableJson.Of(placeholders.Kept(Parsed(expected), Parsed(answered))));
            return;
        }
    }

    /// <summary>Ids are random in each bridge; the examples name devices instead.</summary>
    private static async Task<Dictionary<string, string>> Ids(string text, LinkedHome home)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in DeviceName().Matches(text).Select(match => match.Groups["name"].Value).Distinct())
        {
            ids[name] = await home.Device(name);
        }

        return ids;
    }

    private static string WithIds(string text, Dictionary<string, string> ids) =>
        DeviceName().Replace(text, match => ids[match.Groups["name"].Value]);

    private static JsonElement Parsed(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    [GeneratedRegex(@"\$\{device:(?<name>[^}]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DeviceName();
}

/// <summary>One sandbox with one home linked once, every device ticked.</summary>
public sealed class ExamplesHome : IAsyncLifetime
{
    private readonly SandboxFixture _sandbox = new();
    private LinkedHome? _home;

    internal ExamplePlaceholders Placeholders { get; } = new();

    public Task InitializeAsync() => _sandbox.InitializeAsync();

    public Task DisposeAsync() => _sandbox.DisposeAsync();

    public async Task<LinkedHome> Linked(string account) => _home ??= await _sandbox.Link(account);
}

/// <summary>The examples in the order of their names, so of their numbers.</summary>
public sealed class ByNumber : ITestCaseOrderer
{
    public IEnumerable<TTestCase> OrderTestCases<TTestCase>(IEnumerable<TTestCase> testCases)
        where TTestCase : ITestCase => testCases.OrderBy(test => test.TestMethodArguments?.FirstOrDefault() as string, StringComparer.Ordinal);
}
