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
internal sealed record BridgeIdentity(string Name, string ListenUrl, OpsListener Ops)
{
    public static BridgeIdentity Read(ConfigurationReader read)
    {
        var listen = read.ListenUrl("Bridge:ListenUrl", "http://0.0.0.0:8080");
        var ops = read.ListenUrl("Ops:ListenUrl", "http://127.0.0.1:8081");
        if (listen.Length > 0 && ops.Length > 0 && new Uri(listen).Port == new Uri(ops).Port)
        {
            read.Problem("Ops:ListenUrl", $"'{ops}' has the same port as Bridge:ListenUrl: operators need a private listener.", "http://127.0.0.1:8081");
        }

        return new BridgeIdentity(read.OptionalText("Bridge:Name") ?? "bridge-1", listen, new OpsListener(ops));
    }
}
