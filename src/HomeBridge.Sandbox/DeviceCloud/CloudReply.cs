using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// An answer of the maker's API, whole, before it is sent: a fault can hold it back or give it to somebody
/// else.
/// </summary>
internal sealed record CloudReply(int Status, byte[]? Json) : IResult
{
    /// <summary>The request that this was made for: part of the answer, so that it goes wherever the answer goes.</summary>
    public string? AnswerTo { get; init; }

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Nothing here ends up in HTML, and people read the sentences in a terminal.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One answer for what does not exist and for what is somebody else's.</summary>
    public static CloudReply NotFound { get; } = new(StatusCodes.Status404NotFound, null);

    public static CloudReply BadRequest { get; } = new(StatusCodes.Status400BadRequest, null);

    public static CloudReply Of<T>(T body, int status = StatusCodes.Status200OK) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(body, Wire));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.Headers["Answer-To"] = AnswerTo;
        if (Json is null)
            return;
        response.ContentType = "application/json";
        response.ContentLength = Json.Length;
        await response.Body.WriteAsync(Json, httpContext.RequestAborted);
    }
}
