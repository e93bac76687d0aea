using System.Buffers;
using HomeBridge.Hosting.StrangersJson;
using Newtonsoft.Json;

namespace HomeBridge.Fulfillment;

/// <summary>The envelope of an answer: the request's id and one payload.</summary>
internal static class Answer
{
    public static ReadOnlySequence<byte> Payload(string requestId, Action<JsonTextWriter> payload) => JsonOutput.WriteChunks(writer =>
    {
        writer.WriteStartObject();
        writer.Member("requestId", requestId);
        writer.WritePropertyName("payload");
        writer.WriteStartObject();
        payload(writer);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>The whole request failed for one reason.</summary>
    public static ReadOnlySequence<byte> Error(string requestId, string errorCode) => Payload(requestId, writer =>
    {
        writer.Member("status", "ERROR");
        writer.Member("errorCode", errorCode);
    });

    /// <summary>DISCONNECT is answered with nothing in it.</summary>
    public static ReadOnlySequence<byte> Empty { get; } = new("{}"u8.ToArray());

    public static IResult Of(ReadOnlySequence<byte> body) => new Bytes(body);

    private sealed class Bytes(ReadOnlySequence<byte> body) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = body.Length;

            // Piece by piece: a platform that reads slowly holds what was not read yet, and nothing twice.
            foreach (var piece in body)
            {
                await response.BodyWriter.WriteAsync(piece, httpContext.RequestAborted);
            }
        }
    }
}
