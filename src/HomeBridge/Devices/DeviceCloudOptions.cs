using HomeBridge.Hosting;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Devices;

/// <summary>Section <c>DeviceCloud</c>: the maker's API and what proves its cameras' pictures.</summary>
internal sealed record DeviceCloudOptions
{
    /// <summary>The maker's id in this bridge.</summary>
    public required string Vendor { get; init; }

    /// <summary>The maker's name for residents.</summary>
    public required string Name { get; init; }

    /// <summary>Where the API of <c>contracts/device-cloud.openapi.yaml</c> is.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The bearer key between bridge and maker.</summary>
    public required string ApiKey { get; init; }

    /// <summary>Origins (scheme, host, port) that media may come from. Default: that of the API.</summary>
    public required IReadOnlyList<string> MediaOrigins { get; init; }

    /// <summary>Names <see cref="EvidenceKey"/>; the maker says which key a camera's ingest uses.</summary>
    public required string EvidenceKeyId { get; init; }

    /// <summary>The maker key that each camera's evidence keys are derived from.</summary>
    public required byte[] EvidenceKey { get; init; }

    /// <summary>The longest one call may take. Default 700 ms.</summary>
    public required TimeSpan CallTimeout { get; init; }

    /// <summary>Whether calls for an account carry its resident's own access token beside the key. Default no.</summary>
    public required bool SendResidentToken { get; init; }

    /// <summary>How media of peer connections with this maker's cameras go. Default through the gateway.</summary>
    public PeerPath PeerPath { get; init; }

    /// <summary>How much may be under way, and when calling stops.</summary>
    public required DeviceCloudLimits Limits { get; init; }

    public static DeviceCloudOptions Read(ConfigurationReader read)
    {
        var baseUrl = read.PublicUrl("DeviceCloud:BaseUrl", "https://api.maker.example");
        var origins = read.Texts("DeviceCloud:MediaOrigins");
        return new DeviceCloudOptions
        {
            Vendor = read.Text("DeviceCloud:Vendor", "acme"),
            Name = read.Text("DeviceCloud:Name", "Acme Home"),
            BaseUrl = baseUrl,
            ApiKey = read.SecretText("DeviceCloud:ApiKey", "the key that the maker gave out"),
            MediaOrigins = origins.Length > 0 ? origins : baseUrl.Length > 0 ? [new Uri(baseUrl).GetLeftPart(UriPartial.Authority)] : [],
            EvidenceKeyId = read.Text("DeviceCloud:EvidenceKeyId", "acme-1"),
            EvidenceKey = read.Secret("DeviceCloud:EvidenceKey", bytesMin: 32),
            CallTimeout = read.Duration(
                "DeviceCloud:CallTimeout", TimeSpan.FromMilliseconds(700), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5)),
            SendResidentToken = read.Flag("DeviceCloud:SendResidentToken", false),
            PeerPath = ReadPeerPath(read),
            Limits = DeviceCloudLimits.Read(read),
        };
    }

    private static PeerPath ReadPeerPath(ConfigurationReader read)
    {
        switch (read.OptionalText("DeviceCloud:PeerPath"))
        {
            case null or "relay":
                return PeerPath.Relay;
            case "direct":
                return PeerPath.Direct;
            case var other:
                read.Problem("DeviceCloud:PeerPath", $"'{other}' is neither relay nor direct.", "relay");
                return PeerPath.Relay;
        }
    }

    public override string ToString() => $"device cloud {Vendor}";
}
