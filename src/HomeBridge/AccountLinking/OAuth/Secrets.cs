using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>Codes, tokens and the like: 256 random bits with a prefix for secret scanners, stored as SHA-256 only.</summary>
internal static class Secrets
{
    public const string AccessTokenPrefix = "hba_";
    public const string RefreshTokenPrefix = "hbr_";
    public const string CompanionAccessTokenPrefix = "hbca_";
    public const string CompanionRefreshTokenPrefix = "hbcr_";
    public const string CodePrefix = "hbc_";

    /// <summary>Characters of anything that could be ours; what is longer is not looked up.</summary>
    public const int LengthMax = 256;

    private const int RandomLength = 32;

    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomLength));

    /// <summary>A plain hash is right for a value with full entropy: there is nothing to guess.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
