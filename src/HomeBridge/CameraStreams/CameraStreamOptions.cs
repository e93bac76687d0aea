using HomeBridge.Hosting;
using HomeBridge.Streaming.Tickets;

namespace HomeBridge.CameraStreams;

/// <summary>Section <c>CameraStreams</c>.</summary>
internal sealed record CameraStreamOptions
{
    /// <summary>Where displays reach the stream gateway; without a trailing slash.</summary>
    public required string GatewayUrl { get; init; }

    /// <summary>ECDSA P-256 private key in PEM form, or the file that holds it. Signs entry tickets.</summary>
    public required string TicketKeyPem { get; init; }

    /// <summary>How long an unused entry ticket waits for its first use: it bounds a leaked URL. Default 60 s.</summary>
    public required TimeSpan TicketLifetime { get; init; }

    /// <summary>Grants of one link in a minute.</summary>
    public required int GrantsPerMinuteMax { get; init; }

    /// <summary>Sessions on one camera at one time.</summary>
    public required int SessionsPerCameraMax { get; init; }

    /// <summary>Sessions on one camera at one time of which this is demanded.</summary>
    public int SessionsMax(EvidenceDemand demand) => Math.Min(SessionsPerCameraMax, demand.SessionsMax ?? int.MaxValue);

    public static CameraStreamOptions Read(ConfigurationReader read)
    {
        const string example = "the output of: openssl ecparam -name prime256v1 -genkey -noout";
        var pem = read.SecretText("CameraStreams:TicketKey", example);
        if (pem.Length > 0)
        {
            try
            {
                using var signer = new TicketSigner(pem);
            }
            catch (ArgumentException)
            {
                read.Problem("CameraStreams:TicketKey", "is not an ECDSA P-256 private key in PEM form.", example);
            }
        }

        return new CameraStreamOptions
        {
            GatewayUrl = read.PublicUrl("CameraStreams:GatewayUrl", "https://media.maker.example"),
            TicketKeyPem = pem,
            TicketLifetime = read.Duration("CameraStreams:TicketLifetime", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(5)),
            GrantsPerMinuteMax = read.Number("CameraStreams:GrantsPerMinuteMax", 60, 1, 10_000),
            SessionsPerCameraMax = read.Number("CameraStreams:SessionsPerCameraMax", 10, 1, 10_000),
        };
    }

    public override string ToString() => nameof(CameraStreamOptions);
}
