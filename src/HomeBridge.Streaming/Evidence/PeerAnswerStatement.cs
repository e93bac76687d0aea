using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace HomeBridge.Streaming.Evidence;

/// <summary>
/// The maker's statement about one answer to an offer: the <c>Webrtc-Answer</c> header of
/// <c>contracts/webrtc-signalling.md</c>. A claim and nothing more until its signature is verified.
/// </summary>
/// <param name="Device">The maker's own id of the camera that answers.</param>
/// <param name="OfferSha256">SHA-256 of the offer that it answers, base64.</param>
/// <param name="Fingerprint">SHA-256 fingerprint of its DTLS certificate, base64.</param>
/// <param name="Ufrag">Its ICE user name fragment.</param>
public sealed record PeerAnswerStatement(string Device, string OfferSha256, string Fingerprint, string Ufrag)
{
    /// <summary>The header.</summary>
    public const string Header = "Webrtc-Answer";

    /// <summary>Characters of an ICE user name fragment: at least (RFC 8839 section 5.4), and at most by this profile.</summary>
    public const int UfragLengthMin = 4;

    /// <summary>The most.</summary>
    public const int UfragLengthMax = 64;

    /// <summary>Characters of the header's value.</summary>
    public const int HeaderLengthMax = 320;

    /// <summary>Characters of 32 bytes in base64.</summary>
    internal const int HashTextLength = 44;

    private static readonly SearchValues<char> DeviceCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    private static readonly SearchValues<char> Base64Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>RFC 8839 section 5.4.</summary>
    private static readonly SearchValues<char> IceCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    /// <summary>Of the hashes themselves.</summary>
    public static PeerAnswerStatement Of(string device, ReadOnlySpan<byte> offer, ReadOnlySpan<byte> fingerprint, string ufrag) =>
        new(device, Convert.ToBase64String(SHA256.HashData(offer)), Convert.ToBase64String(fingerprint), ufrag);

    /// <summary>The header's value, in its one spelling.</summary>
    public string ToHeader() => $"device=\"{Device}\", offer=:{OfferSha256}:, fingerprint=:{Fingerprint}:, ufrag=\"{Ufrag}\"";

    /// <summary>Reads the one spelling; anything else is no statement at all.</summary>
    public static bool TryParse(string header, [NotNullWhen(true)] out PeerAnswerStatement? statement)
    {
        ArgumentNullException.ThrowIfNull(header);
        statement = null;
        var reader = new HeaderReader(header);
        if (header.Length > HeaderLengthMax
            || !reader.Literal("device=\"") || !reader.Run(DeviceCharacters, 1, MediaUnit.DeviceLengthMax, out var device)
            || !reader.Literal("\", offer=:") || !reader.Run(Base64Characters, HashTextLength, HashTextLength, out var offer)
            || !reader.Literal(":, fingerprint=:") || !reader.Run(Base64Characters, HashTextLength, HashTextLength, out var fingerprint)
            || !reader.Literal(":, ufrag=\"") || !reader.Run(IceCharacters, UfragLengthMin, UfragLengthMax, out var ufrag)
            || !reader.Literal("\"") || !reader.AtEnd)
        {
            return false;
        }

        statement = new PeerAnswerStatement(device.ToString(), offer.ToString(), fingerprint.ToString(), ufrag.ToString());
        return true;
    }
}
