using System.Net;

namespace HomeBridge.Hosting;

/// <summary>
/// Two doors of one process: the public one for platforms and residents, the private one for operators and gateways.
/// Which door a request came through is told by the port that accepted it, never by a header.
/// </summary>
internal sealed record OpsListener(string Url)
{
    private readonly int _port = Uri.TryCreate(Url, UriKind.Absolute, out var url) ? url.Port : 0;

    /// <summary>How processes on this machine reach it.</summary>
    public string LoopbackUrl
    {
        get
        {
            var url = new UriBuilder(Url);
            if (url.Host is "0.0.0.0" or "[::]" or "*" or "+")
            {
                url.Host = "127.0.0.1";
            }

            return url.Uri.GetLeftPart(UriPartial.Authority);
        }
    }

    public bool Accepted(HttpContext context) => context.Connection.LocalPort == _port;
}

/// <summary>Section <c>Bridge</c>: names and doors of this process.</summary>
/// <param name="Name">This replica's.</param>
/// <param name="ListenUrl">The public listener.</param>
/// <param name="Ops">The private one.</param>
/// <param name="TrustedProxies">Whose word counts for where a public request came from. Nobody else's header does.</param>
internal sealed record BridgeIdentity(string Name, string ListenUrl, OpsListener Ops, IReadOnlyList<IPNetwork> TrustedProxies)
{
    public static BridgeIdentity Read(ConfigurationReader read, DatabaseOptions database)
    {
        var listen = read.ListenUrl("Bridge:ListenUrl", "http://0.0.0.0:8080");
        var ops = read.ListenUrl("Ops:ListenUrl", "http://127.0.0.1:8081");
        if (listen.Length > 0 && ops.Length > 0 && new Uri(listen).Port == new Uri(ops).Port)
        {
            read.Problem("Ops:ListenUrl", $"'{ops}' has the same port as Bridge:ListenUrl: operators need a private listener.", "http://127.0.0.1:8081");
        }

        // Replicas are told apart by name. Without one, the machine and the port are as good as any.
        var otherwise = database.Postgres is null || listen.Length == 0 ? "bridge-1" : $"{Environment.MachineName}-{new Uri(listen).Port}";
        return new BridgeIdentity(read.OptionalText("Bridge:Name") ?? otherwise, listen, new OpsListener(ops), Proxies(read));
    }

    private static List<IPNetwork> Proxies(ConfigurationReader read)
    {
        const string key = "Bridge:TrustedProxies";
        var proxies = new List<IPNetwork>();
        foreach (var text in read.Texts(key))
        {
            if (IPNetwork.TryParse(text, out var network))
            {
                proxies.Add(network);
            }
            else if (IPAddress.TryParse(text, out var address))
            {
                proxies.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            }
            else
            {
                read.Problem(key, $"'{text}' is neither an address nor a network.", "10.0.0.0/24");
            }
        }

        return proxies;
    }
}
