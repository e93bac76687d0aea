using System.Buffers.Binary;
using System.Text;
using HomeBridge.Sandbox.Cameras;
using HomeBridge.Streaming;

namespace HomeBridge.Tests.Sandbox.Cameras;

public sealed class CameraEncoderTests
{
    private const long Sequence = 897_669_000; // 2026-11-22
    private const string DeviceId = "acme-camera-000007";

    private static readonly CameraEncoder s_camera = new("Front Door", 7, DeviceId);

    [Theory]
    [InlineData(0, Sequence)]
    [InlineData(1, Sequence + 4)]
    [InlineData(7, Sequence + 3)]
    [InlineData(65535, 0)]
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

    [Theory]
    [InlineData(160, 90)]
    [InlineData(320, 180)]
    [InlineData(854, 480)]
    [InlineData(1280, 720)]
    [InlineData(1111, 700)]
    public async Task The_code_is_read_from_a_scaled_picture(int width, int height)
    {
        var frames = await Ffmpeg.DecodeGrayAsync(Stream(s_camera, Sequence, 1), width, height);

        Assert.Equal(CameraEncoder.FramesPerUnit, frames.Length);
        for (var i = 0; i < frames.Length; i++)
        {
            Assert.True(BlockCode.TryRead(frames[i], width, height, width, out var code), $"frame {i}");
            Assert.Equal(new BlockCode(7, (uint)((Sequence * 20) + i)), code);
        }
    }

    [Fact]
    public async Task Each_unit_decodes_alone_behind_the_init_unit()
    {
        foreach (var sequence in (long[])[Sequence + 1, Sequence + 2])
        {
            var frames = await Ffmpeg.DecodeGrayAsync(Stream(s_camera, sequence, 1), 640, 360);

            Assert.Equal(CameraEncoder.FramesPerUnit, frames.Length);
        }
    }

    [Fact]
    public async Task Every_frame_differs_visibly_from_the_one_before_outside_the_code()
    {
        var frames = await Ffmpeg.DecodeGrayAsync(Stream(s_camera, Sequence, 3), 640, 360);

        for (var i = 1; i < frames.Length; i++)
        {
            var moved = frames[i - 1].Zip(frames[i]).Take(640 * 300)
                .Count(pair => Math.Abs(pair.First - pair.Second) > 24);
            Assert.InRange(moved, 50, 640 * 300 / 10);
        }
    }

    [Fact]
    public async Task Frames_follow_each_other_without_a_gap_at_the_capture_time()
    {
        var (output, errors, _) = await Ffmpeg.RunAsync("ffprobe", Stream(s_camera, Sequence, 3),
            "-v", "warning", "-show_entries", "packet=pts,dts,duration,flags", "-of", "csv=p=0", "pipe:0");

        Assert.Equal("", errors);
        var packets = Encoding.ASCII.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(60, packets.Length);
        for (var i = 0; i < packets.Length; i++)
        {
            var time = (Sequence * 2000) + (i * 100);
            var key = i % CameraEncoder.FramesPerUnit == 0 ? "K" : "_";
            Assert.StartsWith($"{time},{time},100,{key}", packets[i], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_stream_says_what_it_is()
    {
        var (output, errors, _) = await Ffmpeg.RunAsync("ffprobe", Stream(s_camera, Sequence, 1),
            "-v", "warning", "-show_entries",
            "stream=codec_name,profile,width,height,level,color_range,color_space,r_frame_rate",
            "-of", "csv=p=0", "pipe:0");

        Assert.Equal("", errors);
        Assert.Equal(
            "h264,Constrained Baseline,640,360,30,tv,bt709,10/1", Encoding.ASCII.GetString(output).Trim());
    }

    [Fact]
    public void No_unit_takes_more_than_a_megabit_per_second()
    {
        foreach (var number in (int[])[1, 2, 3, 7, 300])
        {
            var camera = new CameraEncoder("A name so long that it hardly fits, too long", number, DeviceId);
            for (var i = 0; i < 12; i++)
            {
                Assert.InRange(camera.EncodeUnit(Sequence + i).Length, 10_000, 200_000);
            }
        }
    }

    [Fact]
    public void Every_unit_carries_the_device_id_in_a_uuid_box_before_its_moof()
    {
        Assert.Equal(["ftyp", "uuid", "moov"], Boxes(s_camera.EncodeInit()).Select(box => box.Type));
        for (var i = 0; i < 3; i++)
        {
            var boxes = Boxes(s_camera.EncodeUnit(Sequence + i));

            Assert.Equal(["styp", "uuid", "moof", "mdat"], boxes.Select(box => box.Type));
            Assert.Equal("6F1D5C0E8A444B7B9F532C9E0D7A41B6", Convert.ToHexString(boxes[1].Body[..16]));
            Assert.Equal(DeviceId, Encoding.ASCII.GetString(boxes[1].Body.AsSpan(16)));
        }
    }

    [Fact]
    public async Task The_same_inputs_give_the_same_bytes_on_any_thread()
    {
        var expected = new CameraEncoder("Front Door", 7, DeviceId).EncodeUnit(Sequence);

        var made = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => s_camera.EncodeUnit(Sequence))));

        Assert.All(made, unit => Assert.Equal(expected, unit));
    }

    [Fact]
    public void Two_cameras_and_two_times_differ()
    {
        var unit = s_camera.EncodeUnit(Sequence);

        Assert.NotEqual(unit, new CameraEncoder("Front Door", 8, DeviceId).EncodeUnit(Sequence));
        Assert.NotEqual(unit, new CameraEncoder("Back Door", 7, DeviceId).EncodeUnit(Sequence));
        Assert.NotEqual(unit, new CameraEncoder("Front Door", 7, "acme-camera-000008").EncodeUnit(Sequence));
        Assert.NotEqual(unit, s_camera.EncodeUnit(Sequence + 1));
    }

    [Theory]
    [InlineData("Door", -1, DeviceId)]
    [InlineData("Door", 65536, DeviceId)]
    [InlineData("Door", 1, "camera-\u00e4")]
    [InlineData("Door", 1, "")]
    [InlineData(" ", 1, DeviceId)]
    public void A_camera_that_could_not_be_told_apart_is_refused(string name, int number, string deviceId) =>
        Assert.ThrowsAny<ArgumentException>(() => new CameraEncoder(name, number, deviceId));

    private static byte[] Stream(CameraEncoder camera, long sequence, int units) =>
        [
            .. camera.EncodeInit(),
            .. Enumerable.Range(0, units).SelectMany(i => camera.EncodeUnit(sequence + i)),
        ];

    private static List<(string Type, byte[] Body)> Boxes(byte[] bytes)
    {
        var boxes = new List<(string, byte[])>();
        for (var at = 0; at < bytes.Length;)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            boxes.Add((Encoding.ASCII.GetString(bytes, at + 4, 4), bytes[(at + 8)..(at + size)]));
            at += size;
        }

        return boxes;
    }
}
