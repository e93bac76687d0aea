using System.Net;
using System.Net.Sockets;

namespace HomeBridge.Hosting;

/// <summary>Where a request comes from, as limits count it.</summary>
internal static class ClientAddress
{
    /// <summary>A network of the size that one customer gets counts as one address.</summary>
    public static string Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
