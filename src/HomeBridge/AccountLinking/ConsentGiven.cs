using HomeBridge.Devices;

namespace HomeBridge.AccountLinking;

/// <summary>What becomes of a device that the home gets after the consent.</summary>
internal enum NewDevices
{
    /// <summary>The resident is asked on the account's pages; until then it is not shared.</summary>
    Ask,

    /// <summary>It is shared by itself, unless it is a camera or a lock: about those the resident is asked.</summary>
    Add,

    /// <summary>It is not shared, and nobody is asked.</summary>
    Never,
}

/// <summary>What a resident said about one camera that was offered. Of recordings nobody is asked: none are shared.</summary>
/// <param name="Device">The camera.</param>
/// <param name="LiveVideo">Whether its live video is shared: the camera is ticked.</param>
/// <param name="Sound">Whether its sound goes with that.</param>
internal sealed record CameraConsent(DeviceId Device, bool LiveVideo, bool Sound);

/// <summary>What a resident agreed to besides the devices.</summary>
/// <param name="Wording">The version of the wording that was shown.</param>
/// <param name="Language">The language that it was shown in.</param>
/// <param name="NewDevices">What becomes of devices that come later.</param>
/// <param name="Seen">Every device that was offered, ticked or not.</param>
internal sealed record ConsentGiven(string Wording, string Language, NewDevices NewDevices, IReadOnlyCollection<DeviceId> Seen)
{
    /// <summary>Every camera that was offered; null where nobody was asked.</summary>
    public IReadOnlyList<CameraConsent>? Cameras { get; init; } = [];

    /// <summary>The bridge's own link to a synthetic account.</summary>
    public static ConsentGiven ByBridge { get; } = new("synthetic account, linked by the bridge itself", "en", NewDevices.Never, []) { Cameras = null };

    /// <summary>What is kept from the link from its first moment on: the sound of a camera, unless it was agreed to.</summary>
    public string? Withheld(IdentifiedDevice device) =>
        Cameras is not null && device.IsCamera && !Cameras.Any(camera => camera.Device == device.Id && camera.Sound) ? Device.Sound : null;
}
