using HomeBridge.Fulfillment;
using Microsoft.AspNetCore.Http;

namespace HomeBridge.Tests.Fulfillment;

/// <summary>A long SYNC is sent while it is written.</summary>
public sealed class StreamedAnswerTests
{
    private const int Devices = 1_000;

    [Fact]
    public async Task First_bytes_leave_before_the_last_device_is_written_and_all_of_it_is_one_document()
    {
        using var platform = new Reader();
        var sentAtLast = 0L;

        await Send(platform, number => sentAtLast = number == Devices - 1 ? platform.Received : sentAtLast);

        Assert.InRange(sentAtLast, Answer.SentAtOnceMax, platform.Received - 1);
        using var document = System.Text.Json.JsonDocument.Parse(platform.All);
        Assert.Equal("r1", document.RootElement.GetProperty("requestId").GetString());
        Assert.Equal(Devices, document.RootElement.GetProperty("payload").GetProperty("devices").GetArrayLength());
    }

    [Fact]
    public async Task Nothing_more_is_written_for_a_platform_that_does_not_read()
    {
        using var platform = new Reader { MayRead = new TaskCompletionSource() };
        var written = 0;

        var sending = Send(platform, _ => written++);

        // Everything up to the first hand-over happens at once; then it stands still until somebody reads.
        Assert.False(sending.IsCompleted);
        Assert.InRange(written, 1, Devices / 2);
        platform.MayRead.SetResult();
        await sending;
        Assert.Equal(Devices, written);
    }

    [Fact]
    public async Task A_short_list_goes_out_whole_with_its_length()
    {
        using var platform = new Reader();
        var context = new DefaultHttpContext { Response = { Body = platform } };

        await Answer.Streamed("r1", writer => writer.WritePropertyName("devices"), [1L, 2L], (writer, device) => writer.WriteValue(device)).ExecuteAsync(context);
        await context.Response.BodyWriter.FlushAsync();

        Assert.Equal("""{"requestId":"r1","payload":{"devices":[1,2]}}""", System.Text.Encoding.UTF8.GetString(platform.All));
        Assert.Equal(platform.Received, context.Response.ContentLength);
    }

    private static async Task Send(Reader platform, Action<int> written)
    {
        var context = new DefaultHttpContext { Response = { Body = platform } };
        await Answer.Streamed(
            "r1",
            writer => writer.WritePropertyName("devices"),
            Enumerable.Range(0, Devices).ToList(),
            (writer, number) =>
            {
                writer.WriteValue(new string('x', 200));
                written(number);
            }).ExecuteAsync(context);
        await context.Response.BodyWriter.FlushAsync();
    }

    /// <summary>A platform that reads when it may.</summary>
    private sealed class Reader : MemoryStream
    {
        public TaskCompletionSource? MayRead { get; init; }

        public long Received => Length;

        public byte[] All => ToArray();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (MayRead is { } may)
            {
                await may.Task;
            }

            Write(buffer.Span);
        }
    }
}
