using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.StreamGateway.WebRtc.Sdp;

namespace HomeBridge.StreamGateway.WebRtc;

/// <summary>How peer connections are agreed and for how long they last.</summary>
internal sealed record PeerOptions
{
    /// <summary>Where the platform's displays run their page.</summary>
    public const string PlatformOrigin = "https://www.gstatic.com";

    /// <summary>From the offer to the camera's answer. A display shows nothing meanwhile.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the answer to the first media packet.</summary>
    public TimeSpan LiveWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Without a packet of one of the two for so long, nobody is there: consent is asked for every 5 s (RFC 7675).</summary>
    public TimeSpan SilentMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a running session is looked at.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the maker is asked to end a session; it ends here at once.</summary>
    public TimeSpan TeardownWithin { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Sessions of one account link at one time: a house full of displays. Each takes two ports of the relay, which all homes share.</summary>
    public int SessionsPerLinkMax { get; init; } = 64;

    /// <summary>Where the relay is; null: this gateway has none, and what would need one is 503.</summary>
    public RelayAddress? Relay { get; init; }

    /// <summary>Which addresses descriptions may name.</summary>
    public CandidatePolicy Candidates { get; init; } = new(AllowsLoopback: false, AllowsPrivate: false, []);

    /// <summary>Origins whose pages may signal.</summary>
    public ImmutableArray<string> Origins { get; init; } = [PlatformOrigin];

    public RelayLimits Limits { get; init; } = RelayLimits.Default;

    /// <summary>What a gateway is configured to.</summary>
    /// <exception cref="FormatException">An address or a range of ports is none: the message says which.</exception>
    public static PeerOptions Of(GatewayOptions gateway)
    {
        var relay = gateway.RelayAddress is { Length: > 0 } address
            ? new RelayAddress(
                Address(address, nameof(gateway.RelayAddress)), Address(gateway.RelayListenAddress ?? address, nameof(gateway.RelayListenAddress)),
                Ports(gateway.RelayPorts).First, Ports(gateway.RelayPorts).Last)
            : null;
        return new PeerOptions
        {
            Relay = relay,
            Candidates = new CandidatePolicy(
                gateway.Candidates is CandidateScope.Loopback, gateway.Candidates is not CandidateScope.Public, relay is null ? [] : [relay.Address, relay.ListenAddress]),
            Origins = [PlatformOrigin, .. gateway.SignallingOrigins],
        };
    }

    private static IPAddress Address(string text, string key) =>
        IPAddress.TryParse(text, out var read) && read.AddressFamily is AddressFamily.InterNetwork
            ? read
            : throw new FormatException($"Gateway:{key} '{text}' is no IPv4 address. Set it to one that displays and cameras reach, e.g. 203.0.113.7.");

    private static (int First, int Last) Ports(string? text) =>
        RelayAddress.ReadPorts(text) ?? throw new FormatException($"Gateway:RelayPorts '{text}' is no range of ports from 1024 to 65535. Set it like 40000-40999.");
}
