using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>Proof key for code exchange (RFC 7636), S256 only.</summary>
internal static partial class Pkce
{
    public const string Method = "S256";

    public static bool IsChallenge(string text) => Unreserved().IsMatch(text);

    /// <summary>Section 4.6. RFC 9700 section 4.8.2: a verifier without a challenge is refused too.</summary>
    public static bool Fits(string? challenge, string? verifier)
    {
        if (challenge is null || verifier is null)
        {
            return challenge is null && verifier is null;
        }

        if (!Unreserved().IsMatch(verifier))
        {
            return false;
        }

        var real = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(real), Encoding.ASCII.GetBytes(challenge));
    }

    /// <summary>Sections 4.1 and 4.2, for verifier and challenge alike.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9._~-]{43,128}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unreserved();
}
