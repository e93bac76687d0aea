using HomeBridge.Devices;

namespace HomeBridge.AccountLinking.Consents;

/// <summary>What a resident ticked on the page of devices.</summary>
/// <param name="Devices">Devices that are to be shared: a camera's live video.</param>
/// <param name="Sound">Cameras whose sound is to be shared. Alone it shares nothing: sound goes with live video only.</param>
/// <param name="Later">What becomes of devices that come later, in the form's words.</param>
internal sealed record ConsentAnswers(IReadOnlySet<string> Devices, IReadOnlySet<string> Sound, string? Later)
{
    public const string DeviceField = "device";
    public const string SoundField = "sound";
    public const string LaterField = "new_devices";

    /// <summary>Whatever isn't clear means that the resident is asked.</summary>
    public NewDevices NewDevices => Later switch
    {
        "add" => NewDevices.Add,
        "never" => NewDevices.Never,
        _ => NewDevices.Ask,
    };

    public static ConsentAnswers Read(IFormCollection form) => new(
        form[DeviceField].OfType<string>().ToHashSet(StringComparer.Ordinal), form[SoundField].OfType<string>().ToHashSet(StringComparer.Ordinal), form[LaterField]);

    /// <summary>What that says of each camera that was offered.</summary>
    public IReadOnlyList<CameraConsent> Cameras(IReadOnlyList<IdentifiedDevice> offered) =>
    [
        .. offered.Where(device => device.IsCamera).Select(camera => new CameraConsent(
            camera.Id, Devices.Contains(camera.Id.Value), Devices.Contains(camera.Id.Value) && Sound.Contains(camera.Id.Value))),
    ];
}
