namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// The initialization segment: ftyp and a moov without samples (ISO/IEC 14496-12, 14496-15).
/// </summary>
internal static class InitSegment
{
    /// <summary>Media time counts milliseconds, so a unit's decode time is its capture time.</summary>
    public const int Timescale = 1000;

    /// <summary>The only track.</summary>
    public const int TrackId = 1;

    public static byte[] Write(string vendorDeviceId)
    {
        var box = new ByteWriter(1024);
        var ftyp = box.Begin("ftyp");
        box.Ascii("iso6");
        box.UInt32(0);
        box.Ascii("iso6avc1mp41");
        box.End(ftyp);
        DeviceIdBox.Append(box, vendorDeviceId);

        var moov = box.Begin("moov");
        MovieHeader(box);
        var trak = box.Begin("trak");
        TrackHeader(box);
        Media(box);
        box.End(trak);
        var mvex = box.Begin("mvex");
        var trex = box.Begin("trex", 0, 0);
        box.UInt32(TrackId);
        box.UInt32(1); // default_sample_description_index
        box.Zeros(12); // duration, size and flags are given by each fragment
        box.End(trex);
        box.End(mvex);
        box.End(moov);
        return box.ToArray();
    }

    private static void MovieHeader(ByteWriter box)
    {
        var mvhd = box.Begin("mvhd", 0, 0);
        box.Zeros(8); // creation and modification time
        box.UInt32(Timescale);
        box.UInt32(0); // duration: not known
        box.UInt32(0x00010000); // rate
        box.UInt16(0x0100); // volume
        box.Zeros(10);
        Matrix(box);
        box.Zeros(24);
        box.UInt32(TrackId + 1); // next_track_ID
        box.End(mvhd);
    }

    private static void TrackHeader(ByteWriter box)
    {
        var tkhd = box.Begin("tkhd", 0, 3); // enabled, in movie
        box.Zeros(8);
        box.UInt32(TrackId);
        box.Zeros(4 + 4 + 8 + 2 + 2 + 2 + 2); // duration, layer, group, volume 0: video
        Matrix(box);
        box.UInt32(YuvPicture.Width << 16);
        box.UInt32(YuvPicture.Height << 16);
        box.End(tkhd);
    }

    private static void Media(ByteWriter box)
    {
        var mdia = box.Begin("mdia");
        var mdhd = box.Begin("mdhd", 0, 0);
        box.Zeros(8);
        box.UInt32(Timescale);
        box.UInt32(0);
        box.UInt16(0x55C4); // language: und
        box.UInt16(0);
        box.End(mdhd);
        var hdlr = box.Begin("hdlr", 0, 0);
        box.UInt32(0);
        box.Ascii("vide");
        box.Zeros(12);
        box.Ascii("Sandbox camera\0");
        box.End(hdlr);
        var minf = box.Begin("minf");
        var vmhd = box.Begin("vmhd", 0, 1);
        box.Zeros(8);
        box.End(vmhd);
        var dinf = box.Begin("dinf");
        var dref = box.Begin("dref", 0, 0);
        box.UInt32(1);
        box.End(box.Begin("url ", 0, 1)); // media is in this file
        box.End(dref);
        box.End(dinf);
        SampleTable(box);
        box.End(minf);
        box.End(mdia);
    }

    private static void SampleTable(ByteWriter box)
    {
        var stbl = box.Begin("stbl");
        var stsd = box.Begin("stsd", 0, 0);
        box.UInt32(1);
        var avc1 = box.Begin("avc1");
        box.Zeros(6);
        box.UInt16(1); // data_reference_index
        box.Zeros(16);
        box.UInt16(YuvPicture.Width);
        box.UInt16(YuvPicture.Height);
        box.UInt32(0x00480000); // 72 dpi, twice
        box.UInt32(0x00480000);
        box.UInt32(0);
        box.UInt16(1); // frame_count
        box.Zeros(32); // compressorname
        box.UInt16(24);
        box.UInt16(0xFFFF);
        DecoderConfiguration(box);
        var colr = box.Begin("colr");
        box.Ascii("nclx");
        box.UInt16(1); // BT.709 primaries, transfer, matrix; limited range
        box.UInt16(1);
        box.UInt16(1);
        box.Byte(0);
        box.End(colr);
        box.End(avc1);
        box.End(stsd);
        foreach (var type in (ReadOnlySpan<string>)["stts", "stsc", "stsz", "stco"])
        {
            var table = box.Begin(type, 0, 0);
            box.Zeros(type == "stsz" ? 8 : 4); // empty: samples are in fragments
            box.End(table);
        }

        box.End(stbl);
    }

    /// <summary>AVCDecoderConfigurationRecord, ISO/IEC 14496-15 5.3.3.1.</summary>
    private static void DecoderConfiguration(ByteWriter box)
    {
        var sequence = ParameterSets.Sequence();
        var picture = ParameterSets.Picture();
        var avcC = box.Begin("avcC");
        box.Byte(1);
        box.Byte(ParameterSets.Profile);
        box.Byte(ParameterSets.Constraints);
        box.Byte(ParameterSets.Level);
        box.Byte(0xFF); // NAL unit lengths have four bytes
        box.Byte(0xE1); // one sequence parameter set
        box.UInt16(sequence.Length);
        box.Raw(sequence);
        box.Byte(1);
        box.UInt16(picture.Length);
        box.Raw(picture);
        box.End(avcC);
    }

    private static void Matrix(ByteWriter box)
    {
        box.UInt32(0x00010000);
        box.Zeros(12);
        box.UInt32(0x00010000);
        box.Zeros(12);
        box.UInt32(0x40000000);
    }
}
