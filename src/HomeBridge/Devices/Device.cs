using System.Collections.Immutable;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Devices;

/// <summary>A device's id as platforms see it: opaque, stable, the same for every link.</summary>
internal readonly record struct DeviceId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A device as the device cloud describes it. Types and traits in the platform's words, without prefix.</summary>
public sealed record DeviceDescription
{
    public required string VendorDeviceId { get; init; }

    public required string Type { get; init; }

    public required string Name { get; init; }

    /// <summary>What residents also call it.</summary>
    public ImmutableArray<string> Nicknames { get; init; } = [];

    /// <summary>Which of the account's homes it is in; null for an account with one home.</summary>
    public string? Home { get; init; }

    public string? Room { get; init; }

    public string? Manufacturer { get; init; }

    public string? Model { get; init; }

    public string? Firmware { get; init; }

    public string? Hardware { get; init; }

    public required ImmutableArray<string> Traits { get; init; }

    public JsonMap Attributes { get; init; } = [];

    /// <summary>The key that a camera itself signs with, as its maker enrolled it; null when the maker signs for it.</summary>
    public DevicePublicKey? EvidenceKey { get; init; }
}

/// <summary>What the bridge remembers of a device: enough to decide, nothing that a platform shows.</summary>
/// <param name="Id">As platforms see it.</param>
/// <param name="Ref">As its maker names it.</param>
/// <param name="Type">Without prefix.</param>
/// <param name="Traits">Without prefix.</param>
/// <param name="Model">For suspensions of a model.</param>
/// <param name="Firmware">For suspensions of a firmware.</param>
/// <param name="AttributesJson">What parameters and states are checked against, as it is stored.</param>
internal sealed record Device(
    DeviceId Id, DeviceRef Ref, string Type, ImmutableArray<string> Traits, string? Model, string? Firmware, string AttributesJson)
{
    private JsonMap? _attributes;

    /// <summary>Read when somebody asks: an intent that checks nothing pays nothing. Not to be changed.</summary>
    public JsonMap Attributes => _attributes ??= AttributesJson == NoAttributes ? [] : JsonInput.ParseMap(AttributesJson);

    /// <summary>Whether a description says nothing new of it.</summary>
    public bool Is(DeviceDescription described) =>
        Type == described.Type && Model == described.Model && Firmware == described.Firmware
        && Traits.AsSpan().SequenceEqual(described.Traits.AsSpan()) && Attributes.Says(described.Attributes)
        && EvidenceThumbprint == described.EvidenceKey?.Thumbprint;

    /// <summary>By what it says, and not by what was worked out from it so far.</summary>
    public bool Equals(Device? other) =>
        other is not null && Id == other.Id && Ref == other.Ref && Type == other.Type && Model == other.Model && Firmware == other.Firmware
        && AttributesJson == other.AttributesJson && EvidenceKey == other.EvidenceKey && EvidenceThumbprint == other.EvidenceThumbprint && Traits.AsSpan().SequenceEqual(other.Traits.AsSpan());

    public override int GetHashCode() => Id.GetHashCode();

    public const string NoAttributes = "{}";

    /// <summary>The enrolled key of a camera that signs by itself: base64 of SubjectPublicKeyInfo, uncompressed.</summary>
    public string? EvidenceKey { get; init; }

    /// <summary>What a binding pins of <see cref="EvidenceKey"/>.</summary>
    public string? EvidenceThumbprint { get; init; }

    /// <summary>What its resident keeps from the link that it was read through; it is not among <see cref="Traits"/>.</summary>
    public ImmutableArray<string> Withheld { get; init; } = [];

    /// <summary>Its description without what is withheld; null when nothing is left of it.</summary>
    public IdentifiedDevice? Shown(IdentifiedDevice described)
    {
        if (Withheld.IsEmpty)
        {
            return described;
        }

        var traits = described.Description.Traits.RemoveAll(trait => Withheld.Contains(trait, StringComparer.Ordinal));
        return traits.IsEmpty ? null : described with { Description = described.Description with { Traits = traits } };
    }

    /// <summary>The same device without these traits.</summary>
    public Device Without(ImmutableArray<string> withheld) =>
        this with { Traits = Traits.RemoveAll(trait => withheld.Contains(trait, StringComparer.Ordinal)), Withheld = withheld };

    /// <summary>Stands among what is withheld like a trait, and is none: the sound of live video.</summary>
    public const string Sound = "Sound";

    /// <summary>Whether live video comes with its sound.</summary>
    public bool HasSound => !Withheld.Contains(Sound, StringComparer.Ordinal);

    public bool IsCamera => Traits.Contains("CameraStream", StringComparer.Ordinal);

    public bool Has(string trait) => Traits.Contains(trait, StringComparer.Ordinal);
}

/// <summary>A described device together with the id that platforms see.</summary>
internal sealed record IdentifiedDevice(DeviceId Id, DeviceDescription Description)
{
    public bool IsCamera => Description.Traits.Contains("CameraStream", StringComparer.Ordinal);
}
