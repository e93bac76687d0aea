namespace HomeBridge.Devices;

/// <summary>Gives a resident's own access token, where a maker wants it beside the bridge's key (<c>DeviceCloud:SendResidentToken</c>).</summary>
internal interface IResidentTokens
{
    /// <summary>Null when there is none to be had now: the call goes without.</summary>
    ValueTask<string?> AccessToken(string account, CancellationToken cancel);
}
