using System.Buffers;
using System.Globalization;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>What is said at session level or in one section: who the peer is, and who begins. Each once.</summary>
internal sealed class SdpLevel
{
    private const int PasswordLengthMin = 22;
    private const int PasswordLengthMax = 256;
    private const int FingerprintBytes = 32;

    /// <summary>RFC 8839 section 5.4.</summary>
    private static readonly SearchValues<char> IceCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    public string? Ufrag { get; private set; }

    public string? Password { get; private set; }

    public byte[]? Fingerprint { get; private set; }

    public DtlsSetup? Setup { get; private set; }

    /// <summary>One of its four attributes. False when it stands there twice, or is none.</summary>
    public bool Take(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        switch (name)
        {
            case "ice-ufrag":
                var isName = Ufrag is null && IsIce(value, PeerAnswerStatement.UfragLengthMin, PeerAnswerStatement.UfragLengthMax);
                Ufrag = value.ToString();
                return isName;
            case "ice-pwd":
                var isPassword = Password is null && IsIce(value, PasswordLengthMin, PasswordLengthMax);
                Password = value.ToString();
                return isPassword;
            case "fingerprint":
                return TakeFingerprint(value);
            default:
                var isFirst = Setup is null;
                Setup = value switch
                {
                    "actpass" => DtlsSetup.ActPass,
                    "active" => DtlsSetup.Active,
                    "passive" => DtlsSetup.Passive,
                    _ => null,
                };
                return isFirst && Setup is not null;
        }
    }

    private static bool IsIce(ReadOnlySpan<char> value, int min, int max) =>
        value.Length >= min && value.Length <= max && !value.ContainsAnyExcept(IceCharacters);

    /// <summary>RFC 8122 section 5: one, of SHA-256. Another hash beside it is a second opinion, and there must be one.</summary>
    private bool TakeFingerprint(ReadOnlySpan<char> value)
    {
        const string start = "sha-256 ";
        if (Fingerprint is not null || !value.StartsWith(start, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var pairs = value[start.Length..];
        if (pairs.Length != (FingerprintBytes * 3) - 1)
        {
            return false;
        }

        var bytes = new byte[FingerprintBytes];
        for (var index = 0; index < FingerprintBytes; index++)
        {
            var pair = pairs.Slice(index * 3, 2);
            if ((index > 0 && pairs[(index * 3) - 1] != ':') || !char.IsAsciiHexDigit(pair[0]) || !char.IsAsciiHexDigit(pair[1]))
            {
                return false;
            }

            bytes[index] = byte.Parse(pair, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        Fingerprint = bytes;
        return true;
    }
}
