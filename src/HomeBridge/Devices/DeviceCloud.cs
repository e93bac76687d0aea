namespace HomeBridge.Devices;

/// <summary>
/// What the bridge's features ask of the maker. Nothing that it says is kept: every question goes out anew. What isn't known
/// in time is a <see cref="DeviceCloudUnavailableException"/>, never a guess.
/// </summary>
internal sealed class DeviceCloud(GuardedDeviceCloud guarded, DeviceCloudOptions options)
{
    /// <summary>Characters of a media token: it travels in a header.</summary>
    private const int MediaTokenLengthMax = 1024;

    /// <summary>All devices of an account, reachable or not; empty when there is no such account.</summary>
    public ValueTask<DeviceListing> ListDevices(string account, Deadline deadline) => guarded.Ask(
        new GuardedCall(CallKind.Home, account, deadline),
        account,
        static (maker, account, patience, cancel) => maker.ListDevices(account, patience, cancel));

    /// <summary>One state for each of these devices, in their order; null for one that the account does not own.</summary>
    public async ValueTask<IReadOnlyList<DeviceState?>> QueryStates(string account, IReadOnlyList<string> vendorDeviceIds, Deadline deadline)
    {
        var states = await guarded.Ask(
            new GuardedCall(CallKind.Home, account, deadline),
            (Account: account, Ids: vendorDeviceIds),
            static (maker, asked, patience, cancel) => maker.QueryStates(asked.Account, asked.Ids, patience, cancel));

        // Whose states these are would not be known, so none of them is anybody's.
        return states.Count == vendorDeviceIds.Count ? states
            : throw new DeviceCloudUnavailableException(CallFate.Unreadable, "The device cloud answered for other devices than it was asked for.");
    }

    /// <summary>
    /// Sends one command, once. A call that was sent and not answered may have acted: that is
    /// <see cref="CommandOutcome.Pending"/>. One that was never sent, or failed, is an exception.
    /// </summary>
    public async ValueTask<CommandOutcome> Execute(DeviceCommand command, Deadline deadline)
    {
        try
        {
            return await guarded.Act(
                new GuardedCall(CallKind.Home, command.Account, deadline),
                command,
                static (maker, command, patience, cancel) => maker.Execute(command, patience, cancel));
        }
        catch (DeviceCloudUnavailableException late) when (late.Fate is CallFate.Unanswered)
        {
            return new CommandOutcome.Pending();
        }
    }

    /// <summary>Who owns a device right now; null when nobody does. Asked anew each time.</summary>
    public ValueTask<DeviceOwner?> Owner(string vendorDeviceId, Deadline deadline) => guarded.Ask(
        new GuardedCall(CallKind.Stream, vendorDeviceId, deadline),
        vendorDeviceId,
        static (maker, device, patience, cancel) => maker.Owner(device, patience, cancel));

    /// <summary>
    /// Opens a camera's stream for one session, packed as it is wanted if the maker can. Asked again when no answer came: a
    /// stream that nobody fetches closes itself.
    /// </summary>
    public async ValueTask<StreamOpening> OpenStream(string vendorDeviceId, string account, string session, StreamWish wanted, Deadline deadline)
    {
        var opening = await guarded.Ask(
            new GuardedCall(CallKind.Stream, vendorDeviceId, deadline),
            (Device: vendorDeviceId, Account: account, Session: session, Wanted: wanted),
            static (maker, asked, patience, cancel) => maker.OpenStream(asked.Device, asked.Account, asked.Session, asked.Wanted, patience, cancel));
        return opening is not StreamOpening.Opened opened || IsUsable(opened) ? opening
            : throw new DeviceCloudUnavailableException(CallFate.Unreadable, "The opened stream is not usable: its origin or evidence key is not one that was agreed.");
    }

    /// <summary>Closes a stream. Best effort: an unwatched stream closes itself at the maker.</summary>
    public async Task CloseStream(string vendorDeviceId, string streamId, Deadline deadline)
    {
        try
        {
            await guarded.Ask(
                new GuardedCall(CallKind.Stream, vendorDeviceId, deadline),
                (Device: vendorDeviceId, Stream: streamId),
                static async (maker, asked, patience, cancel) =>
                {
                    await maker.CloseStream(asked.Device, asked.Stream, patience, cancel);
                    return true;
                });
        }
        catch (DeviceCloudUnavailableException)
        {
            // The maker ends it when nobody fetches any more.
        }
    }

    private bool IsUsable(StreamOpening.Opened opened) =>
        opened.MediaToken is { Length: > 0 and <= MediaTokenLengthMax } token && !token.Any(character => character is <= ' ' or > '~')
        && opened.EvidenceKeyId == options.EvidenceKeyId
        && opened.MediaUrl.IsAbsoluteUri && opened.MediaUrl.AbsolutePath.EndsWith('/')
        && options.MediaOrigins.Contains(opened.MediaUrl.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase);
}
