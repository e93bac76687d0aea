using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.OpsConsole;

/// <summary>
/// A break-glass secret and what the credentials file keeps of it. The command line tool compiles this file, too: who makes
/// a line and who reads it agree.
/// </summary>
internal static class BreakGlassSecret
{
    public const string Prefix = "hbg_";

    /// <summary>Characters of anything that could be one; what is longer is not hashed.</summary>
    public const int LengthMax = 128;

    public const int NameLengthMax = 64;

    private const string Algorithm = "pbkdf2-sha256";
    private const int Iterations = 600_000;

    /// <summary>A line with more would keep a core busy for seconds.</summary>
    private const int IterationsMax = 2_000_000;

    private const int SecretLength = 32;
    private const int SaltLength = 16;
    private const int HashLength = 32;

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretLength));

    /// <summary><c>pbkdf2-sha256:iterations:salt:hash</c>.</summary>
    public static string Hash(string secret)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        return string.Create(CultureInfo.InvariantCulture, $"{Algorithm}:{Iterations}:{Base64Url.EncodeToString(salt)}:{Base64Url.EncodeToString(Derive(secret, salt, Iterations))}");
    }

    public static bool IsHash(string text) => Parse(text) is not null;

    public static bool Matches(string secret, string hash) =>
        Parse(hash) is var (iterations, salt, expected) && CryptographicOperations.FixedTimeEquals(Derive(secret, salt, iterations), expected);

    public static bool IsName(string text) =>
        text.Length is > 0 and <= NameLengthMax && text.All(one => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one) || one is '-' or '.');

    private static (int Iterations, byte[] Salt, byte[] Hash)? Parse(string text) =>
        text.Split(':') is [Algorithm, var count, var salt, var hash]
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) && iterations is >= 100_000 and <= IterationsMax
        && Base64Url.IsValid(salt, out var saltLength) && saltLength >= SaltLength && Base64Url.IsValid(hash, out var hashLength) && hashLength == HashLength
            ? (iterations, Base64Url.DecodeFromChars(salt), Base64Url.DecodeFromChars(hash))
            : null;

    private static byte[] Derive(string secret, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), salt, iterations, HashAlgorithmName.SHA256, HashLength);
}
