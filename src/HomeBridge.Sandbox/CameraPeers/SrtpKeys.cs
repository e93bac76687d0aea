namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>What the handshake agreed: a key and a salt for each direction (RFC 5764 section 4.2).</summary>
internal sealed record SrtpKeys(byte[] ClientKey, byte[] ServerKey, byte[] ClientSalt, byte[] ServerSalt)
{
    public const int KeyLength = 16;
    public const int SaltLength = 14;

    /// <summary>Bytes that are exported from the handshake.</summary>
    public const int MaterialLength = 2 * (KeyLength + SaltLength);

    public static SrtpKeys Of(byte[] material) => new(
        material[..KeyLength], material[KeyLength..(2 * KeyLength)],
        material[(2 * KeyLength)..((2 * KeyLength) + SaltLength)], material[((2 * KeyLength) + SaltLength)..]);

    public override string ToString() => nameof(SrtpKeys);
}
