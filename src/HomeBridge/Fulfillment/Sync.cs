using System.Collections.Immutable;
using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Fulfillment.Traits;
using HomeBridge.Hosting.StrangersJson;
using Newtonsoft.Json;

namespace HomeBridge.Fulfillment;

/// <summary>
/// SYNC: every device of this link, reachable or not. What the device cloud can't say in time is an error, never an
/// empty home: the platform would forget rooms, names and routines.
/// </summary>
internal sealed class Sync(DeviceCloud deviceCloud, DeviceRegister register, AccountLinks links, FulfillmentOptions options, TimeProvider time)
{
    /// <summary>Stream protocols that the gateway serves.</summary>
    private static readonly ImmutableArray<string> Protocols = [CameraStreamTrait.Hls];

    public async Task<IResult> Answer(string requestId, AccountLink link, CancellationToken cancel)
    {
        using var budget = new Deadline(options.SyncBudget, time, cancel);
        IReadOnlyList<IdentifiedDevice> devices;
        try
        {
            devices = register.Identify(link.Vendor, await deviceCloud.ListDevices(link.Account, budget));
        }
        catch (DeviceCloudUnavailableException)
        {
            return Fulfillment.Answer.Error(requestId, "transientError");
        }

        var bindings = links.Bindings(link.Id);
        if (bindings.Count > 0 && !devices.Any(device => bindings.ContainsKey(device.Id.Value)))
        {
            // Not one of the home's devices is in the answer: that is a mix-up at the device cloud or a home that is
            // being moved, and either way nothing that a platform should forget a home for.
            return Fulfillment.Answer.Error(requestId, "transientError");
        }

        return Fulfillment.Answer.Payload(requestId, writer =>
        {
            writer.Member("agentUserId", link.AgentUserId);
            writer.WritePropertyName("devices");
            writer.WriteStartArray();
            foreach (var device in devices)
            {
                if (bindings.ContainsKey(device.Id.Value))
                {
                    Write(writer, device);
                }
            }

            writer.WriteEndArray();
        });
    }

    private static void Write(JsonTextWriter writer, IdentifiedDevice device)
    {
        var described = device.Description;
        writer.WriteStartObject();
        writer.Member("id", device.Id.Value);
        writer.Member("type", "action.devices.types." + described.Type);
        writer.WritePropertyName("traits");
        writer.WriteStartArray();
        foreach (var trait in described.Traits.Where(TraitCatalog.Serves))
        {
            writer.WriteValue("action.devices.traits." + trait);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("name");
        writer.WriteStartObject();
        writer.Member("name", described.Name);
        writer.WriteEndObject();

        // States are asked for, not pushed, until the Home Graph client exists.
        writer.Member("willReportState", false);
        writer.Member("roomHint", described.Room);
        if (described.Model is not null || described.Firmware is not null || described.Hardware is not null)
        {
            writer.WritePropertyName("deviceInfo");
            writer.WriteStartObject();
            writer.Member("model", described.Model);
            writer.Member("hwVersion", described.Hardware);
            writer.Member("swVersion", described.Firmware);
            writer.WriteEndObject();
        }

        writer.WritePropertyName("attributes");
        writer.WriteStartObject();
        writer.Members(Attributes(described));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>
    /// The maker's attributes, but for cameras: what reaches a display is what the gateway serves, and its signed URL is
    /// the credential.
    /// </summary>
    private static JsonMap Attributes(DeviceDescription described)
    {
        if (!described.Traits.Contains(TraitCatalog.CameraStream, StringComparer.Ordinal))
        {
            return described.Attributes;
        }

        var attributes = new JsonMap();
        foreach (var (name, value) in described.Attributes.Where(pair => !pair.Key.StartsWith("cameraStream", StringComparison.Ordinal)))
        {
            attributes[name] = value;
        }

        attributes["cameraStreamSupportedProtocols"] = Protocols.ToList<object?>();
        attributes["cameraStreamNeedAuthToken"] = false;
        return attributes;
    }
}
