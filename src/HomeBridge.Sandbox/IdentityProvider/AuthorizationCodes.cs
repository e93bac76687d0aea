namespace HomeBridge.Sandbox.IdentityProvider;

/// <summary>What a code stands for: everything that the token request must repeat or prove.</summary>
internal sealed record CodeGrant(AuthorizeRequest Request, ResidentAccount Account, DateTimeOffset Expires);

/// <summary>Codes that were given out and not used yet. Each works once, for a minute.</summary>
internal sealed class AuthorizationCodes(TimeProvider time)
{
    /// <summary>Far above what a minute of sign-ins makes; the oldest go first.</summary>
    private const int MostOpen = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CodeGrant> _open = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public string Give(AuthorizeRequest request, ResidentAccount account)
    {
        var code = Secrets.New();
        lock (_gate)
        {
            if (_order.Count == MostOpen)
                _open.Remove(_order.Dequeue());
            _order.Enqueue(code);
            _open.Add(code, new(request, account, time.GetUtcNow() + Lifetime));
        }

        return code;
    }

    /// <summary>Takes the code out, whatever comes of it: a second try finds nothing.</summary>
    public CodeGrant? Take(string code)
    {
        lock (_gate)
            return _open.Remove(code, out var grant) && time.GetUtcNow() < grant.Expires ? grant : null;
    }
}
