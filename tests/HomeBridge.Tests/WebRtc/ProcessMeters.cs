using System.Globalization;

namespace HomeBridge.Tests.WebRtc;

/// <summary>What the machine says of a process (Linux's <c>/proc</c>).</summary>
internal static class ProcessMeters
{
    /// <summary>Its UDP sockets that are bound to a port.</summary>
    public static int UdpPorts(int process)
    {
        var bound = File.ReadLines("/proc/net/udp").Concat(File.Exists("/proc/net/udp6") ? File.ReadLines("/proc/net/udp6") : [])
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length > 9 && parts[0].EndsWith(':'))
            .Select(parts => $"socket:[{parts[9]}]")
            .ToHashSet(StringComparer.Ordinal);
        return Directory.EnumerateFileSystemEntries($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/fd")
            .Count(entry => new FileInfo(entry).LinkTarget is { } target && bound.Contains(target));
    }

    /// <summary>Its resident memory in MiB.</summary>
    public static double ResidentMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status").First(one => one.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
