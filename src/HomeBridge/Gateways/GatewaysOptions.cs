using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Hosting;
using HomeBridge.StreamGateway;
using HomeBridge.Suspensions;

namespace HomeBridge.Gateways;

/// <summary>A gateway that may talk to the private listener: its name and the hash of its own key.</summary>
internal sealed record EnrolledGateway(string Name, string KeyHash);

/// <summary>
/// Section <c>Gateways</c>: which stream gateways there are. Taking one out and restarting revokes its key. The one that
/// runs inside this process gets a key of its own at each start.
/// </summary>
internal sealed record GatewaysOptions
{
    /// <summary>Where the gateway inside this process listens; null when gateways run elsewhere.</summary>
    public required string? EmbeddedListenUrl { get; init; }

    public required IReadOnlyList<EnrolledGateway> Enrolled { get; init; }

    /// <summary>Whether the gateway inside this process must see its own answers through its public URL.</summary>
    public required bool EmbeddedSelfProbe { get; init; }

    /// <summary>The IPv4 address at which displays and cameras reach the embedded gateway's relay; null: it has none.</summary>
    public string? EmbeddedRelayAddress { get; init; }

    /// <summary>The UDP ports that it may take; null: any that is free.</summary>
    public string? EmbeddedRelayPorts { get; init; }

    /// <summary>Which addresses descriptions may name where media don't go through it.</summary>
    public CandidateScope EmbeddedCandidates { get; init; }

    /// <summary>The embedded gateway's key, made at start and known to nobody else.</summary>
    public required string EmbeddedKey { get; init; }

    public const string EmbeddedName = "embedded";

    public static GatewaysOptions Read(ConfigurationReader read, SuspensionOptions suspensions)
    {
        var embeddedKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var enrolled = read.Children("Gateways:Enrolled")
            .Select(key => new EnrolledGateway(
                read.Text($"{key}:Name", "gateway-1"),
                read.Text($"{key}:KeyHash", "the output of: printf %s \"$KEY\" | sha256sum")))
            .ToList();
        foreach (var gateway in enrolled.Where(gateway => gateway.Name == EmbeddedName || gateway.Name.Contains('.', StringComparison.Ordinal)))
        {
            read.Problem("Gateways:Enrolled", $"'{gateway.Name}' can't be a gateway's name.", "gateway-1");
        }

        var embedded = read.Flag("Gateways:Embedded", otherwise: true);
        if (!embedded && enrolled.Count == 0)
        {
            read.Problem("Gateways:Enrolled:0:Name", "is missing: with Gateways:Embedded = false nothing serves cameras.", "gateway-1");
        }

        if (enrolled.Count > 0 && suspensions.SnapshotKeyPem is null)
        {
            read.Problem(
                "Suspensions:SnapshotKey", "is missing (or Suspensions:SnapshotKeyFile): gateways elsewhere take snapshots that it signs, and pin its public half.",
                "the output of: openssl ecparam -name prime256v1 -genkey -noout");
        }

        var selfProbe = read.OptionalText("Gateways:EmbeddedSelfProbe") ?? "required";
        if (selfProbe is not ("required" or "off"))
        {
            read.Problem("Gateways:EmbeddedSelfProbe", $"'{selfProbe}' is neither required nor off.", "required");
        }

        if (RuntimeFloor.Refusal(RuntimeFloor.Running) is { } refusal)
        {
            read.Problem(".NET", refusal, "10.0.0");
        }

        var relay = read.OptionalText("Gateways:EmbeddedRelayAddress");
        if (relay is not null && (!IPAddress.TryParse(relay, out var address) || address.AddressFamily is not AddressFamily.InterNetwork))
        {
            read.Problem("Gateways:EmbeddedRelayAddress", $"'{relay}' is no IPv4 address.", "203.0.113.7");
        }
        else if (embedded && relay is null && read.Flag("CameraStreams:WebRtc", otherwise: false))
        {
            read.Problem("Gateways:EmbeddedRelayAddress", "is missing: with CameraStreams:WebRtc = true the embedded gateway needs an address for its relay.", "203.0.113.7");
        }

        var candidates = CandidateScope.Public;
        if (read.OptionalText("Gateways:EmbeddedCandidates") is { } scope && !Enum.TryParse(scope, ignoreCase: true, out candidates))
        {
            read.Problem("Gateways:EmbeddedCandidates", $"'{scope}' is not public, private or loopback.", "public");
        }

        return new GatewaysOptions
        {
            EmbeddedRelayAddress = relay,
            EmbeddedRelayPorts = read.OptionalText("Gateways:EmbeddedRelayPorts"),
            EmbeddedCandidates = candidates,
            EmbeddedListenUrl = embedded ? read.ListenUrl("Gateways:EmbeddedListenUrl", "http://0.0.0.0:8082") : null,
            EmbeddedSelfProbe = selfProbe is "required",
            EmbeddedKey = embeddedKey,
            Enrolled = embedded ? [.. enrolled, new EnrolledGateway(EmbeddedName, Hash(embeddedKey))] : enrolled,
        };
    }

    /// <summary>The gateway that a bearer value <c>name.key</c> belongs to; null for any other.</summary>
    public string? Authenticate(string? bearer)
    {
        var dot = bearer?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0)
        {
            return null;
        }

        var (name, hash) = (bearer![..dot], Encoding.ASCII.GetBytes(Hash(bearer[(dot + 1)..])));
        return Enrolled.FirstOrDefault(gateway => gateway.Name == name
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(gateway.KeyHash), hash))?.Name;
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public override string ToString() => nameof(GatewaysOptions);
}
