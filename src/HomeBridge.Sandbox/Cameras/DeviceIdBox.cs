namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// A uuid box (ISO/IEC 14496-12 11.1) that says whose pixels follow: the maker's own device id in plain
/// ASCII. Players skip it; a test finds a camera's bytes by it wherever they leak to.
/// </summary>
internal static class DeviceIdBox
{
    /// <summary>
    /// The extended type 6f1d5c0e-8a44-4b7b-9f53-2c9e0d7a41b6; the id follows, to the end of the box.
    /// </summary>
    public static ReadOnlySpan<byte> UserType =>
        [0x6f, 0x1d, 0x5c, 0x0e, 0x8a, 0x44, 0x4b, 0x7b, 0x9f, 0x53, 0x2c, 0x9e, 0x0d, 0x7a, 0x41, 0xb6];

    public static void Append(ByteWriter box, string vendorDeviceId)
    {
        var uuid = box.Begin("uuid");
        box.Raw(UserType);
        box.Ascii(vendorDeviceId);
        box.End(uuid);
    }
}
