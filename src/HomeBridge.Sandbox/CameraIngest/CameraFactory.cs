namespace HomeBridge.Sandbox.CameraIngest;

/// <summary>Makes the encoder of one camera.</summary>
/// <param name="name">What the picture shows.</param>
/// <param name="number">What the block code in the picture says.</param>
/// <param name="vendorDeviceId">What each fragment carries in the clear.</param>
public delegate CameraPictures CameraFactory(string name, int number, string vendorDeviceId);

/// <summary>What one camera sends. Both are called from several threads at once.</summary>
/// <param name="EncodeInit">The part that starts a decoder.</param>
/// <param name="EncodeUnit">
/// Two seconds of pictures: those from <c>sequence * 2</c> seconds after the epoch on.
/// </param>
public sealed record CameraPictures(Func<byte[]> EncodeInit, Func<long, byte[]> EncodeUnit)
{
    /// <summary>The same two seconds as an MPEG-2 transport stream; null for a camera that has none.</summary>
    public Func<long, byte[]>? EncodeTransportStream { get; init; }

    /// <summary>Starts what encodes frame by frame, for peer connections; null for a camera that has none.</summary>
    public Func<EncodeLive>? StartLive { get; init; }

    /// <summary>What players are told (RFC 6381).</summary>
    public string? Codecs { get; init; }
}

/// <summary>
/// The next frame, by its counter of tenths of a second since the epoch, on demand one that needs no other. Called by one
/// thread at a time.
/// </summary>
public delegate LiveFrame EncodeLive(long frame, bool isKey);

/// <summary>One frame of H.264.</summary>
/// <param name="CapturedUnixMs">When it was seen.</param>
/// <param name="IsKey">It needs no other; parameter sets stand before it.</param>
/// <param name="NalUnits">Without start codes and lengths.</param>
public sealed record LiveFrame(long CapturedUnixMs, bool IsKey, IReadOnlyList<byte[]> NalUnits);
