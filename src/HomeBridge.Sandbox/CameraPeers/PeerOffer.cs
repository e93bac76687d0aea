using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HomeBridge.Sandbox.CameraPeers;

/// <summary>One media section of an offer, as far as the answer must repeat it.</summary>
/// <param name="Kind"><c>video</c>, <c>audio</c>…</param>
/// <param name="Mid">Its name in the BUNDLE group.</param>
/// <param name="FirstFormat">A payload type to refuse it with.</param>
/// <param name="H264">The payload type under which our H.264 may be sent; null where there is none.</param>
internal sealed record OfferedSection(string Kind, string Mid, string FirstFormat, int? H264);

/// <summary>What a camera needs to know of an offer (RFC 8866, RFC 8839, RFC 8842).</summary>
/// <param name="Sections">In their order.</param>
/// <param name="Ufrag">The other side's ICE name.</param>
/// <param name="Password">And its password.</param>
/// <param name="Fingerprint">SHA-256 of its certificate.</param>
/// <param name="Candidates">Where it may be: UDP over IPv4.</param>
internal sealed record PeerOffer(
    IReadOnlyList<OfferedSection> Sections, string Ufrag, string Password, byte[] Fingerprint, IReadOnlyList<IPEndPoint> Candidates)
{
    private const int SectionsMax = 8;
    private const int CandidatesMax = 64;

    /// <summary>Null when it is none that a camera could answer.</summary>
    public static PeerOffer? Read(string text)
    {
        var sections = new List<Section>();
        var session = new Section("", "");
        var now = session;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.StartsWith("m=", StringComparison.Ordinal))
            {
                var parts = line[2..].Split(' ');
                if (parts.Length < 4 || sections.Count == SectionsMax)
                {
                    return null;
                }

                sections.Add(now = new Section(parts[0], parts[3]));
            }
            else if (line.StartsWith("a=", StringComparison.Ordinal))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                now.Attributes.Add(colon < 0 ? (line[2..], "") : (line[2..colon], line[(colon + 1)..]));
            }
        }

        if (sections.Find(one => one.Kind == "video") is not { } video)
        {
            return null;
        }

        string? Of(string name) => video.First(name) ?? session.First(name);
        return Of("ice-ufrag") is { } ufrag && Of("ice-pwd") is { } password && Of("setup") is "actpass" or "active"
            && Of("fingerprint") is { } fingerprint && PeerCertificate.ReadFingerprint(fingerprint) is { } hash
            ? new(
                [.. sections.Select(one => new OfferedSection(one.Kind, one.First("mid") ?? "", one.FirstFormat, one.Kind == "video" ? H264(one) : null))],
                ufrag, password, hash,
                [.. sections.SelectMany(one => one.All("candidate")).Select(Candidate).OfType<IPEndPoint>().Distinct().Take(CandidatesMax)])
            : null;
    }

    /// <summary>
    /// The format in which our pictures may be sent: H.264, Constrained Baseline or Baseline, fragments allowed
    /// (RFC 6184 section 8.1).
    /// </summary>
    private static int? H264(Section section)
    {
        foreach (var map in section.All("rtpmap"))
        {
            var (type, codec) = Halves(map);
            if (!codec.StartsWith("H264/90000", StringComparison.OrdinalIgnoreCase)
                || section.All("fmtp").Select(Halves).FirstOrDefault(one => one.Name == type).Value is not { } parameters)
            {
                continue;
            }

            var read = parameters.Split(';').Select(one => one.Trim()).ToArray();
            if (read.Contains("packetization-mode=1")
                && Array.Exists(read, one => one.StartsWith("profile-level-id=42", StringComparison.OrdinalIgnoreCase))
                && int.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }
        }

        return null;
    }

    /// <summary>RFC 8839 section 5.1. Names (<c>.local</c>) are not looked up: such a display is found by its checks.</summary>
    private static IPEndPoint? Candidate(string value)
    {
        var parts = value.Split(' ');
        return parts.Length >= 8 && parts[1] == "1" && parts[2].Equals("udp", StringComparison.OrdinalIgnoreCase)
            && IPAddress.TryParse(parts[4], out var address) && address.AddressFamily is AddressFamily.InterNetwork
            && ushort.TryParse(parts[5], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
            ? new(address, port)
            : null;
    }

    private static (string Name, string Value) Halves(string value)
    {
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (value, "") : (value[..space], value[(space + 1)..]);
    }

    private sealed record Section(string Kind, string FirstFormat)
    {
        public List<(string Name, string Value)> Attributes { get; } = [];

        public string? First(string name) => All(name).FirstOrDefault();

        public IEnumerable<string> All(string name) => Attributes.Where(one => one.Name == name).Select(one => one.Value);
    }
}
