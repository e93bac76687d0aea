using System.Security.Cryptography;
using System.Text;

namespace HomeBridge.Streaming.Tickets;

/// <summary>
/// What must come with a signalling ticket: the token of this one camera and grant, and the id by which the platform knows
/// the camera. The ticket has 16 bytes of the SHA-256 of each, so a gateway compares both without asking anybody.
/// </summary>
public sealed class SignallingBinding
{
    /// <summary>Bytes in a ticket.</summary>
    public const int Length = 2 * HashLength;

    private const int HashLength = 16;

    private readonly byte[] _token;
    private readonly byte[] _device;

    private SignallingBinding(byte[] token, byte[] device) => (_token, _device) = (token, device);

    /// <summary>Of a token as it stands in the header, and of the device id as the platform sees it.</summary>
    public static SignallingBinding Of(string token, string device) => new(Hash(token), Hash(device));

    /// <summary>Whether this is the ticket's token. It takes the same time for every wrong one.</summary>
    public bool IsToken(string token) => CryptographicOperations.FixedTimeEquals(Hash(token), _token);

    /// <summary>Whether this is the ticket's device.</summary>
    public bool IsDevice(string device) => CryptographicOperations.FixedTimeEquals(Hash(device), _device);

    internal static SignallingBinding Read(ReadOnlySpan<byte> bytes) => new(bytes[..HashLength].ToArray(), bytes[HashLength..Length].ToArray());

    internal void Write(Span<byte> bytes)
    {
        _token.CopyTo(bytes);
        _device.CopyTo(bytes[HashLength..]);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text))[..HashLength];
}
