namespace HomeBridge.Sandbox.Display;

/// <summary>
/// Linking as a platform does it: the browser goes to the bridge with a state and a PKCE challenge, comes back with a
/// code, and the code becomes tokens here, never in the browser.
/// </summary>
internal sealed class LinkHome(
    DisplayOptions options, DisplaySessions sessions, BridgeTokens tokens, BridgeFulfillment fulfillment, TimeProvider time)
{
    public const string CallbackPath = "/oauth/callback";

    /// <summary>Where the browser shall go to link a home.</summary>
    public IResult Begin(HttpContext context)
    {
        var session = sessions.FindOrBegin(context);
        if (session.Homes.Count >= DisplaySession.HomesMax)
        {
            return Results.Json(new { problem = "full" }, statusCode: StatusCodes.Status409Conflict);
        }

        return Results.Json(new { url = tokens.AuthorizeUrl(session.BeginLink(time.GetUtcNow())) });
    }

    /// <summary>Whatever came of it, the browser ends on the page, and the page says it.</summary>
    public async Task<IResult> Return(HttpContext context)
    {
        var query = context.Request.Query;
        if (!sessions.TryFind(context, out var session)
            || session.TakePending(query["state"], time.GetUtcNow()) is not { } link)
        {
            return Back("problem", "state");
        }

        // RFC 9207: a code that some other server made is not taken to this one.
        if (query["iss"] != options.BridgeUrl)
        {
            return Back("problem", "issuer");
        }

        if (query["code"] is not [{ Length: > 0 } code])
        {
            return Back("problem", query["error"] == "access_denied" ? "denied" : "refused");
        }

        if (await tokens.Exchange(code, link.Verifier, context.RequestAborted) is not TokenOutcome.Issued issued)
        {
            return Back("problem", "exchange");
        }

        var home = new LinkedHome(DisplaySession.NewId(), issued.Tokens);
        if (!session.TryAdd(home))
        {
            // Two tabs raced for the last place. A link that nobody can see must not stay.
            await fulfillment.Disconnect(home, context.RequestAborted);
            return Back("problem", "full");
        }

        sessions.Renew(session, context);
        return Back("linked", home.Id);
    }

    private IResult Back(string name, string value) => Results.Redirect($"{options.Url}/?{name}={value}");
}

/// <summary>The two endpoints of linking.</summary>
internal static class LinkHomeFeature
{
    public static void MapLinkHome(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/api/links", (HttpContext context, LinkHome link) => link.Begin(context))
            .AddEndpointFilter<OwnPageOnly>();
        endpoints.MapGet(LinkHome.CallbackPath, (HttpContext context, LinkHome link) => link.Return(context));
    }
}
