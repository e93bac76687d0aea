using System.Buffers;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Fulfillment;

/// <summary>The envelope of an answer: the request's id and one payload.</summary>
internal static class Answer
{
    public static ReadOnlySequence<byte> Payload(string requestId, Action<JsonWriter> payload) => JsonOutput.WriteChunks(writer =>
    {
        writer.WriteStartObject();
        writer.Member("\"requestId\":"u8, requestId);
        writer.WriteName("\"payload\":"u8);
        writer.WriteStartObject();
        payload(writer);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>The whole request failed for one reason.</summary>
    public static ReadOnlySequence<byte> Error(string requestId, string errorCode) => Payload(requestId, writer =>
    {
        writer.Member("\"status\":"u8, "ERROR");
        writer.Member("\"errorCode\":"u8, errorCode);
    });

    /// <summary>DISCONNECT is answered with nothing in it.</summary>
    public static ReadOnlySequence<byte> Empty { get; } = new("{}"u8.ToArray());

    public static IResult Of(ReadOnlySequence<byte> body) => new Bytes(body);

    /// <summary>
    /// A payload that ends in a list, item by item: what is there is sent while the rest is written, and nothing that is sent
    /// is held. All that can fail is behind it. A short one goes out whole.
    /// </summary>
    public static IResult Streamed<T>(string requestId, Action<JsonWriter> beforeItems, IReadOnlyList<T> items, Action<JsonWriter, T> write) =>
        new Items<T>(requestId, beforeItems, items, write);

    /// <summary>What a device in SYNC takes, more or less: a home of ordinary size is then written into one piece.</summary>
    private const int ItemBytesExpected = 512;

    /// <summary>Bytes that are handed to the network at one time.</summary>
    public const int SentAtOnceMax = 32 * 1024;

    private static void Begin(HttpResponse response)
    {
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.CacheControl = "no-store, private";
    }

    /// <summary>The server sends by itself what is written before the head is gone, and not what comes later.</summary>
    private static async ValueTask SendRest(HttpResponse response, CancellationToken cancel)
    {
        if (response.HasStarted)
        {
            await response.BodyWriter.FlushAsync(cancel);
        }
    }

    private sealed class Bytes(ReadOnlySequence<byte> body) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            Begin(response);
            response.ContentLength = body.Length;

            // What is small goes out in one piece, with its head. Of what is large, a platform that reads slowly holds what
            // was not read yet, and nothing twice.
            var waiting = 0;
            foreach (var piece in body)
            {
                response.BodyWriter.Write(piece.Span);
                waiting += piece.Length;
                if (waiting >= SentAtOnceMax)
                {
                    await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
                    waiting = 0;
                }
            }

            await SendRest(response, httpContext.RequestAborted);
        }
    }

    private sealed class Items<T>(string requestId, Action<JsonWriter> beforeItems, IReadOnlyList<T> items, Action<JsonWriter, T> write) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            Begin(response);
            var waiting = new ByteChunks(items.Count * ItemBytesExpected);
            var writer = new JsonWriter(waiting);
            writer.WriteStartObject();
            writer.Member("\"requestId\":"u8, requestId);
            writer.WriteName("\"payload\":"u8);
            writer.WriteStartObject();
            beforeItems(writer);
            writer.WriteStartArray();
            for (var index = 0; index < items.Count; index++)
            {
                write(writer, items[index]);
                if (waiting.Length >= SentAtOnceMax)
                {
                    Hand(waiting, response);
                    await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
                }
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteEndObject();
            if (!response.HasStarted)
            {
                response.ContentLength = waiting.Length;
            }

            Hand(waiting, response);
            await SendRest(response, httpContext.RequestAborted);
        }

        private static void Hand(ByteChunks waiting, HttpResponse response)
        {
            foreach (var piece in waiting.ToSequence())
            {
                response.BodyWriter.Write(piece.Span);
            }

            waiting.Clear();
        }
    }
}
