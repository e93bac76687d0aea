using System.Buffers;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// What the signatures of units and of answers spell alike: the parameters behind the covered components, and the value. One
/// order, one spelling (RFC 9421 section 2.3).
/// </summary>
internal static class SignatureText
{
    private const int SecondsDigitsMax = 12;
    private const int NameLengthMax = 64;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly SearchValues<char> NonceCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary><c>;created=1795338003</c>, or another name of a moment.</summary>
    public static bool Seconds(scoped ref HeaderReader reader, ReadOnlySpan<char> name, out long seconds)
    {
        seconds = 0;
        return reader.Literal(";") && reader.Literal(name) && reader.Literal("=") && reader.Digit(SecondsDigitsMax, out seconds);
    }

    /// <summary><c>;keyid="acme-1";alg="hmac-sha256</c>, as far as the quote.</summary>
    public static bool Algorithm(scoped ref HeaderReader reader, out bool isEcdsa)
    {
        isEcdsa = false;
        if (!reader.Literal(";keyid=\"") || !reader.Run(NameCharacters, 1, NameLengthMax, out _) || !reader.Literal("\";alg=\""))
        {
            return false;
        }

        isEcdsa = reader.Literal(EvidenceProfile.Ecdsa);
        return isEcdsa || reader.Literal(EvidenceProfile.Hmac);
    }

    /// <summary><c>";nonce="…</c>, from quote to quote.</summary>
    public static bool Nonce(scoped ref HeaderReader reader, out ReadOnlySpan<char> nonce)
    {
        nonce = [];
        return reader.Literal("\";nonce=\"") && reader.Run(NonceCharacters, 1, NameLengthMax, out nonce);
    }

    /// <summary>A value of the algorithm's length, between its colons.</summary>
    public static bool Value(scoped ref HeaderReader reader, bool isEcdsa, out ReadOnlySpan<char> value)
    {
        value = [];
        var length = isEcdsa ? EvidenceProfile.EcdsaTextLength : EvidenceProfile.HmacTextLength;
        return reader.Literal(":") && reader.Run(Base64Characters, length, length, out value) && reader.Literal(":");
    }
}
