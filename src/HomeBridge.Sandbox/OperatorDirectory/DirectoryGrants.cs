namespace HomeBridge.Sandbox.OperatorDirectory;

/// <summary>A request at the authorize page that was checked.</summary>
internal sealed record DirectoryRequest(string ClientId, string RedirectUri, string? State, string? Nonce, string? CodeChallenge);

/// <summary>A device code: what the tool polls with, what a person types, and who that was.</summary>
internal sealed class DeviceGrant(string clientId, string userCode, DateTimeOffset expires)
{
    public string ClientId { get; } = clientId;

    public string UserCode { get; } = userCode;

    public DateTimeOffset Expires { get; } = expires;

    public DirectoryPerson? Person { get; set; }
}

/// <summary>Codes and refresh tokens that were given out. A sandbox lives for hours: only codes expire.</summary>
internal sealed class DirectoryGrants(TimeProvider time)
{
    public const int DeviceCodeSeconds = 600;

    /// <summary>Beyond it nothing new is given out; a sandbox has a handful.</summary>
    private const int OpenMax = 10_000;

    /// <summary>Letters that nobody mistakes for others.</summary>
    private const string Letters = "BCDFGHJKLMNPQRSTVWXZ";

    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DirectoryRequest Request, DirectoryPerson Person, DateTimeOffset Expires)> _codes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceGrant> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string ClientId, DirectoryPerson Person)> _refresh = new(StringComparer.Ordinal);

    public string NewCode(DirectoryRequest request, DirectoryPerson person)
    {
        lock (_gate)
            return Add(_codes, (request, person, time.GetUtcNow() + CodeLifetime));
    }

    /// <summary>Takes the code out, whatever comes of it.</summary>
    public (DirectoryRequest Request, DirectoryPerson Person)? TakeCode(string code)
    {
        lock (_gate)
            return _codes.Remove(code, out var grant) && time.GetUtcNow() < grant.Expires ? (grant.Request, grant.Person) : null;
    }

    public (string DeviceCode, DeviceGrant Grant) NewDevice(string clientId)
    {
        var grant = new DeviceGrant(
            clientId, System.Security.Cryptography.RandomNumberGenerator.GetString(Letters, 8), time.GetUtcNow().AddSeconds(DeviceCodeSeconds));
        lock (_gate)
            return (Add(_devices, grant), grant);
    }

    public DeviceGrant? FindDevice(string deviceCode)
    {
        lock (_gate)
            return _devices.TryGetValue(deviceCode, out var grant) && time.GetUtcNow() < grant.Expires ? grant : null;
    }

    public void EndDevice(string deviceCode)
    {
        lock (_gate)
            _devices.Remove(deviceCode);
    }

    /// <summary>A person typed a code and who they are.</summary>
    public bool Approve(string userCode, DirectoryPerson person)
    {
        lock (_gate)
        {
            var grant = _devices.Values.FirstOrDefault(one => one.UserCode == userCode && one.Person is null && time.GetUtcNow() < one.Expires);
            grant?.Person = person;
            return grant is not null;
        }
    }

    public string NewRefreshToken(string clientId, DirectoryPerson person)
    {
        lock (_gate)
            return Add(_refresh, (clientId, person));
    }

    public DirectoryPerson? FindRefreshToken(string token, string clientId)
    {
        lock (_gate)
            return _refresh.TryGetValue(token, out var found) && found.ClientId == clientId ? found.Person : null;
    }

    /// <summary>Signs somebody out everywhere: what was given is dead.</summary>
    public void TakeBack(DirectoryPerson person)
    {
        lock (_gate)
        {
            foreach (var token in _refresh.Where(given => given.Value.Person == person).Select(given => given.Key).ToList())
                _refresh.Remove(token);
        }
    }

    private static string Add<T>(Dictionary<string, T> open, T value)
    {
        if (open.Count >= OpenMax)
            open.Clear();
        var key = Secrets.New();
        open.Add(key, value);
        return key;
    }
}
