using System.Globalization;
using System.Net;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.Devices;

/// <summary>
/// The maker's API over HTTP (<c>contracts/device-cloud.openapi.yaml</c>). Nothing that it says is kept: every question
/// goes out anew. What isn't known in time is a <see cref="DeviceCloudUnavailableException"/>, never a guess.
/// </summary>
internal sealed class DeviceCloud(DeviceCloudConnection connection, DeviceCloudOptions options)
{
    private const int DevicesMax = 10_000;

    /// <summary>Characters of a media token: it travels in a header.</summary>
    private const int MediaTokenLengthMax = 1024;

    /// <summary>All devices of an account, reachable or not; empty when there is no such account.</summary>
    public async Task<DeviceListing> ListDevices(string account, Deadline deadline)
    {
        var answer = await connection.Ask(
            new DeviceCloudCall(CallKind.Home, account, HttpMethod.Get, $"v1/accounts/{Uri.EscapeDataString(account)}/devices", null, deadline));
        return answer.Status is HttpStatusCode.NotFound ? DeviceListing.Empty : answer.Read(HttpStatusCode.OK, ReadListing);
    }

    private static DeviceListing ReadListing(JsonInput json)
    {
        var devices = new List<DeviceDescription>();
        var problems = new List<DeviceProblem>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in json.Members())
        {
            if (name != "devices")
            {
                json.Skip();
                continue;
            }

            foreach (var number in json.Items())
            {
                if (number >= DevicesMax)
                {
                    throw new JsonShapeException("More devices than one account may have.");
                }

                var map = json.Value() as JsonMap ?? [];
                var (device, problem) = DeviceCloudReading.ReadDevice(map);
                if (device is not null && ids.Add(device.VendorDeviceId))
                {
                    devices.Add(device);
                    continue;
                }

                var label = map.GetValueOrDefault("id") as string ?? string.Create(CultureInfo.InvariantCulture, $"no. {number + 1} of the list");
                problems.Add(new DeviceProblem(label, map.GetValueOrDefault("type") as string ?? "", problem ?? "stands twice in the list"));
            }
        }

        return new DeviceListing(devices, problems);
    }

    /// <summary>States by the maker's device id. An id that the account does not own is not in the answer.</summary>
    public async Task<IReadOnlyDictionary<string, DeviceState>> QueryStates(
        string account, IReadOnlySet<string> vendorDeviceIds, Deadline deadline)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("deviceIds");
            writer.Any(vendorDeviceIds.ToList<object?>());
            writer.WriteEndObject();
        });
        var answer = await connection.Ask(
            new DeviceCloudCall(CallKind.Home, account, HttpMethod.Post, $"v1/accounts/{Uri.EscapeDataString(account)}/states", body, deadline));
        var states = new Dictionary<string, DeviceState>(StringComparer.Ordinal);
        if (answer.Status is HttpStatusCode.NotFound)
        {
            return states;
        }

        return answer.Read(HttpStatusCode.OK, json =>
        {
            foreach (var name in json.Members())
            {
                if (name != "devices")
                {
                    json.Skip();
                    continue;
                }

                foreach (var id in json.Members())
                {
                    // Whose states these are is not known, so none of them is anybody's.
                    if (!vendorDeviceIds.Contains(id))
                    {
                        throw new JsonShapeException("The state of a device that was not asked for.");
                    }

                    states[id] = DeviceCloudReading.ReadState(json.Value() as JsonMap ?? []);
                }
            }

            return states;
        });
    }

    /// <summary>
    /// Sends one command, once; <paramref name="commandId"/> lets the device cloud know a repeat. A call that was sent and
    /// not answered may have acted: that is <see cref="CommandOutcome.Pending"/>. One that was never sent, or failed, is an
    /// exception.
    /// </summary>
    public async Task<CommandOutcome> Execute(
        string account, string vendorDeviceId, string commandId, string command, JsonMap parameters, ChallengeAnswer? challenge, Deadline deadline)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.Member("commandId", commandId);
            writer.Member("command", command);
            writer.WritePropertyName("params");
            writer.Any(parameters);
            if (challenge is not null)
            {
                writer.WritePropertyName("challenge");
                writer.WriteStartObject();
                writer.Member("pin", challenge.Pin);
                if (challenge.Ack is { } ack)
                {
                    writer.Member("ack", ack);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
        var path = $"v1/accounts/{Uri.EscapeDataString(account)}/devices/{Uri.EscapeDataString(vendorDeviceId)}/commands";
        try
        {
            var answer = await connection.Act(new DeviceCloudCall(CallKind.Home, account, HttpMethod.Post, path, body, deadline));
            return answer.Status is HttpStatusCode.NotFound
                ? new CommandOutcome.Refused("deviceNotFound")
                : answer.Read(HttpStatusCode.OK, DeviceCloudReading.ReadOutcome);
        }
        catch (DeviceCloudUnavailableException late) when (late.Fate is CallFate.Unanswered)
        {
            return new CommandOutcome.Pending();
        }
    }

    /// <summary>Who owns a device right now; null when nobody does. Asked anew each time.</summary>
    public async Task<DeviceOwner?> Owner(string vendorDeviceId, Deadline deadline)
    {
        var answer = await connection.Ask(
            new DeviceCloudCall(CallKind.Stream, vendorDeviceId, HttpMethod.Get, $"v1/devices/{Uri.EscapeDataString(vendorDeviceId)}/owner", null, deadline));
        if (answer.Status is HttpStatusCode.NotFound)
        {
            return null;
        }

        return answer.Read(HttpStatusCode.OK, DeviceCloudReading.ReadOwner);
    }

    /// <summary>Opens a camera's stream for one session, packed as it is wanted if the maker can. Asked again when no answer came: a stream that nobody fetches closes itself.</summary>
    public async Task<StreamOpening> OpenStream(string vendorDeviceId, string account, string session, MediaContainer wanted, Deadline deadline)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.Member("accountId", account);
            writer.Member("sessionId", session);
            writer.Member("container", wanted.Name());
            writer.WriteEndObject();
        });
        var answer = await connection.Ask(
            new DeviceCloudCall(CallKind.Stream, vendorDeviceId, HttpMethod.Post, $"v1/devices/{Uri.EscapeDataString(vendorDeviceId)}/streams", body, deadline));
        switch (answer.Status)
        {
            case HttpStatusCode.NotFound: return new StreamOpening.NotOwned();
            case HttpStatusCode.Conflict: return new StreamOpening.Offline();
        }

        var (streamId, mediaUrl, mediaToken, keyId, named, codecs) = answer.Read(HttpStatusCode.Created, DeviceCloudReading.ReadStream);
        if (streamId is null || MediaContainers.Parse(named ?? MediaContainers.Fmp4) is not { } container || mediaToken is not { Length: > 0 and <= MediaTokenLengthMax } || mediaToken.Any(character => character is <= ' ' or > '~') || keyId != options.EvidenceKeyId
            || !Uri.TryCreate(mediaUrl, UriKind.Absolute, out var url) || !url.AbsolutePath.EndsWith('/')
            || !options.MediaOrigins.Contains(url.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase))
        {
            throw new DeviceCloudUnavailableException(CallFate.Unusable, "The opened stream is not usable: its origin, container or evidence key is not one that was agreed.");
        }

        return new StreamOpening.Opened(streamId, url, mediaToken, keyId, container, StreamCodecs.Read(codecs));
    }

    /// <summary>Closes a stream. Best effort: an unwatched stream closes itself at the maker.</summary>
    public async Task CloseStream(string vendorDeviceId, string streamId, Deadline deadline)
    {
        try
        {
            var path = $"v1/devices/{Uri.EscapeDataString(vendorDeviceId)}/streams/{Uri.EscapeDataString(streamId)}";
            await connection.Ask(new DeviceCloudCall(CallKind.Stream, vendorDeviceId, HttpMethod.Delete, path, null, deadline));
        }
        catch (DeviceCloudUnavailableException)
        {
            // The maker ends it when nobody fetches any more.
        }
    }
}
