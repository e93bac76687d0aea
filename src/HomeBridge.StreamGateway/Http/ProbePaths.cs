using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.StreamGateway.Media;

namespace HomeBridge.StreamGateway.Http;

/// <summary>
/// The URLs by which a gateway looks at itself from outside, and what it answers there: a fresh nonce under a seal of its
/// own. Besides the open probe path there is one of each shape that media have, since caches have rules by path and by
/// ending; nobody but the gateway can tell those from media.
/// </summary>
internal sealed class ProbePaths
{
    /// <summary>The probe that anybody may ask, e.g. with curl.</summary>
    public const string Open = "/v1/probe/";

    /// <summary>Characters of the random part of an open probe: 16 bytes.</summary>
    public const int RandomLength = 22;

    private const int NonceLength = 16;
    private const int TicketLength = 94;
    private const int TokenLength = 29;

    private readonly byte[] _key;
    private readonly string _entryPrefix;
    private readonly string _sessionPrefix;

    public ProbePaths(GatewayOptions options)
    {
        _key = options.ProbeKey is { } shared
            ? SHA256.HashData(Encoding.UTF8.GetBytes(shared))
            : RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

        // 15 bytes are 20 characters exactly, so a ticket that begins with them can be drawn and told apart.
        var place = HMACSHA256.HashData(_key, "homebridge-probe-place"u8);
        _entryPrefix = $"/v1/e/{Base64Url.EncodeToString(place.AsSpan(0, 15))}";
        _sessionPrefix = $"/v1/s/{Convert.ToHexStringLower(place.AsSpan(16))}/";
    }

    /// <summary>One new path of each shape.</summary>
    public string[] Draw() =>
    [
        Open + Text(NonceLength),
        $"{_entryPrefix}{Text(TicketLength - 15)}/{MediaUrls.EntryFile}",
        $"{_entryPrefix}{Text(TicketLength - 15)}/{MediaUrls.ProgressiveFile}",
        _sessionPrefix + Text(TokenLength) + MediaUrls.PlaylistSuffix,
        _sessionPrefix + Text(TokenLength) + MediaUrls.InitSuffix,
        _sessionPrefix + Text(TokenLength) + MediaUrls.SegmentSuffix,
        _sessionPrefix + Text(TokenLength) + MediaUrls.TransportStreamSuffix,
    ];

    /// <summary>Whether this is a path of the gateway's own asking, or an open probe of the right length.</summary>
    public bool IsProbe(string path) =>
        path.StartsWith(_sessionPrefix, StringComparison.Ordinal)
        || path.StartsWith(_entryPrefix, StringComparison.Ordinal)
        || (path.Length == Open.Length + RandomLength
            && path.StartsWith(Open, StringComparison.Ordinal)
            && path.AsSpan(Open.Length).IndexOfAnyExcept(Alphabet) < 0);

    /// <summary>A new answer for a path; no two are the same.</summary>
    public string Answer(string path)
    {
        var nonce = Text(NonceLength);
        return $"{nonce}.{Seal(nonce, path)}\n";
    }

    /// <summary>Whether this gateway, or one with the same key, gave this answer to this path.</summary>
    public bool IsAnswer(string path, string text) =>
        text.Split('.') is [{ Length: RandomLength } nonce, var seal]
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(seal), Encoding.UTF8.GetBytes(Seal(nonce, path) + "\n"));

    /// <summary>How a path is called in a sentence: where it is, and nothing of what it opens.</summary>
    public static string Shape(string path) => path.StartsWith(Open, StringComparison.Ordinal)
        ? Open + "…"
        : string.Concat(path.AsSpan(0, "/v1/s/".Length), "…", Path.GetExtension(path));

    private static System.Buffers.SearchValues<char> Alphabet { get; } =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private string Seal(string nonce, string path) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{nonce}.{path}")));

    private static string Text(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));
}
