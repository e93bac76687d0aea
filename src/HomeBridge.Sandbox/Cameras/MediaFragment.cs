namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// One media segment of one movie fragment: styp, uuid, moof, mdat (ISO/IEC 14496-12 8.8 and 8.16.2).
/// </summary>
internal static class MediaFragment
{
    private const uint Independent = 0x02000000;
    private const uint DependsAndIsNoSyncSample = 0x01010000;

    /// <summary>
    /// Wraps frames that follow each other in <paramref name="samples"/>, the first of them IDR.
    /// </summary>
    public static byte[] Write(
        string vendorDeviceId, long sequence, ReadOnlySpan<int> sampleSizes, ReadOnlySpan<byte> samples)
    {
        var box = new ByteWriter(samples.Length + 512);
        var styp = box.Begin("styp");
        box.Ascii("msdh");
        box.UInt32(0);
        box.Ascii("msdhiso6");
        box.End(styp);
        DeviceIdBox.Append(box, vendorDeviceId);

        var moof = box.Begin("moof");
        var mfhd = box.Begin("mfhd", 0, 0);
        box.UInt32((uint)sequence);
        box.End(mfhd);
        var traf = box.Begin("traf");
        var tfhd = box.Begin("tfhd", 0, 0x020028); // default-base-is-moof, default duration and flags
        box.UInt32(InitSegment.TrackId);
        box.UInt32(InitSegment.Timescale / CameraEncoder.FramesPerSecond);
        box.UInt32(DependsAndIsNoSyncSample);
        box.End(tfhd);
        var tfdt = box.Begin("tfdt", 1, 0);
        box.UInt64((ulong)sequence * (ulong)CameraEncoder.UnitDuration.TotalMilliseconds);
        box.End(tfdt);
        var trun = box.Begin("trun", 0, 0x000205); // data offset, first sample's flags, sizes
        box.UInt32((uint)sampleSizes.Length);
        var dataOffset = box.Length;
        box.UInt32(0);
        box.UInt32(Independent);
        foreach (var size in sampleSizes)
        {
            box.UInt32((uint)size);
        }

        box.End(trun);
        box.End(traf);
        box.End(moof);
        box.Patch(dataOffset, (uint)(box.Length - moof + 8));

        var mdat = box.Begin("mdat");
        box.Raw(samples);
        box.End(mdat);
        return box.ToArray();
    }
}
