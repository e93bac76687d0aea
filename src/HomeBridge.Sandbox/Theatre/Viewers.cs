using System.Text.Json.Nodes;
using HomeBridge.Sandbox.Display;
using HomeBridge.Sandbox.NaiveGateway;

namespace HomeBridge.Sandbox.Theatre;

/// <summary>What came of asking for a camera: an address for a player, or the code that says why there is none.</summary>
internal sealed record Seat(string? Url, string? Refused);

/// <summary>The theatre's homes, linked like any other, and their seats before both gateways.</summary>
internal sealed class Viewers(BackgroundLink linking, BridgeFulfillment bridge, NaiveProxy naive, DisplayOptions options)
{
    private readonly Dictionary<string, (LinkedHome Home, string Camera)> _homes = new(StringComparer.Ordinal);

    /// <summary>Links a home unless it is linked, and its camera with it. Done while the maker is well: linking is not part of any play.</summary>
    public async Task<bool> Link(string account, string camera, CancellationToken cancel)
    {
        if (_homes.Remove(account, out var kept))
        {
            if (await IdOf(kept.Home, camera, cancel) is { } known)
            {
                _homes[account] = (kept.Home, known);
                return true;
            }

            await bridge.Disconnect(kept.Home, cancel);
        }

        if (await linking.Link(account, cancel) is not { } home || await IdOf(home, camera, cancel) is not { } id)
        {
            return false;
        }

        _homes[account] = (home, id);
        return true;
    }

    /// <summary>A seat before our gateway: the platform's own way, EXECUTE with GetCameraStream.</summary>
    public async Task<Seat> Ours(string account, CancellationToken cancel)
    {
        if (!_homes.TryGetValue(account, out var linked))
        {
            return new Seat(null, "notLinked");
        }

        var outcome = await bridge.Execute(
            linked.Home,
            linked.Camera,
            [
                new JsonObject
                {
                    ["command"] = "action.devices.commands.GetCameraStream",
                    ["params"] = new JsonObject { ["StreamToChromecast"] = false, ["SupportedStreamProtocols"] = new JsonArray("hls") },
                },
            ],
            cancel);
        var said = (outcome as IntentOutcome.Answered)?.Payload?["commands"]?[0];
        return said?["states"]?["cameraStreamAccessUrl"]?.GetValue<string>() is { } url
            ? new Seat(url, null)
            : new Seat(null, said?["errorCode"]?.GetValue<string>() ?? "transientError");
    }

    public async Task<Seat> Naive(string account, int place, CancellationToken cancel) =>
        await naive.Grant(account, place, cancel) is { } path ? new Seat(options.Url + path, null) : new Seat(null, "transientError");

    private async Task<string?> IdOf(LinkedHome home, string camera, CancellationToken cancel) =>
        (await bridge.Sync(home, cancel) as IntentOutcome.Answered)?.Payload?["devices"]?.AsArray()
            .FirstOrDefault(device => device?["name"]?["name"]?.GetValue<string>() == camera)?["id"]?.GetValue<string>();
}
