using System.Net;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>A call that the Home Graph refuses, in the words of Google's APIs.</summary>
internal sealed class GraphException : Exception
{
    private GraphException(HttpStatusCode code, string status, string message)
        : base(message) => (Code, Status) = ((int)code, status);

    public int Code { get; }

    /// <summary>A name of google.rpc.Code.</summary>
    public string Status { get; }

    public TimeSpan? RetryAfter { get; private init; }

    public static GraphException InvalidArgument(string message) => new(HttpStatusCode.BadRequest, "INVALID_ARGUMENT", message);

    public static GraphException Unauthenticated(string message) => new(HttpStatusCode.Unauthorized, "UNAUTHENTICATED", message);

    public static GraphException NotFound() => new(HttpStatusCode.NotFound, "NOT_FOUND", "Requested entity was not found.");

    public static GraphException ResourceExhausted(string message, TimeSpan retryAfter) =>
        new(HttpStatusCode.TooManyRequests, "RESOURCE_EXHAUSTED", message) { RetryAfter = retryAfter };

    public static GraphException Internal(string message) => new(HttpStatusCode.InternalServerError, "INTERNAL", message);

    public static GraphException Unavailable() =>
        new(HttpStatusCode.ServiceUnavailable, "UNAVAILABLE", "The service is currently unavailable.");

    public IResult Answer(HttpContext context)
    {
        if (RetryAfter is { } after)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(after.TotalSeconds)).ToString("D");
        }

        return Results.Json(new { error = new { code = Code, message = Message, status = Status } }, statusCode: Code);
    }
}
