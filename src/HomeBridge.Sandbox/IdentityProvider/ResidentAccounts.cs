using System.Collections.Frozen;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <param name="Name">What the resident types, and the <c>sub</c> of the id_token.</param>
/// <param name="Title">What pages call the account.</param>
internal sealed record ResidentAccount(string Name, string Title);

/// <summary>What became of a sign-in. Unknown account and wrong password are one answer.</summary>
internal enum SignInOutcome
{
    SignedIn,
    Wrong,
    TooManyFailures,
}

/// <summary>The three accounts of the sandbox and their one password, which the documents tell.</summary>
internal sealed class ResidentAccounts(SandboxHomes homes, TimeProvider time)
{
    private const string Password = "sandbox";

    /// <summary>Failures only: signing in often is no attack, guessing is.</summary>
    private const int MostFailures = 20;

    private static readonly TimeSpan FailuresCountFor = TimeSpan.FromMinutes(5);

    private static readonly FrozenDictionary<string, ResidentAccount> Known = new[]
    {
        new ResidentAccount("maple", "Maple home"),
        new ResidentAccount("harbor", "Harbor home"),
        new ResidentAccount("hill", "Hill home"),
    }.ToFrozenDictionary(account => account.Name, StringComparer.Ordinal);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> _failures = new(StringComparer.Ordinal);

    public static ResidentAccount? Find(string name) => Known.GetValueOrDefault(name);

    public SignInOutcome SignIn(string username, string password, out ResidentAccount? account)
    {
        account = null;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            // All unknown names share one count, so that made-up names fill no memory.
            var bucket = Known.ContainsKey(username) ? username : "";
            if (!_failures.TryGetValue(bucket, out var failures))
                _failures[bucket] = failures = new();
            while (failures.TryPeek(out var oldest) && now - oldest > FailuresCountFor)
                failures.Dequeue();
            if (failures.Count >= MostFailures)
                return SignInOutcome.TooManyFailures;
            if (Secrets.Same(password, Password) && Known.TryGetValue(username, out account) && homes.IsOpen(username))
            {
                failures.Clear();
                return SignInOutcome.SignedIn;
            }

            failures.Enqueue(now);
            return SignInOutcome.Wrong;
        }
    }
}
