using System.Collections.Concurrent;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Tests.Devices;

/// <summary>
/// A device cloud in the bridge's process: homes of lights and one camera, in memory, whose states commands change. The
/// same homes as the stand-in maker's, who signs their residents in.
/// </summary>
public sealed class InProcessMaker(int devices) : IDeviceCloud
{
    private static readonly DeviceState Off = new(Online: true, new JsonMap { ["on"] = true, ["brightness"] = 50L }, Error: null, Exception: null);
    private readonly ConcurrentDictionary<string, DeviceListing> _lists = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DeviceState> _states = new(StringComparer.Ordinal);

    /// <summary>What a call waits for before it is answered, whatever its caller says meanwhile.</summary>
    public Func<Task>? Waits { get; set; }

    /// <summary>What a call fails with.</summary>
    public Func<Exception?> Fails { get; set; } = () => null;

    public int Calls => _calls;

    private int _calls;

    public ValueTask<DeviceListing> ListDevices(string account, TimeSpan patience, CancellationToken cancel) =>
        Answer(() => _lists.GetOrAdd(account, List));

    public ValueTask<IReadOnlyList<DeviceState?>> QueryStates(string account, IReadOnlyList<string> vendorDeviceIds, TimeSpan patience, CancellationToken cancel)
    {
        var states = new DeviceState?[vendorDeviceIds.Count];
        for (var place = 0; place < states.Length; place++)
        {
            states[place] = IsOf(account, vendorDeviceIds[place]) ? _states.GetValueOrDefault(vendorDeviceIds[place], Off) : null;
        }

        return Answer<IReadOnlyList<DeviceState?>>(() => states);
    }

    public ValueTask<CommandOutcome> Execute(DeviceCommand command, TimeSpan patience, CancellationToken cancel)
    {
        if (!IsOf(command.Account, command.VendorDeviceId))
        {
            return Answer<CommandOutcome>(() => new CommandOutcome.Refused("deviceNotFound"));
        }

        var states = new JsonMap();
        foreach (var (name, value) in _states.GetValueOrDefault(command.VendorDeviceId, Off).States.Concat(command.Parameters))
        {
            states[name] = value;
        }

        _states[command.VendorDeviceId] = new DeviceState(Online: true, states, Error: null, Exception: null);
        return Answer<CommandOutcome>(() => new CommandOutcome.Succeeded(Online: true, states));
    }

    public ValueTask<DeviceOwner?> Owner(string vendorDeviceId, TimeSpan patience, CancellationToken cancel) =>
        Answer<DeviceOwner?>(() => new DeviceOwner(vendorDeviceId.Split('-')[0], Online: true));

    public ValueTask<StreamOpening> OpenStream(string vendorDeviceId, string account, string session, StreamWish wanted, TimeSpan patience, CancellationToken cancel) =>
        Answer<StreamOpening>(() => new StreamOpening.Offline());

    public ValueTask CloseStream(string vendorDeviceId, string streamId, TimeSpan patience, CancellationToken cancel) => ValueTask.CompletedTask;

    private static bool IsOf(string account, string device) => device.Length > account.Length && device.StartsWith(account, StringComparison.Ordinal) && device[account.Length] == '-';

    private ValueTask<T> Answer<T>(Func<T> answer)
    {
        Interlocked.Increment(ref _calls);
        return Fails() is { } failure ? throw failure : Waits is { } wait ? new ValueTask<T>(Late(wait(), answer)) : new ValueTask<T>(answer());
    }

    private static async Task<T> Late<T>(Task wait, Func<T> answer)
    {
        await wait;
        return answer();
    }

    private DeviceListing List(string account) => new(
        [.. Enumerable.Range(1, devices).Select(number => new DeviceDescription
        {
            VendorDeviceId = StandInMaker.Id(account, number),
            Type = number == devices ? "CAMERA" : "LIGHT",
            Name = number == devices ? "Camera" : $"Light {number}",
            Room = "Room",
            Model = "M1",
            Firmware = "1.0",
            Traits = number == devices ? ["CameraStream"] : ["OnOff", "Brightness"],
            Attributes = number == devices
                ? new JsonMap { ["cameraStreamSupportedProtocols"] = new List<object?> { "hls" }, ["cameraStreamNeedAuthToken"] = false }
                : [],
        })],
        []);
}
