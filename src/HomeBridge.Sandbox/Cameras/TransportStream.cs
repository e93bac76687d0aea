namespace HomeBridge.Sandbox.Cameras;

/// <summary>
/// One unit as an MPEG-2 transport stream (ISO/IEC 13818-1): tables, then one PES packet for each frame with the
/// parameter sets before the IDR picture and the device id in an SEI message behind them.
/// </summary>
/// <remarks>
/// Units are made apart from each other, and yet their packets must be counted on from unit to unit. So each unit has a
/// multiple of 16 packets of every kind, and each begins to count at 0.
/// </remarks>
internal static class TransportStream
{
    private const int PacketLength = 188;
    private const int CountersModulo = 16;
    private const int TablesPid = 0;
    private const int ProgramPid = 0x1000;
    private const int VideoPid = 0x0100;
    private const byte H264 = 0x1B;

    /// <summary>The 90 kHz clock of time stamps, and the bits that it has.</summary>
    private const long TicksPerMillisecond = 90;
    private const long TicksMask = (1L << 33) - 1;

    /// <summary>A frame is due this long after its bytes: a decoder's buffer.</summary>
    private const long BufferedTicks = 200 * TicksPerMillisecond;

    private const int PesHeaderLength = 14;
    private const byte AccessUnitDelimiter = 0x09;
    private const byte Sei = 0x06;
    private const byte UserDataUnregistered = 5;
    private const int LengthPrefix = 4;

    /// <summary>Wraps frames that follow each other in <paramref name="samples"/>, the first of them IDR.</summary>
    public static byte[] Write(
        string vendorDeviceId, long sequence, ReadOnlySpan<int> sampleSizes, ReadOnlySpan<byte> samples)
    {
        var stream = new ByteWriter(samples.Length + (64 * PacketLength));
        var counter = 0;
        for (var i = 0; i < sampleSizes.Length; i++)
        {
            if (i < CountersModulo)
            {
                Table(stream, TablesPid, i, ProgramAssociation());
                Table(stream, ProgramPid, i, ProgramMap());
            }

            var milliseconds = (sequence * (long)CameraEncoder.UnitDuration.TotalMilliseconds)
                + (i * 1000L / CameraEncoder.FramesPerSecond);
            var ticks = milliseconds * TicksPerMillisecond;
            var frame = Frame(vendorDeviceId, i == 0, ticks, samples[LengthPrefix..sampleSizes[i]]);
            samples = samples[sampleSizes[i]..];
            var isLast = i == sampleSizes.Length - 1;
            counter = Packets(stream, frame.Written, ticks - BufferedTicks, isRandomAccess: i == 0, counter, isLast);
        }

        return stream.ToArray();
    }

    /// <summary>A PES packet (2.4.3.6) of one access unit in the byte stream format (ISO/IEC 14496-10 annex B).</summary>
    private static ByteWriter Frame(string vendorDeviceId, bool isIdr, long ticks, ReadOnlySpan<byte> slice)
    {
        var pes = new ByteWriter(slice.Length + 256);
        pes.UInt32(0x000001E0);
        pes.UInt16(0);
        pes.UInt16(0x8480); // data alignment; a presentation time, equal to the decoding time
        pes.Byte(5);
        TimeStamp(pes, ticks & TicksMask);

        pes.UInt32(1);
        pes.Byte(AccessUnitDelimiter);
        pes.Byte(isIdr ? (byte)0x10 : (byte)0x30); // I slices only, or P as well
        if (isIdr)
        {
            NalUnit(pes, ParameterSets.Sequence());
            NalUnit(pes, ParameterSets.Picture());
            NalUnit(pes, [Sei, UserDataUnregistered, (byte)(DeviceIdBox.UserType.Length + vendorDeviceId.Length)]);
            pes.Raw(DeviceIdBox.UserType);
            pes.Ascii(vendorDeviceId);
            pes.Byte(0x80); // rbsp_trailing_bits
        }

        NalUnit(pes, slice);
        var length = pes.Length - 6;
        if (length <= ushort.MaxValue)
        {
            pes.Patch(2, 0x01E00000u | (uint)length);
        }

        return pes;
    }

    private static void NalUnit(ByteWriter pes, ReadOnlySpan<byte> nalUnit)
    {
        pes.UInt16(0);
        pes.Byte(1);
        pes.Raw(nalUnit);
    }

    /// <summary>33 bits with a marker bit behind each part.</summary>
    private static void TimeStamp(ByteWriter pes, long ticks)
    {
        pes.Byte((byte)(0x21 | (ticks >> 29 & 0x0E)));
        pes.UInt16((int)(ticks >> 14 & 0xFFFE) | 1);
        pes.UInt16((int)(ticks << 1 & 0xFFFE) | 1);
    }

    /// <summary>
    /// Cuts a PES packet into transport packets (2.4.3.2): the first has the clock, the last of a unit brings the number of
    /// packets to a multiple of 16 by spreading what is left over more of them.
    /// </summary>
    private static int Packets(
        ByteWriter stream, ReadOnlySpan<byte> pes, long clock, bool isRandomAccess, int counter, bool isLast)
    {
        const int ClockLength = 8;
        const int Room = PacketLength - 4;
        var packets = 1 + ((Math.Max(0, pes.Length - (Room - ClockLength)) + Room - 1) / Room);
        if (isLast)
        {
            packets += (CountersModulo - ((counter + packets) % CountersModulo)) % CountersModulo;
        }

        for (var i = 0; i < packets; i++)
        {
            // Each of the packets behind this one needs a byte at least.
            var room = i == 0 ? Room - ClockLength : Room;
            var take = Math.Min(room, pes.Length - (packets - 1 - i));
            var stuffing = room - take;
            stream.Byte(0x47);
            stream.UInt16((i == 0 ? 0x4000 : 0) | VideoPid);
            var hasField = i == 0 || stuffing > 0;
            stream.Byte((byte)((hasField ? 0x30 : 0x10) | counter));
            if (i == 0)
            {
                stream.Byte((byte)(ClockLength - 1 + stuffing));
                stream.Byte((byte)(0x10 | (isRandomAccess ? 0x40 : 0)));
                var reference = clock & TicksMask;
                stream.UInt32((uint)(reference >> 1));
                stream.UInt16((int)((reference & 1) << 15) | 0x7E00);
                Stuff(stream, stuffing);
            }
            else if (stuffing > 0)
            {
                stream.Byte((byte)(stuffing - 1));
                if (stuffing > 1)
                {
                    stream.Byte(0);
                    Stuff(stream, stuffing - 2);
                }
            }

            stream.Raw(pes[..take]);
            pes = pes[take..];
            counter = (counter + 1) % CountersModulo;
        }

        return counter;
    }

    private static void Stuff(ByteWriter stream, int count)
    {
        for (var i = 0; i < count; i++)
        {
            stream.Byte(0xFF);
        }
    }

    /// <summary>2.4.4.3: program 1 is described at <see cref="ProgramPid"/>.</summary>
    private static ByteWriter ProgramAssociation()
    {
        var table = Section(0x00, 1, 4);
        table.UInt16(1);
        table.UInt16(0xE000 | ProgramPid);
        return Closed(table);
    }

    /// <summary>2.4.4.8: one stream, H.264, which also carries the clock.</summary>
    private static ByteWriter ProgramMap()
    {
        var table = Section(0x02, 1, 9);
        table.UInt16(0xE000 | VideoPid);
        table.UInt16(0xF000);
        table.Byte(H264);
        table.UInt16(0xE000 | VideoPid);
        table.UInt16(0xF000);
        return Closed(table);
    }

    private static ByteWriter Section(byte tableId, int id, int contentLength)
    {
        var table = new ByteWriter(32);
        table.Byte(tableId);
        table.UInt16(0xB000 | (5 + contentLength + 4)); // what follows, the checksum included
        table.UInt16(id);
        table.Byte(0xC1); // version 0, in force
        table.UInt16(0); // the only section
        return table;
    }

    private static ByteWriter Closed(ByteWriter table)
    {
        // Annex A: the CRC-32 without reflection and without a final inversion.
        var crc = uint.MaxValue;
        foreach (var value in table.Written)
        {
            crc ^= (uint)value << 24;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
            }
        }

        table.UInt32(crc);
        return table;
    }

    private static void Table(ByteWriter stream, int pid, int counter, ByteWriter table)
    {
        stream.Byte(0x47);
        stream.UInt16(0x4000 | pid);
        stream.Byte((byte)(0x10 | counter));
        stream.Byte(0); // the section begins at once
        stream.Raw(table.Written);
        Stuff(stream, PacketLength - 5 - table.Length);
    }
}
