using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HomeBridge.Sandbox.Display;

namespace HomeBridge.Sandbox.Inboxes;

/// <summary>The maker's side of <c>contracts/notices.md</c>, and what the inbox page reads.</summary>
internal static class InboxApi
{
    public const string WebhookPath = "/inbox/notices";

    private const string SignatureVersion = "v1=";

    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public static void MapInbox(this IEndpointRouteBuilder endpoints, byte[] key)
    {
        endpoints.MapPost(WebhookPath, (HttpContext context, Inbox inbox, TimeProvider time) => Take(context, inbox, key, time));
        endpoints.MapGet("/inbox.json", (Inbox inbox) => Results.Json(new { notices = inbox.All() }, JsonSerializerOptions.Web)).AddEndpointFilter<OwnOriginOnly>();
    }

    private static async Task<IResult> Take(HttpContext context, Inbox inbox, byte[] key, TimeProvider time)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var bytes = body.ToArray();
        if (!IsSigned(context.Request.Headers, bytes, key, time.GetUtcNow()))
        {
            return Results.Text("The signature is missing, wrong or too old.", statusCode: StatusCodes.Status401Unauthorized);
        }

        if (JsonSerializer.Deserialize<Message>(bytes, JsonSerializerOptions.Web) is not { Id.Length: > 0, Account.Length: > 0 } message)
        {
            return Results.Text("A notice has an id and an account.", statusCode: StatusCodes.Status400BadRequest);
        }

        inbox.Add(new InboxNotice(message.Id, message.Account, message.Kind, message.At, message.Language, message.Subject, message.Text, message.Url));
        return Results.NoContent();
    }

    private static bool IsSigned(IHeaderDictionary headers, byte[] body, byte[] key, DateTimeOffset now)
    {
        var timestamp = headers["HomeBridge-Timestamp"].ToString();
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(now.ToUnixTimeSeconds() - seconds) > ClockTolerance.TotalSeconds)
        {
            return false;
        }

        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp + "."), .. body];
        var expected = SignatureVersion + Convert.ToHexStringLower(HMACSHA256.HashData(key, signed));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(headers["HomeBridge-Signature"].ToString()));
    }

    private sealed record Message(string Id, string Kind, DateTimeOffset At, string Account, string Language, string Subject, string Text, string Url);
}
