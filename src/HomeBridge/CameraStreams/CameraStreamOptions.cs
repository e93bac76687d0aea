using System.Globalization;
using HomeBridge.Hosting;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.CameraStreams;

/// <summary>Section <c>CameraStreams</c>.</summary>
internal sealed record CameraStreamOptions
{
    /// <summary>The most that <see cref="TicketLifetime"/> may be.</summary>
    public static readonly TimeSpan TicketLifetimeMax = TimeSpan.FromMinutes(5);

    /// <summary>Where displays reach the stream gateway; without a trailing slash.</summary>
    public required string GatewayUrl { get; init; }

    /// <summary>
    /// The ring of ticket keys, one or two: <c>CameraStreams:TicketKey</c>, and while it is replaced
    /// <c>CameraStreams:NextTicketKey</c>, which signs from <c>CameraStreams:NextTicketKeyFrom</c> on.
    /// </summary>
    public required IReadOnlyList<TicketKeyOption> TicketKeys { get; init; }

    /// <summary>How long an unused entry ticket waits for its first use: it bounds a leaked URL. Default 60 s.</summary>
    public required TimeSpan TicketLifetime { get; init; }

    /// <summary>Grants of one link in a minute.</summary>
    public required int GrantsPerMinuteMax { get; init; }

    /// <summary>Sessions on one camera at one time.</summary>
    public required int SessionsPerCameraMax { get; init; }

    /// <summary>Sessions on one camera at one time of which this is demanded.</summary>
    public int SessionsMax(EvidenceDemand demand) => Math.Min(SessionsPerCameraMax, demand.SessionsMax ?? int.MaxValue);

    /// <summary>How HLS units are wanted of the maker; one that can't answers with what it has.</summary>
    public MediaContainer HlsContainer { get; init; }

    /// <summary>The Cast receiver of <c>deploy/cast-receiver</c>, as registered; null leaves it to the default receiver.</summary>
    public string? ReceiverAppId { get; init; }

    /// <summary>Whether cameras that can are handed over by peer connection. Each gateway needs a relay address then.</summary>
    public bool WebRtc { get; init; }

    /// <summary>What displays are told of STUN, as the platform wants it: JSON in a text; null when there is none, and it uses its own.</summary>
    public string? IceServers { get; init; }

    /// <summary>Origins besides the platform's whose pages may signal at the embedded gateway.</summary>
    public IReadOnlyList<string> SignallingOrigins { get; init; } = [];

    public static CameraStreamOptions Read(ConfigurationReader read)
    {
        var hls = MediaContainers.Parse(read.OptionalText("CameraStreams:HlsContainer") ?? MediaContainers.Fmp4);
        if (hls is null)
        {
            read.Problem("CameraStreams:HlsContainer", "is neither fmp4 nor mpegts.", MediaContainers.MpegTs);
        }

        var receiverAppId = read.OptionalText("CameraStreams:ReceiverAppId");
        if (receiverAppId is not null && !IsReceiverAppId(receiverAppId))
        {
            read.Problem("CameraStreams:ReceiverAppId", "is not the id of a Cast receiver: eight capital letters or digits.", "A1B2C3D4");
        }

        var keys = new List<TicketKeyOption> { new(TicketKey(read, "CameraStreams:TicketKey"), DateTimeOffset.MinValue) };
        if (read.HasSecret("CameraStreams:NextTicketKey"))
        {
            const string from = "CameraStreams:NextTicketKeyFrom";
            const string moment = "2027-01-31T12:00:00Z";
            var text = read.Text(from, moment);
            if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var notBefore) && text.Length > 0)
            {
                read.Problem(from, $"'{text}' is not a moment (ISO 8601, with Z or an offset).", moment);
            }

            keys.Add(new TicketKeyOption(TicketKey(read, "CameraStreams:NextTicketKey"), notBefore));
            if (keys[0].Pem == keys[1].Pem && keys[0].Pem.Length > 0)
            {
                read.Problem("CameraStreams:NextTicketKey", "is the key that CameraStreams:TicketKey has: make a new one.", KeyExample);
            }
        }

        return new CameraStreamOptions
        {
            GatewayUrl = read.PublicUrl("CameraStreams:GatewayUrl", "https://media.maker.example"),
            TicketKeys = keys,
            TicketLifetime = read.Duration("CameraStreams:TicketLifetime", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15), TicketLifetimeMax),
            GrantsPerMinuteMax = read.Number("CameraStreams:GrantsPerMinuteMax", 60, 1, 10_000),
            HlsContainer = hls ?? MediaContainer.Fmp4,
            ReceiverAppId = receiverAppId,
            WebRtc = read.Flag("CameraStreams:WebRtc", otherwise: false),
            IceServers = ReadIceServers(read),
            SignallingOrigins = read.Texts("CameraStreams:SignallingOrigins"),
            SessionsPerCameraMax = read.Number("CameraStreams:SessionsPerCameraMax", 10, 1, 10_000),
        };
    }

    public override string ToString() => nameof(CameraStreamOptions);

    /// <summary>An array of RTCIceServer, in one text.</summary>
    private static string? ReadIceServers(ConfigurationReader read)
    {
        var urls = read.Texts("CameraStreams:StunServers");
        foreach (var url in urls.Where(url => !url.StartsWith("stun:", StringComparison.Ordinal) || url.Length < "stun:x".Length || url.Any(one => one is '"' or '\\' or < ' ' or > '~')))
        {
            read.Problem("CameraStreams:StunServers", $"'{url}' is no STUN server.", "stun:stun.maker.example:3478");
        }

        return urls.Length == 0 ? null : $"[{string.Join(',', urls.Select(url => $"{{\"urls\":\"{url}\"}}"))}]";
    }

    private static bool IsReceiverAppId(string id) => id.Length == 8 && id.All(character => char.IsAsciiDigit(character) || char.IsAsciiLetterUpper(character));

    private const string KeyExample = "the output of: openssl ecparam -name prime256v1 -genkey -noout";

    private static string TicketKey(ConfigurationReader read, string key)
    {
        var pem = read.SecretText(key, KeyExample);
        if (pem.Length > 0)
        {
            try
            {
                using var signer = new TicketSigner(pem);
            }
            catch (ArgumentException)
            {
                read.Problem(key, "is not an ECDSA P-256 private key in PEM form.", KeyExample);
            }
        }

        return pem;
    }
}

/// <summary>One key of the ring.</summary>
/// <param name="Pem">ECDSA P-256 private key.</param>
/// <param name="NotBefore">When it begins to sign.</param>
internal sealed record TicketKeyOption(string Pem, DateTimeOffset NotBefore)
{
    public override string ToString() => nameof(TicketKeyOption);
}
