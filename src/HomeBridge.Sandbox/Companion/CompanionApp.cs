using System.Net;
using System.Net.Http.Headers;
using HomeBridge.Sandbox.Display;

namespace HomeBridge.Sandbox.Companion;

/// <summary>
/// The maker's own app, as a page. It is a public client of the bridge and knows nothing but <c>contracts/account-api.openapi.yaml</c>.
/// Its tokens stay on this server, as a phone's stay in its key store.
/// </summary>
internal sealed class CompanionApp(DisplayOptions options, DisplaySessions sessions, TimeProvider time) : IDisposable
{
    public const string CallbackPath = "/cb";
    public const string Page = "/companion";

    private const string ClientId = "companion-app";
    private const string Api = "/account/api/v1/";

    /// <summary>What is told on to the page besides the body.</summary>
    private static readonly string[] ToldOn = ["Retry-After", "WWW-Authenticate"];

    private readonly BridgeTokens _tokens = new(options.BridgeUrl, new BridgeClient(ClientId, null, options.Url + CallbackPath));
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(20),

        // The data file of a home that is looked at all day.
        MaxResponseContentBufferSize = 32 * 1024 * 1024,
    };

    /// <summary>Where the browser shall go to sign in.</summary>
    public IResult Begin(HttpContext context, bool anew) =>
        Results.Json(new { url = _tokens.AuthorizeUrl(sessions.FindOrBegin(context).BeginLink(time.GetUtcNow()), anew) });

    /// <summary>Back from the bridge; whatever came of it, the page says it.</summary>
    public async Task<IResult> Return(HttpContext context)
    {
        var query = context.Request.Query;
        if (!sessions.TryFind(context, out var session) || session.TakePending(query["state"], time.GetUtcNow()) is not { } pending)
        {
            return Back("state");
        }

        // RFC 9207: a code that some other server made is not taken to this one.
        if (query["iss"] != options.BridgeUrl)
        {
            return Back("issuer");
        }

        if (query["code"] is not [{ Length: > 0 } code])
        {
            return Back(query["error"] == "access_denied" ? "denied" : "refused");
        }

        if (await _tokens.Exchange(code, pending.Verifier, context.RequestAborted) is not TokenOutcome.Issued issued)
        {
            return Back("exchange");
        }

        if (session.Companion is { } before)
        {
            await _tokens.Revoke(before.Tokens.RefreshToken, context.RequestAborted);
        }

        session.Companion = new KeptTokens(issued.Tokens);
        sessions.Renew(session, context);
        return Results.Redirect(options.Url + Page);
    }

    /// <summary>Ends the session at the bridge and here. It is forgotten here even if the bridge did not hear of it.</summary>
    public async Task<IResult> SignOut(HttpContext context)
    {
        if (sessions.TryFind(context, out var session) && session.Companion is { } tokens)
        {
            session.Companion = null;
            return Results.Json(new { ended = await _tokens.Revoke(tokens.Tokens.RefreshToken, context.RequestAborted) });
        }

        return Results.Json(new { ended = true });
    }

    /// <summary>One call of the API, with the tokens of this browser's app. Refused tokens are renewed once.</summary>
    public async Task<IResult> Call(HttpContext context, string path)
    {
        if (!sessions.TryFind(context, out var session) || session.Companion is not { } tokens)
        {
            return Problem("signedOut", StatusCodes.Status401Unauthorized);
        }

        // A dot segment would lead out of the API.
        if (path.Split('/').Any(segment => segment is "." or ".."))
        {
            return Problem("unknown", StatusCodes.Status404NotFound);
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var current = tokens.Tokens;
        try
        {
            var answer = await Send(context, path, body.ToArray(), current);
            if (!IsTokenOver(answer))
            {
                return new Answer(answer);
            }

            answer.Dispose();
            switch (await tokens.Renew(current, _tokens))
            {
                case TokenOutcome.Issued renewed:
                    return new Answer(await Send(context, path, body.ToArray(), renewed.Tokens));
                case TokenOutcome.Over:
                    session.Companion = null;
                    return Problem("signedOut", StatusCodes.Status401Unauthorized);
                default:
                    return Problem("unreachable", StatusCodes.Status502BadGateway);
            }
        }
        catch (Exception failed) when (failed is HttpRequestException || (failed is OperationCanceledException && !context.RequestAborted.IsCancellationRequested))
        {
            return Problem("unreachable", StatusCodes.Status502BadGateway);
        }
    }

    public void Dispose()
    {
        _tokens.Dispose();
        _http.Dispose();
    }

    private async Task<HttpResponseMessage> Send(HttpContext context, string path, byte[] body, GrantTokens with)
    {
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), options.BridgeUrl + Api + string.Join('/', path.Split('/').Select(Uri.EscapeDataString)) + context.Request.QueryString);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", with.AccessToken);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        }

        return await _http.SendAsync(request, context.RequestAborted);
    }

    /// <summary>A 401 that asks for a password is for the resident.</summary>
    private static bool IsTokenOver(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.Unauthorized
        && !answer.Headers.WwwAuthenticate.ToString().Contains("insufficient_user_authentication", StringComparison.Ordinal);

    private static IResult Problem(string problem, int status) => Results.Json(new { problem }, statusCode: status);

    private IResult Back(string problem) => Results.Redirect($"{options.Url}{Page}?problem={problem}");

    /// <summary>What the bridge said, as it said it.</summary>
    private sealed class Answer(HttpResponseMessage said) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            using (said)
            {
                var response = httpContext.Response;
                response.StatusCode = (int)said.StatusCode;
                foreach (var name in ToldOn)
                {
                    if (said.Headers.TryGetValues(name, out var values))
                    {
                        response.Headers[name] = values.ToArray();
                    }
                }

                response.ContentType = said.Content.Headers.ContentType?.ToString();
                if (said.StatusCode != HttpStatusCode.NoContent)
                {
                    await said.Content.CopyToAsync(response.Body, httpContext.RequestAborted);
                }
            }
        }
    }
}

/// <summary>The companion app's addresses; its page is among the assets.</summary>
internal static class CompanionFeature
{
    public static void MapCompanion(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(CompanionApp.CallbackPath, (HttpContext context, CompanionApp app) => app.Return(context));
        var api = endpoints.MapGroup("/api/companion");
        api.AddEndpointFilter<OwnPageOnly>();
        api.MapPost("/sign-in", (HttpContext context, CompanionApp app) => app.Begin(context, anew: context.Request.Query["anew"] == "1"));
        api.MapPost("/sign-out", (HttpContext context, CompanionApp app) => app.SignOut(context));
        api.MapMethods("/home/{**path}", ["GET", "PUT", "POST", "DELETE"], (HttpContext context, CompanionApp app, string path) => app.Call(context, path));
    }
}
