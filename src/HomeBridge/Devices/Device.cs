using System.Collections.Immutable;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.Devices;

/// <summary>A device's id as platforms see it: opaque, stable, the same for every link.</summary>
internal readonly record struct DeviceId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A device as the device cloud describes it. Types and traits in the platform's words, without prefix.</summary>
internal sealed record DeviceDescription
{
    public required string VendorDeviceId { get; init; }

    public required string Type { get; init; }

    public required string Name { get; init; }

    public string? Room { get; init; }

    public string? Model { get; init; }

    public string? Firmware { get; init; }

    public string? Hardware { get; init; }

    public required ImmutableArray<string> Traits { get; init; }

    public JsonMap Attributes { get; init; } = [];
}

/// <summary>What the bridge remembers of a device: enough to decide, nothing that a platform shows.</summary>
internal sealed record Device(
    DeviceId Id, DeviceRef Ref, string Type, ImmutableArray<string> Traits, string? Model, string? Firmware)
{
    public bool IsCamera => Traits.Contains("CameraStream", StringComparer.Ordinal);

    public bool Has(string trait) => Traits.Contains(trait, StringComparer.Ordinal);
}

/// <summary>A described device together with the id that platforms see.</summary>
internal sealed record IdentifiedDevice(DeviceId Id, DeviceDescription Description);
