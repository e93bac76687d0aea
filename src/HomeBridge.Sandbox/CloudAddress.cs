using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace HomeBridge.Sandbox;

/// <summary>
/// The origin that absolute URLs start with: from the options, never from a Host header. Only when the
/// options leave the port open is it read back from the server.
/// </summary>
internal sealed class CloudAddress(SandboxCloudOptions options, IServer server)
{
    public string Origin => options.Url.Port != 0
        ? options.Url.GetLeftPart(UriPartial.Authority)
        : new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First())
            .GetLeftPart(UriPartial.Authority);

    public string Issuer => Origin + "/idp";
}
