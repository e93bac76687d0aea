namespace HomeBridge.Devices;

/// <summary>
/// What the bridge asks a maker, in the bridge's own words. Over HTTP that is <c>contracts/device-cloud.openapi.yaml</c>; a
/// maker who hosts the bridge in his own process answers here, without a wire.
/// </summary>
/// <remarks>
/// Shares, breaker, deadlines and health are the bridge's and stand in front of either. Whoever answers:
/// <list type="bullet">
/// <item>answers for the account that is named and for no other, from what is true now;</item>
/// <item>gives up at the cancellation. <c>patience</c> says how long that is at most, for who passes a deadline on;</item>
/// <item>throws <see cref="DeviceCloudUnavailableException"/> when it does not know: any exception counts against the
/// maker's health;</item>
/// <item>does not change what it has handed out, and nor does the bridge: a state may be handed out again and again.</item>
/// </list>
/// </remarks>
public interface IDeviceCloud
{
    /// <summary>All devices of an account, reachable or not; empty when there is no such account.</summary>
    ValueTask<DeviceListing> ListDevices(string account, TimeSpan patience, CancellationToken cancel);

    /// <summary>One state for each of these devices, in their order; null for a device that the account does not own.</summary>
    ValueTask<IReadOnlyList<DeviceState?>> QueryStates(string account, IReadOnlyList<string> vendorDeviceIds, TimeSpan patience, CancellationToken cancel);

    /// <summary>Acts once on each command id.</summary>
    ValueTask<CommandOutcome> Execute(DeviceCommand command, TimeSpan patience, CancellationToken cancel);

    /// <summary>Who owns a device right now; null when nobody does.</summary>
    ValueTask<DeviceOwner?> Owner(string vendorDeviceId, TimeSpan patience, CancellationToken cancel);

    /// <summary>Opens a camera's stream for one session, packed as wanted if he can. A stream that nobody fetches closes itself.</summary>
    ValueTask<StreamOpening> OpenStream(string vendorDeviceId, string account, string session, StreamWish wanted, TimeSpan patience, CancellationToken cancel);

    /// <summary>Closes a stream; one that is closed already is no error.</summary>
    ValueTask CloseStream(string vendorDeviceId, string streamId, TimeSpan patience, CancellationToken cancel);
}
