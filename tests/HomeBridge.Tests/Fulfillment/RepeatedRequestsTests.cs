using System.Buffers;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
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
            await repeats.Once(Of($"f{number}"), () => Answer(new byte[60 * 1024]));
        }

        var acted = 0;
        foreach (var fingerprint in (string[])["f999", "f0"])
        {
            await repeats.Once(Of(fingerprint), () =>
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
        await Assert.ThrowsAsync<InvalidOperationException>(() => repeats.Once(Of("same"), () => throw new InvalidOperationException()));

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
            answers.Add(await repeats.Once(Of("same"), () =>
            {
                acted++;
                return Answer(bytes);
            }));
        }

        return (answers, acted);
    }

    [Fact]
    public async Task Who_comes_while_the_first_is_under_way_gets_its_answer_or_its_failure()
    {
        var repeats = new RepeatedRequests(TimeProvider.System);
        foreach (var fails in (bool[])[false, true])
        {
            var held = new TaskCompletionSource<ReadOnlySequence<byte>>();
            var first = repeats.Once(Of("held"), () => held.Task);
            var joined = Enumerable.Range(0, 3).Select(_ => repeats.Once(Of("held"), () => throw new InvalidOperationException("acted twice"))).ToList();
            Assert.All(joined, one => Assert.False(one.IsCompleted));
            if (fails)
            {
                held.SetException(new IOException());
                foreach (var one in joined.Prepend(first))
                {
                    await Assert.ThrowsAsync<IOException>(() => one);
                }
            }
            else
            {
                held.SetResult(new ReadOnlySequence<byte>([1, 2, 3]));
                foreach (var one in joined.Prepend(first))
                {
                    Assert.Equal([1, 2, 3], (await one).ToArray());
                }

                repeats = new RepeatedRequests(TimeProvider.System);
            }
        }
    }

    [Fact]
    public void Another_link_body_device_or_place_is_another_id_however_long_they_are()
    {
        var bodies = new[] { 0, 1, 1900, 2010, 2047, 3000, 100_000 }.Select(length => new ReadOnlySequence<byte>(new byte[length])).ToList();
        var links = (AccountLinkId[])[Link, new("lnk_2"), new("")];
        var fingerprints = links.SelectMany(link => bodies.Select(body => RequestFingerprint.Of(link, body))).ToList();
        DeviceId[] devices = [new("dev_1"), new("dev_2")];
        var ids = fingerprints.SelectMany(fingerprint => devices.SelectMany(device => Enumerable.Range(0, 3).Select(index => fingerprint.CommandId(device, index)))).ToList();

        Assert.Equal(fingerprints.Count, fingerprints.Distinct().Count());
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{32}$", id));
        Assert.Equal(ids[0], RequestFingerprint.Of(Link, bodies[0]).CommandId(devices[0], 0));
    }

    private static RequestFingerprint Of(string body) => RequestFingerprint.Of(Link, new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(body)));

    private static Task<ReadOnlySequence<byte>> Answer(byte[] bytes) => Task.FromResult(new ReadOnlySequence<byte>(bytes));
}
