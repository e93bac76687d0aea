using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using HomeBridge.Audit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace HomeBridge.OpsConsole;

/// <summary>
/// Credentials for the night on which the identity provider is away. They ask nobody but a local file; each use is an alarm
/// and a row of the trail.
/// </summary>
internal sealed class BreakGlass(OperatorOptions options, AuditTrail audit, SignInLimits limits, TimeProvider time, ILogger<BreakGlass> log) : IDisposable
{
    /// <summary>The alarm of a use.</summary>
    private static readonly EventId Used = new(1, "break-glass-used");

    /// <summary>A tool that polls uses its credential each second; one alarm and one row a minute say so.</summary>
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromMinutes(1);

    /// <summary>How long somebody waits behind others whose secrets are being hashed.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(3);

    /// <summary>What an unknown name is hashed against: it takes as long as a known one.</summary>
    private static readonly string NobodysHash = BreakGlassSecret.Hash(BreakGlassSecret.New());

    /// <summary>One at a time: hashing is slow on purpose, and the bridge has other work.</summary>
    private readonly SemaphoreSlim _hashing = new(1);

    /// <summary>By name, a digest of what was found right last: a tool that polls is hashed once.</summary>
    private readonly ConcurrentDictionary<string, byte[]> _right = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<(string Name, string Address), long> _told = new();

    public bool Configured => options.BreakGlassFile is not null;

    /// <summary>The credential whose name and secret these are; null otherwise, and nothing says which of them was wrong.</summary>
    public async Task<BreakGlassCredential?> Check(string name, string secret, string address, CancellationToken cancel)
    {
        if (options.BreakGlassFile is not { } file || name.Length > BreakGlassSecret.NameLengthMax || secret.Length is 0 or > BreakGlassSecret.LengthMax)
        {
            return null;
        }

        var (credentials, problem) = BreakGlassCredentials.Read(file);
        if (problem is not null)
        {
            log.LogError("Break-glass credentials are refused: {Problem}", problem);
            return null;
        }

        var credential = credentials.FirstOrDefault(one => one.Name == name);
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{credential?.Hash}\n{secret}"));
        if (credential is null || !_right.TryGetValue(name, out var right) || !CryptographicOperations.FixedTimeEquals(right, digest))
        {
            // Unheard: an address that keeps guessing does not get to keep a core busy.
            if (limits.IsOver(address) is not null || !await _hashing.WaitAsync(WaitMax, cancel))
            {
                return null;
            }

            try
            {
                if (!BreakGlassSecret.Matches(secret, credential?.Hash ?? NobodysHash) || credential is null)
                {
                    return null;
                }
            }
            finally
            {
                _hashing.Release();
            }

            _right[name] = digest;
        }

        Tell(credential, address);
        return credential;
    }

    /// <summary>Whether a session that began with this credential may go on.</summary>
    public bool StillHas(string name) => options.BreakGlassFile is { } file && BreakGlassCredentials.Read(file).Credentials.Any(one => one.Name == name);

    public void Dispose() => _hashing.Dispose();

    private void Tell(BreakGlassCredential credential, string address)
    {
        var now = time.GetTimestamp();
        var key = (credential.Name, address);
        if (_told.TryGetValue(key, out var last) && time.GetElapsedTime(last, now) < ToldAgainAfter)
        {
            return;
        }

        _told[key] = now;
        log.LogCritical(Used, "Break-glass credential {Name} was used from {Address}: somebody reviews this within a day", credential.Name, address);
        audit.Append($"break-glass:{credential.Name}", "break-glass.used", credential.Name, $"from {address}, roles {string.Join(", ", credential.Roles)}");
    }
}

/// <summary><c>Authorization: BreakGlass name:secret</c> on the ops API.</summary>
internal sealed class BreakGlassHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, BreakGlass breakGlass)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "break-glass";

    private const string Start = "BreakGlass ";

    public static bool IsMeant(HttpContext context) => context.Request.Headers.Authorization.ToString().StartsWith(Start, StringComparison.OrdinalIgnoreCase);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsMeant(Context))
        {
            return AuthenticateResult.NoResult();
        }

        var parts = Request.Headers.Authorization.ToString()[Start.Length..].Trim().Split(':', 2);
        return parts is [var name, var secret] && await breakGlass.Check(name, secret, SignInLimits.AddressOf(Context), Context.RequestAborted) is { } credential
            ? AuthenticateResult.Success(new AuthenticationTicket(OperatorIdentity.OfBreakGlass(credential, SchemeName), SchemeName))
            : AuthenticateResult.Fail("not a break-glass credential");
    }
}
