using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.LinkDoctor;

/// <summary>
/// The names of journeys. A linking attempt has a reference, short enough to be read out on the phone; it opens nothing.
/// A request is named by its link and the platform's request id: the id alone is the platform's to choose.
/// </summary>
internal static class Journeys
{
    /// <summary>Letters and digits that are not mistaken for others (Crockford's base 32).</summary>
    private const string Letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Of 5 bits each: 40 bits, so that no two attempts of a day share a reference by chance.</summary>
    private const int ReferenceLetters = 8;

    /// <summary>Characters of a request id that are kept.</summary>
    private const int RequestIdLengthMax = 128;

    /// <summary>The id of a request that could not be read as far as its id.</summary>
    public const string UnreadRequest = "-";

    /// <summary>A fresh reference, like <c>7QHR-40ZK</c>.</summary>
    public static string NewReference() => RandomNumberGenerator.GetString(Letters, ReferenceLetters).Insert(ReferenceLetters / 2, "-");

    /// <summary>What somebody typed as a reference; null when it can't be one.</summary>
    public static string? ReadReference(string typed)
    {
        var letters = typed.ToUpperInvariant().Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal)
            .Replace('O', '0').Replace('I', '1').Replace('L', '1');
        return letters.Length == ReferenceLetters && letters.All(Letters.Contains) ? letters.Insert(ReferenceLetters / 2, "-") : null;
    }

    /// <summary>A resident, without the account's name.</summary>
    public static string Who(string vendor, string account) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{vendor}\n{account}")));

    /// <summary>An id of nothing, or of spaces only, names no request: it is one of those that could not be read.</summary>
    public static string OfRequest(string link, string requestId) =>
        $"{link}/{(string.IsNullOrWhiteSpace(requestId) ? UnreadRequest : requestId.Length > RequestIdLengthMax ? requestId[..RequestIdLengthMax] : requestId)}";
}
