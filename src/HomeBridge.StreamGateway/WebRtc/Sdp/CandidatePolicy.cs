using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace HomeBridge.StreamGateway.WebRtc.Sdp;

/// <summary>
/// Which addresses a description may name: what is written there, somebody sends packets to. Never this machine, a link, a
/// group, or where clouds keep their machines' secrets; others by policy.
/// </summary>
/// <param name="AllowsLoopback">For a sandbox on one machine.</param>
/// <param name="AllowsPrivate">Where displays and cameras are in one network (RFC 1918, RFC 6598).</param>
/// <param name="Own">The gateway's own addresses.</param>
internal sealed record CandidatePolicy(bool AllowsLoopback, bool AllowsPrivate, ImmutableArray<IPAddress> Own)
{
    /// <summary>Services that answer strangers listen below; a peer's port never is.</summary>
    public const int PortMin = 1024;

    /// <summary>Where clouds keep their machines' secrets, beside the link-local ones: Azure's host, Alibaba's metadata.</summary>
    private static readonly ImmutableArray<IPAddress> OfClouds = [new([168, 63, 129, 16]), new([100, 100, 100, 200])];

    public bool Allows(PeerCandidate candidate)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (candidate.Port < PortMin || candidate.Address.AddressFamily is not AddressFamily.InterNetwork || !candidate.Address.TryWriteBytes(bytes, out _))
        {
            return false;
        }

        var (a, b) = (bytes[0], bytes[1]);
        var isLoopback = a == 127;
        var isPrivate = a == 10 || (a == 172 && b is >= 16 and <= 31) || (a == 192 && b == 168) || (a == 100 && b is >= 64 and <= 127);

        // "This network", link-local with the metadata service, protocol assignments, benchmarking, groups, and what is reserved.
        var isNever = OfClouds.Contains(candidate.Address) || a == 0 || (a == 169 && b == 254) || (a == 192 && b == 0 && bytes[2] == 0) || (a == 198 && b is 18 or 19) || a >= 224;
        return !isNever
            && (!isLoopback || AllowsLoopback)
            && (!isPrivate || AllowsPrivate || AllowsLoopback)
            && (isLoopback || !Own.Contains(candidate.Address) || AllowsLoopback);
    }
}
