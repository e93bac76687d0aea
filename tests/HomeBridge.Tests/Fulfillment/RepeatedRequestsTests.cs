using System.Buffers;
using HomeBridge.AccountLinking;
using HomeBridge.Fulfillment;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>What is remembered for repeats stays within its limits, whatever one home sends.</summary>
public sealed class RepeatedRequestsTests
{
    private static readonly AccountLinkId Link = new("lnk_1");

    [Fact]
    public async Task A_large_answer_is_given_and_nothing_of_it_is_kept()
    {
        var repeats = new RepeatedRequests(TimeProvider.System);

        var (answers, acted) = await Twice(repeats, new byte[1024 * 1024]);

        Assert.Equal(2, acted);
        Assert.All(answers, answer => Assert.Equal(1024 * 1024, answer.Length));
        Assert.Equal(0, repeats.Bytes);
    }

    [Fact]
    public async Task Answers_are_kept_up_to_a_number_of_bytes_and_the_oldest_go_first()
    {
        var repeats = new RepeatedRequests(TimeProvider.System);
        for (var number = 0; number < 1000; number++)
        {
            await repeats.Once(Link, $"f{number}", () => Answer(new byte[60 * 1024]));
        }

        var acted = 0;
        foreach (var fingerprint in (string[])["f999", "f0"])
        {
            await repeats.Once(Link, fingerprint, () =>
            {
                acted++;
                return Answer(new byte[1]);
            });
        }

        Assert.InRange(repeats.Bytes, RepeatedRequests.AnswersBytesMax - (64 * 1024), RepeatedRequests.AnswersBytesMax);
        Assert.Equal(1, acted);
    }

    [Fact]
    public async Task What_failed_is_not_remembered()
    {
        var repeats = new RepeatedRequests(TimeProvider.System);
        await Assert.ThrowsAsync<InvalidOperationException>(() => repeats.Once(Link, "same", () => throw new InvalidOperationException()));

        var (_, acted) = await Twice(repeats, new byte[10]);

        Assert.Equal(1, acted);
        Assert.Equal(10, repeats.Bytes);
    }

    private static async Task<(List<ReadOnlySequence<byte>> Answers, int Acted)> Twice(RepeatedRequests repeats, byte[] bytes)
    {
        var acted = 0;
        var answers = new List<ReadOnlySequence<byte>>();
        for (var time = 0; time < 2; time++)
        {
            answers.Add(await repeats.Once(Link, "same", () =>
            {
                acted++;
                return Answer(bytes);
            }));
        }

        return (answers, acted);
    }

    private static Task<ReadOnlySequence<byte>> Answer(byte[] bytes) => Task.FromResult(new ReadOnlySequence<byte>(bytes));
}
