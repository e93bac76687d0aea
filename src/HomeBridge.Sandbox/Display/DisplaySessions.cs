using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using HomeBridge.Sandbox.HomeGraph;

namespace HomeBridge.Sandbox.Display;

/// <summary>
/// The browsers that use this display. What a browser linked is found by its cookie alone, and a session found under
/// another id than its own is an error, not an answer.
/// </summary>
internal sealed class DisplaySessions(TimeProvider time, Graph graph)
{
    public const string Cookie = "homebridge.display";

    /// <summary>Browsers at one time. Beyond it, the one that was idle longest is forgotten.</summary>
    private const int SessionsMax = 1000;

    private static readonly TimeSpan IdleMax = TimeSpan.FromHours(12);

    private readonly ConcurrentDictionary<string, DisplaySession> _sessions = new(StringComparer.Ordinal);

    /// <summary>The session of this browser, if it has one.</summary>
    public bool TryFind(HttpContext context, [NotNullWhen(true)] out DisplaySession? session)
    {
        session = null;
        if (context.Request.Cookies[Cookie] is not { Length: DisplaySession.IdLength } id
            || !_sessions.TryGetValue(id, out var found))
        {
            return false;
        }

        if (!Secrets.Same(id, found.Id))
        {
            throw new InvalidOperationException("A display session was kept under an id that is not its own.");
        }

        if (time.GetUtcNow() - found.LastUsed > IdleMax)
        {
            End(found);
            return false;
        }

        found.LastUsed = time.GetUtcNow();
        session = found;
        return true;
    }

    public DisplaySession FindOrBegin(HttpContext context)
    {
        if (!TryFind(context, out var session))
        {
            session = new DisplaySession(time.GetUtcNow());
            Keep(session, context);
        }

        return session;
    }

    /// <summary>
    /// The same homes under a new id, as after any sign-in: an id that somebody planted in this browser before must not
    /// open the home that was linked in it.
    /// </summary>
    public void Renew(DisplaySession session, HttpContext context)
    {
        if (_sessions.TryRemove(session.Id, out _))
        {
            Keep(session.UnderNewId(), context);
        }
    }

    /// <summary>A home that is not linked any more leaves the browser that linked it, and the graph.</summary>
    public void Forget(LinkedHome home)
    {
        foreach (var session in _sessions.Values)
        {
            session.Forget(home);
        }

        graph.Forget(home);
    }

    private void End(DisplaySession session)
    {
        _sessions.TryRemove(session.Id, out _);
        foreach (var home in session.Homes)
        {
            graph.Forget(home);
        }
    }

    private void Keep(DisplaySession session, HttpContext context)
    {
        if (_sessions.Count >= SessionsMax && _sessions.Values.MinBy(kept => kept.LastUsed) is { } idlest)
        {
            End(idlest);
        }

        _sessions[session.Id] = session;
        context.Response.Cookies.Append(Cookie, session.Id, new CookieOptions
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = IdleMax,
            Path = "/",
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
        });
    }
}
