using HomeBridge.Sandbox.Faults;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>What every call of the Home Graph passes: faults, the bearer token; and how a refusal is told.</summary>
internal sealed class GraphDoor(AccessTokens tokens, FaultBoard faults, TimeProvider time) : IEndpointFilter
{
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(2);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            if (faults.Hits(HomeGraphFaults.Slow))
            {
                await Task.Delay(SlowAnswer, time, http.RequestAborted);
            }

            if (faults.Hits(HomeGraphFaults.Unavailable))
            {
                throw GraphException.Unavailable();
            }

            if (faults.Hits(HomeGraphFaults.TokenRefused) || Secrets.Bearer(http.Request) is not { } token || !tokens.Valid(token))
            {
                throw GraphException.Unauthenticated("Request had invalid authentication credentials.");
            }

            if (faults.Hits(HomeGraphFaults.Quota))
            {
                throw GraphException.ResourceExhausted("Quota exceeded for calls per minute of this project.", ComeBackAfter);
            }

            if (faults.Hits(HomeGraphFaults.Forgets))
            {
                throw GraphException.NotFound();
            }

            return await next(context);
        }
        catch (GraphException refused)
        {
            return refused.Answer(http);
        }
    }
}
