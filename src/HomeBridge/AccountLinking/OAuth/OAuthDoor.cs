using HomeBridge.Hosting;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// What the token and the revocation endpoint have in common: limits, the body, the client, and an answer that says "later"
/// when the database is busy.
/// </summary>
internal sealed class OAuthDoor(ClientAuthentication clients, OAuthLimits limits, OAuthInstruments instruments, ILogger<OAuthDoor> log)
{
    public async Task<IResult> Open(
        HttpContext context, Func<PlatformClient, OAuthForm, Task<IResult>> answer, Action<OAuthForm>? refusal = null)
    {
        var (form, unreadable) = await OAuthForm.Read(context.Request);
        if (form is null)
        {
            return TokenAnswer.Error(unreadable!);
        }

        try
        {
            var (client, refused) = clients.Authenticate(context.Request, form);
            if (client is null)
            {
                // Who has the right secret is never shut out for what others at the same address do.
                var address = FailureCounts.AddressOf(context);
                if (limits.IsOver(address) is { } wait)
                {
                    return TokenAnswer.Error(OAuthError.TooManyFailures, retryAfter: wait);
                }

                log.LogWarning("A client could not be authenticated at {Path}", context.Request.Path);
                limits.Failed(address);
                instruments.ClientFailed();
                refusal?.Invoke(form);
                return TokenAnswer.Error(refused!, ClientAuthentication.IsByBasic(context.Request));
            }

            using var place = limits.Enter(client);
            return place is null ? Later() : await answer(client, form);
        }
        catch (Exception busy) when (BatchWriter.IsOverload(busy))
        {
            log.LogWarning("The database is busy: {Path} was told to come later", context.Request.Path);
            return Later();
        }
    }

    private IResult Later()
    {
        instruments.ToldToComeLater();
        return TokenAnswer.Error(OAuthError.Overloaded, retryAfter: BatchWriter.RetryAfter);
    }
}
