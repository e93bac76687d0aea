using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Sandbox.DeviceCloud;

namespace HomeBridge.Sandbox.IdentityProvider;

/// <param name="Name">What the resident types, and the <c>sub</c> of the id_token.</param>
/// <param name="Title">What pages call the account.</param>
/// <param name="TimeZone">Where its home is.</param>
/// <param name="Locale">The language that its resident speaks.</param>
internal sealed record ResidentAccount(string Name, string Title, string TimeZone, string Locale)
{
    public string Email => $"{Name}@sandbox.example";
}

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
        new ResidentAccount("maple", "Maple home", "America/New_York", "en-US"),
        new ResidentAccount("harbor", "Harbor home", "Europe/London", "en-GB"),
        new ResidentAccount("hill", "Hill home", "Australia/Sydney", "en-AU"),
    }.ToFrozenDictionary(account => account.Name, StringComparer.Ordinal);

    private readonly Lock _gate = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    // Names share 65,536 counts by chance. Names that don't exist are counted as those that do, or the count would tell
    // which is which; and made-up names fill no memory.
    private readonly Dictionary<int, Queue<DateTimeOffset>> _failures = [];

    public static ResidentAccount? Find(string name) => Known.GetValueOrDefault(name);

    public SignInOutcome SignIn(string username, string password, out ResidentAccount? account)
    {
        // All of it is asked whoever it is: neither the answer nor its time shall tell an account that exists.
        var isRight = Secrets.Same(password, Password) & Known.TryGetValue(username, out var known) & homes.IsOpen(username);
        var count = BitConverter.ToUInt16(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(username)));
        account = null;
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (!_failures.TryGetValue(count, out var failures))
                _failures[count] = failures = new();
            while (failures.TryPeek(out var oldest) && now - oldest > FailuresCountFor)
                failures.Dequeue();
            if (failures.Count >= MostFailures)
                return SignInOutcome.TooManyFailures;
            if (isRight)
            {
                failures.Clear();
                account = known;
                return SignInOutcome.SignedIn;
            }

            failures.Enqueue(now);
            return SignInOutcome.Wrong;
        }
    }
}
