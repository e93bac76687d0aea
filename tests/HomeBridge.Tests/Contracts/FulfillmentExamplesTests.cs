namespace HomeBridge.Tests.Contracts;

/// <summary>
/// Replays every pair of <c>contracts/fulfillment</c>, in the order of their numbers, against one fresh link of home
/// maple. A new pair is a new test. The sandbox is this class's own: locks and lights stand as they do at its start.
/// </summary>
[TestCaseOrderer("HomeBridge.Tests.Contracts.ByNumber", "HomeBridge.Tests")]
public sealed class FulfillmentExamplesTests(ExamplesHome home) : IClassFixture<ExamplesHome>
{
    public static TheoryData<string> Examples() => [.. ExamplePairs.In(string.Empty, SearchOption.TopDirectoryOnly)];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task The_example_is_answered_as_written(string example) =>
        await ExamplePairs.Replay(example, await home.Linked("maple"), home.Placeholders, TimeSpan.Zero);

    [Fact]
    public void Every_request_has_a_response_and_the_other_way_round() =>
        Assert.Empty(ExamplePairs.Alone(string.Empty, SearchOption.TopDirectoryOnly));
}
