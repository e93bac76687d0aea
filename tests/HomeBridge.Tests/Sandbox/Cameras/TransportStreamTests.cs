using System.Text;
using HomeBridge.Sandbox.Cameras;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Sandbox.Cameras;

public sealed class TransportStreamTests
{
    private const long Sequence = 897_669_000; // 2026-11-22
    private const string DeviceId = "acme-camera-000007";

    private static readonly CameraEncoder s_camera = new("Front Door", 7, DeviceId);

    [Theory]
    [InlineData(0, Sequence)]
    [InlineData(7, Sequence + 3)]
    [InlineData(65535, 1)]
    public async Task Every_frame_decodes_silently_and_shows_its_camera_and_number(int number, long sequence)
    {
        var camera = new CameraEncoder("Küche / 5th floor, left (#2)", number, DeviceId);

        var frames = await Ffmpeg.DecodeGrayAsync(Stream(camera, sequence, 4), 640, 360);

        Assert.Equal(4 * CameraEncoder.FramesPerUnit, frames.Length);
        for (var i = 0; i < frames.Length; i++)
        {
            Assert.True(BlockCode.TryRead(frames[i], 640, 360, 640, out var code), $"frame {i}");
            Assert.Equal(new BlockCode((ushort)number, (uint)((sequence * 20) + i)), code);
        }
    }

    [Fact]
    public async Task The_stream_is_one_program_whose_frames_follow_without_a_gap()
    {
        var (output, errors, _) = await Ffmpeg.RunAsync("ffprobe", Stream(s_camera, Sequence, 3),
            "-v", "verbose", "-show_entries", "stream=codec_name,profile,width,height:packet=pts,dts,flags", "-of", "csv=p=0", "pipe:0");

        Assert.DoesNotContain("Continuity", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("corrupt", errors, StringComparison.OrdinalIgnoreCase);
        var lines = Encoding.ASCII.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var packets = lines.Where(line => line.Contains('_')).Select(line => line.Split(',')).ToList();
        Assert.Equal(3 * CameraEncoder.FramesPerUnit, packets.Count);
        Assert.Contains(lines, line => line.StartsWith("h264,Constrained Baseline,640,360", StringComparison.Ordinal));
        for (var i = 1; i < packets.Count; i++)
        {
            Assert.Equal(9000, long.Parse(packets[i][0]) - long.Parse(packets[i - 1][0]));
            Assert.Equal(packets[i][0], packets[i][1]);
            Assert.Equal(i % CameraEncoder.FramesPerUnit == 0, packets[i][2].StartsWith('K'));
        }
    }

    [Fact]
    public void Packets_are_counted_on_from_unit_to_unit_and_each_unit_has_its_tables()
    {
        var counters = new Dictionary<int, int>();
        for (var unit = 0; unit < 5; unit++)
        {
            var bytes = s_camera.EncodeTransportStream(Sequence + unit);
            Assert.Equal(0, (bytes[1] << 8 | bytes[2]) & 0x1FFF);
            for (var at = 0; at < bytes.Length; at += 188)
            {
                Assert.Equal(0x47, bytes[at]);
                var pid = (bytes[at + 1] << 8 | bytes[at + 2]) & 0x1FFF;
                Assert.Equal(counters.TryGetValue(pid, out var last) ? (last + 1) % 16 : 0, bytes[at + 3] & 0x0F);
                counters[pid] = bytes[at + 3] & 0x0F;
            }
        }

        Assert.Equal([0, 0x100, 0x1000], counters.Keys.Order());
    }

    [Fact]
    public void A_unit_names_its_camera_in_one_piece_and_is_no_larger_than_it_must()
    {
        for (var i = 0; i < 12; i++)
        {
            var unit = s_camera.EncodeTransportStream(Sequence + i);
            var fragment = s_camera.EncodeUnit(Sequence + i);

            Assert.True(unit.AsSpan().IndexOf(Encoding.ASCII.GetBytes(DeviceId)) > 0);
            Assert.Equal([DeviceId], TransportStreamIdentity.Names(unit));
            Assert.True(CameraIdentityBox.AgreesWith(unit, DeviceId));
            Assert.False(CameraIdentityBox.AgreesWith(unit, "acme-camera-000008"));
            Assert.InRange(unit.Length, fragment.Length, fragment.Length * 1.35);
        }
    }

    [Fact]
    public void A_name_that_packets_cut_is_read_and_any_second_name_counts()
    {
        var mine = s_camera.EncodeTransportStream(Sequence);
        var theirs = new CameraEncoder("Garden", 8, "acme-camera-000008").EncodeTransportStream(Sequence + 1);

        Assert.False(CameraIdentityBox.AgreesWith([.. mine, .. theirs], DeviceId));

        // The same message, in packets of one payload byte each.
        byte[] message = [0x06, 5, (byte)(16 + DeviceId.Length), .. CameraIdentityBox.UserType, .. Encoding.ASCII.GetBytes(DeviceId), 0x80];
        var cut = message.SelectMany((value, i) => (byte[])[0x47, 0x01, 0x00, (byte)(0x30 | (i % 16)), 182, 0, .. new byte[181], value]).ToArray();
        Assert.Equal([DeviceId], TransportStreamIdentity.Names(cut));
        Assert.False(CameraIdentityBox.AgreesWith(cut, "acme-camera-000008"));
    }

    [Fact]
    public void Bytes_that_are_no_transport_stream_name_nobody()
    {
        Assert.Empty(TransportStreamIdentity.Names([]));
        Assert.Empty(TransportStreamIdentity.Names(s_camera.EncodeUnit(Sequence)));
        Assert.Empty(TransportStreamIdentity.Names(s_camera.EncodeTransportStream(Sequence).AsSpan(1)));

        // An adaptation field that says it is longer than its packet.
        byte[] wrong = [0x47, 0x01, 0x00, 0x30, 0xFF, .. new byte[183]];
        Assert.Empty(TransportStreamIdentity.Names(wrong));
    }

    private static byte[] Stream(CameraEncoder camera, long sequence, int units) =>
        [.. Enumerable.Range(0, units).SelectMany(i => camera.EncodeTransportStream(sequence + i))];
}
