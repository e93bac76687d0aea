using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.Consents;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.LinkDoctor;
using HomeBridge.Traits;

namespace HomeBridge.Fulfillment;

/// <summary>
/// SYNC: every device of this link, reachable or not. What the device cloud can't say in time is an error, never an
/// empty home: the platform would forget rooms, names and routines.
/// </summary>
internal sealed class Sync(
    DeviceCloud deviceCloud, DeviceRegister register, DeviceProblems problems, AccountLinks links, LaterDevices later,
    HomeGraphOutbox homeGraph, CameraProtocols protocols, FulfillmentOptions options,
    TimeProvider time)
{
    public async Task<IResult> Answer(Answering answering, RequestView view, CancellationToken cancel)
    {
        var link = answering.Link;
        using var budget = new Deadline(options.SyncBudget, time, cancel);
        view.LetGo();
        DeviceListing listing;
        try
        {
            listing = await deviceCloud.ListDevices(link.Account, budget);
        }
        catch (DeviceCloudUnavailableException)
        {
            return Fulfillment.Answer.Of(answering.Failed(PlatformCodes.TransientError));
        }

        var before = DeviceProblems.Of(view, link.Vendor, link.Account);
        var bound = links.BoundDevices(view, link.Id);
        view.LetGo();
        var announceable = Announceable(link, listing, before);
        var home = register.Identify(link.Vendor, announceable, bound);
        if (home.Count > bound.Count && await later.Bind(link, home, budget))
        {
            bound = links.BoundDevices(link.Id);
        }

        var byId = bound.ToDictionary(device => device.Id);
        var devices = new List<IdentifiedDevice>(bound.Count);
        foreach (var device in home)
        {
            if (byId.TryGetValue(device.Id, out var allowed) && allowed.Shown(device) is { } shown)
            {
                devices.Add(shown);
            }
        }

        if (devices.Count == 0 && bound.Any(static device => !device.Traits.IsEmpty))
        {
            // Not one of the home's devices is in the answer: that is a mix-up at the device cloud or a home that is
            // being moved, and either way nothing that a platform should forget a home for.
            return Fulfillment.Answer.Of(answering.Failed(PlatformCodes.TransientError));
        }

        homeGraph.Synced(link, devices);
        answering.Outcomes.Add(AnswerOutcomes.Success);
        return Fulfillment.Answer.Streamed(
            answering.RequestId,
            writer =>
            {
                writer.Member("\"agentUserId\":"u8, link.AgentUserId);
                writer.WriteName("\"devices\":"u8);
            },
            devices,
            Write);
    }

    /// <summary>
    /// One device that the platform would not understand makes it refuse the whole home, so it stays out, and operators
    /// see which and why.
    /// </summary>
    private List<DeviceDescription> Announceable(AccountLink link, DeviceListing listing, IReadOnlyList<DeviceProblem> before)
    {
        var announceable = new List<DeviceDescription>(listing.Devices.Count);
        List<DeviceProblem> leftOut = [.. listing.Unreadable];
        foreach (var device in listing.Devices)
        {
            var review = TraitCatalogue.Current.Review(device.Type, device.Traits.AsSpan(), Attributes(device));
            if (review.Count > 0 && review.Any(static problem => problem.Fatal))
            {
                leftOut.Add(new DeviceProblem(device.VendorDeviceId, device.Type, string.Join("; ", review.Where(static problem => problem.Fatal))));
            }
            else
            {
                announceable.Add(device);
            }
        }

        problems.Replace(link.Vendor, link.Account, leftOut, before);
        return announceable;
    }

    private void Write(JsonWriter writer, IdentifiedDevice device)
    {
        var described = device.Description;
        writer.WriteStartObject();
        writer.Member("\"id\":"u8, device.Id.Value);
        writer.WriteName("\"type\":"u8);
        writer.WriteValue("action.devices.types.", described.Type);
        writer.WriteName("\"traits\":"u8);
        writer.WriteStartArray();
        foreach (var trait in described.Traits)
        {
            if (TraitCatalogue.Current.IsAnnounced(trait))
            {
                writer.WriteValue("action.devices.traits.", trait);
            }
        }

        writer.WriteEndArray();
        writer.WriteName("\"name\":"u8);
        writer.WriteStartObject();
        writer.Member("\"name\":"u8, described.Name);
        if (described.Nicknames.Length > 0)
        {
            writer.WriteName("\"nicknames\":"u8);
            writer.Any(described.Nicknames.ToList<object?>());
        }

        writer.WriteEndObject();

        writer.Member("\"willReportState\":"u8, options.WillReportState);
        writer.Member("\"notificationSupportedByAgent\":"u8, options.WillReportState && described.Traits.Any(static trait => TraitCatalogue.Current.Find(trait)?.Notifies is true));
        writer.Member("\"roomHint\":"u8, described.Room);
        if (described.Manufacturer is not null || described.Model is not null || described.Firmware is not null || described.Hardware is not null)
        {
            writer.WriteName("\"deviceInfo\":"u8);
            writer.WriteStartObject();
            writer.Member("\"manufacturer\":"u8, described.Manufacturer);
            writer.Member("\"model\":"u8, described.Model);
            writer.Member("\"hwVersion\":"u8, described.Hardware);
            writer.Member("\"swVersion\":"u8, described.Firmware);
            writer.WriteEndObject();
        }

        writer.WriteName("\"attributes\":"u8);
        writer.WriteStartObject();
        writer.Members(Attributes(described));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>
    /// The maker's attributes, but for cameras: what reaches a display is what the gateway serves, and its signed URL is
    /// the credential.
    /// </summary>
    private JsonMap Attributes(DeviceDescription described)
    {
        if (!described.Traits.Contains(CameraStreamTrait.Name, StringComparer.Ordinal))
        {
            return described.Attributes;
        }

        var attributes = new JsonMap();
        foreach (var (name, value) in described.Attributes.Where(pair => !pair.Key.StartsWith("cameraStream", StringComparison.Ordinal)))
        {
            attributes[name] = value;
        }

        var offered = protocols.Offered(described.Attributes);
        attributes["cameraStreamSupportedProtocols"] = offered.ToList<object?>();
        attributes["cameraStreamNeedAuthToken"] = CameraProtocols.NeedsToken(offered);
        return attributes;
    }
}
